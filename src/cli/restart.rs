//! `wireloom restart`.

use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use crate::process::{
    detach::Launch,
    health::Health,
    pid_file::{Card, Found, PidFile},
    signal::{self, Signal},
};

use super::{
    Failure,
    running::{PidFileArgument, told},
    tell,
};

const HELP: &str = "\
The service begins anew in its process, with the arguments that it was started with and the configuration as it is now.
Answers that run are finished first; requests that come meanwhile wait. With a configuration that it could not start with, it
goes on as it is. One that does not run is started in the background.

Exit codes: 0 if it runs, 1 if it could not be restarted.";

/// How much longer than it lets running answers finish a service may take to begin anew.
const MARGIN: Duration = Duration::from_secs(60);

/// How often it is looked whether it has.
const BEAT: Duration = Duration::from_millis(20);

/// The arguments of `restart`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Restart {
    #[command(flatten)]
    pid_file: PidFileArgument,
}

impl Restart {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let pid_file = self.pid_file.file()?;
        let card = match pid_file.find() {
            Found::Running(card, health) => renewed(&pid_file, &card, &health)?,
            Found::Silent(card) => {
                return Err(Failure::Work(format!(
                    "wireloom (pid {}) does not answer: it starts, ends or hangs; see `wireloom logs`, or `wireloom stop --now`",
                    card.pid
                )));
            }
            Found::Nothing => {
                let launch = Launch { config: None, host: None, port: None, pid_file };
                launch.detach().map_err(|error| Failure::Work(error.to_string()))?.card
            }
        };
        tell(&format!("wireloom runs: {}", told(&card)));
        Ok(ExitCode::SUCCESS)
    }
}

/// Has a service begin anew; what the new one tells of itself.
fn renewed(pid_file: &PidFile, old: &Card, health: &Health) -> Result<Card, Failure> {
    let refused = |health: &Health| health.restart.as_ref().map_or(0, |refused| refused.count);
    let before = refused(health);
    signal::send(old.pid, Signal::Restart)
        .map_err(|error| Failure::Work(format!("the service cannot be told to restart: {error}")))?;
    let end = Instant::now() + Duration::from_secs(old.shutdown_seconds.into()) + MARGIN;
    // Between the old one and the new there may be none for a moment.
    let mut gone: Option<Instant> = None;
    while Instant::now() < end {
        match pid_file.find() {
            Found::Running(card, _) if card.instance != old.instance => return Ok(card),
            Found::Running(_, health) if refused(&health) > before => {
                let error = health.restart.and_then(|refused| refused.error).unwrap_or_default();
                return Err(Failure::Work(format!(
                    "the service could not start with this configuration, so it goes on as it is:\n{error}"
                )));
            }
            Found::Running(..) | Found::Silent(_) => gone = None,
            Found::Nothing if gone.get_or_insert_with(Instant::now).elapsed() > MARGIN / 4 => break,
            Found::Nothing => {}
        }
        thread::sleep(BEAT);
    }
    Err(Failure::Work("the service has not come back: `wireloom logs` and `wireloom status` tell more".into()))
}
