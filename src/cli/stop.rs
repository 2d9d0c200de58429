//! `wireloom stop`.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::process::stop::{Stopped, stop};

use super::{
    Failure,
    running::{PidFileArgument, told},
    tell,
};

const HELP: &str = "\
Answers that run are finished first, for as long as `limits.shutdown_seconds` of the configuration says (30 s); new requests
are no longer taken meanwhile. Told twice, also by a signal, the service ends at once.

Exit codes: 0 if it has ended or did not run, 1 if it cannot be ended.";

/// Waits shorter than this are not told of.
const PATIENCE: Duration = Duration::from_millis(300);

/// The arguments of `stop`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Stop {
    /// End at once: running answers are cut off
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    pid_file: PidFileArgument,
}

impl Stop {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let mut waiting = Waiting::default();
        let stopped = stop(&self.pid_file.file()?, self.now, |waited, limit| waiting.tell(waited, limit));
        waiting.end();
        match stopped {
            Ok(Stopped::Nothing) => tell("wireloom does not run"),
            Ok(Stopped::Ended(card)) => tell(&format!("wireloom has ended: {}", told(&card))),
            Ok(Stopped::Alive(card)) => {
                let (pid, waited) = (card.pid, card.shutdown_seconds);
                return Err(Failure::Work(format!(
                    "wireloom (pid {pid}) is still there, though it was given more than {waited} s: `wireloom stop --now` cuts off what runs, `kill -9 {pid}` ends it whatever it does"
                )));
            }
            Err(error) => return Err(Failure::Work(format!("the service cannot be told to end: {error}"))),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What is shown while answers are finished: a line that moves, or one line where there is no terminal.
#[derive(Default)]
struct Waiting(Option<ProgressBar>);

impl Waiting {
    fn tell(&mut self, waited: Duration, limit: Duration) {
        if waited < PATIENCE {
            return;
        }
        let bar = self.0.get_or_insert_with(|| {
            let bar = ProgressBar::new_spinner();
            if bar.is_hidden() {
                tell(&format!("running answers are finished first, for at most {} s", limit.as_secs()));
            }
            bar.with_style(ProgressStyle::default_spinner())
        });
        bar.set_message(format!(
            "running answers are finished first: {} s of at most {} s",
            waited.as_secs(),
            limit.as_secs()
        ));
        bar.tick();
    }

    fn end(&self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}
