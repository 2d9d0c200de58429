//! `wireloom start`.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use wireloom_schema::config::Config;

use crate::{
    config::{Loaded, check_transformers},
    extension::Extension,
    gateway::spec_names,
    logs::{LogSettings, Logs},
    process::{
        detach::Launch,
        listener::Handed,
        pid_file::{Card, Found, Held},
        rebirth,
        signal::leave_terminal,
    },
    service::{self, Left, Serving},
};

use super::{
    Failure, color, descriptors, load, render,
    running::{PidFileArgument, is_wanted_at, told},
    tell,
};

const EXAMPLES: &str = "\
Without --config, the configuration is the file that WIRELOOM_CONFIG names, else the one that is built in (`wireloom build
--config`), else ~/.wireloom/config.json5, else ~/.claude-code-router/config.json. A changed file is taken over while the
service runs, or at SIGHUP.

`wireloom status`, `logs`, `restart` and `stop` know the service by ~/.wireloom/service.json. A socket that systemd hands down
is listened on in place of HOST and PORT.

Exit codes: 0 if it has run, or runs in the background; 1 if it cannot start.

Examples:
  wireloom start
  wireloom start --detach
  wireloom start --config team.json5 --port 8080";

/// How long what still runs in the background of a service that begins anew is waited for.
const LAST_WORK: Duration = Duration::from_secs(1);

/// The arguments of `start`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Start {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The port to listen on, in place of the configured one; 0 leaves the choice to the system
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// The address or name to listen on, in place of the configured one
    #[arg(long, value_name = "H")]
    host: Option<String>,
    /// Run in the background: return once requests are taken, or say why they are not
    #[arg(long, short = 'd')]
    detach: bool,
    /// This is the process in the background
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,
    #[command(flatten)]
    pid_file: PidFileArgument,
}

impl Start {
    pub(super) fn run(self, extension: impl Extension) -> Result<ExitCode, Failure> {
        // First, for it changes the environment.
        let handed = Handed::take().map_err(|error| work(format!("the socket that was handed down: {error}")))?;
        if self.detached {
            leave_terminal();
        }
        let program = rebirth::program().map_err(work)?;
        let mut loaded = load(self.config.as_deref())?;
        if let Loaded::File { config, warnings, .. } | Loaded::BuiltIn { config, warnings } = &mut loaded {
            warnings.extend(check_transformers(config, &spec_names()));
            if !warnings.is_empty() {
                tell(&render(warnings));
            }
            config.port = self.port.unwrap_or(config.port);
            config.host = self.host.clone().unwrap_or_else(|| config.host.clone());
        }
        if self.detach {
            return self.detach(&loaded);
        }
        let held = self.hold(&loaded)?;
        let left = self.serve(loaded, handed, held.as_ref(), extension)?;
        let Left::Wish(socket) = left else { return Ok(ExitCode::SUCCESS) };
        // The file is the next one's, which finds its lock free.
        match rebirth::begin_anew(&program, socket) {
            Ok(never) => match never {},
            Err(error) => Err(work(format!("{} cannot be started again: {error}", program.display()))),
        }
    }

    /// Starts it in the background, unless it runs.
    fn detach(self, loaded: &Loaded) -> Result<ExitCode, Failure> {
        let pid_file = self.pid_file.file()?;
        if let Found::Running(card, _) = pid_file.find() {
            if is_wanted_at(&self.wanted(loaded), card.address) {
                tell(&format!("wireloom runs already: {}", told(&card)));
                return Ok(ExitCode::SUCCESS);
            }
            let advice = "`wireloom stop` ends it, and --pid-file lets another run beside it";
            return Err(work(format!("another wireloom runs: {}; {advice}", told(&card))));
        }
        let launch = Launch { config: self.config, host: self.host, port: self.port, pid_file };
        let started = launch.detach().map_err(work)?;
        let already = if started.is_own { "in the background" } else { "already" };
        tell(&format!("wireloom runs {already}: {}", told(&started.card)));
        Ok(ExitCode::SUCCESS)
    }

    /// The configuration with the host and the port that are meant.
    fn wanted(&self, loaded: &Loaded) -> Config {
        match loaded {
            Loaded::File { config, .. } | Loaded::BuiltIn { config, .. } => config.clone(),
            Loaded::Demo => {
                let usual = Config::default();
                Config {
                    host: self.host.clone().unwrap_or(usual.host),
                    port: self.port.unwrap_or(usual.port),
                    ..Config::default()
                }
            }
        }
    }

    /// Makes this the service that the other commands know; none, if there is no place for its file, or another service is
    /// it, which is no reason not to serve elsewhere.
    fn hold(&self, loaded: &Loaded) -> Result<Option<Held>, Failure> {
        let Ok(pid_file) = self.pid_file.file() else { return Ok(None) };
        let card = match pid_file.hold() {
            Ok(Some(held)) => return Ok(Some(held)),
            Ok(None) => pid_file.read(),
            Err(error) => {
                let path = pid_file.path().display();
                tell(&format!(
                    "warning: {path} cannot be written, so `wireloom status` and `stop` do not know of this one: {error}"
                ));
                return Ok(None);
            }
        };
        let known = card.as_ref().map(told).unwrap_or_else(|| "it is just starting".into());
        let is_same = card.is_none_or(|card| is_wanted_at(&self.wanted(loaded), card.address));
        if is_same || self.detached {
            return Err(work(format!("wireloom runs already: {known}; `wireloom stop` ends it")));
        }
        tell(&format!(
            "warning: another wireloom runs: {known}; `wireloom status` and `stop` mean that one, unless this has a --pid-file"
        ));
        Ok(None)
    }

    /// Serves until the process is told to end. Host and port are those of the command line: a configuration that is a file
    /// has them already, the embedded one does not.
    fn serve(
        &self,
        loaded: Loaded,
        handed: Option<Handed>,
        held: Option<&Held>,
        extension: impl Extension,
    ) -> Result<Left, Failure> {
        let origin = match &loaded {
            Loaded::File { path, .. } => format!("as {} says", path.display()),
            Loaded::BuiltIn { .. } => "as the configuration says that is built in".to_owned(),
            Loaded::Demo => {
                "with its built-in simulation, for there is no configuration: it is no language model".to_owned()
            }
        };
        let settings = match &loaded {
            Loaded::File { config, .. } | Loaded::BuiltIn { config, .. } => {
                LogSettings::of(config, self.detached, color())
            }
            Loaded::Demo => LogSettings::of(&Config::default(), self.detached, color()),
        };
        let log = settings.file.clone();
        let logs = Logs::start(settings).map_err(|error| work(format!("the log's file cannot be written: {error}")))?;
        descriptors::ask_for_more();
        let runtime = tokio::runtime::Runtime::new().map_err(work)?;
        let ready = |serving: &Serving| {
            let written = held.map(|held| held.write(&card(serving, log))).transpose();
            if let Err(error) = written {
                tracing::warn!(%error, "the file by which other commands know the service cannot be written");
            }
            tell(&format!("wireloom listens on http://{} {origin}", serving.address));
        };
        let given = (self.host.clone(), self.port);
        let left = runtime.block_on(service::run(loaded, given, handed, logs, extension, ready)).map_err(work)?;
        runtime.shutdown_timeout(LAST_WORK);
        Ok(left)
    }
}

/// What a service tells of itself.
fn card(serving: &Serving, log: Option<PathBuf>) -> Card {
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    Card {
        pid: std::process::id(),
        instance: serving.control.instance().to_owned(),
        address: serving.address,
        config: serving.config.clone().map(absolute),
        started_at: serving.control.started_at(),
        log: log.map(absolute),
        shutdown_seconds: serving.shutdown_seconds,
    }
}

fn work(error: impl std::fmt::Display) -> Failure {
    Failure::Work(error.to_string())
}
