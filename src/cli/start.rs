//! `wireloom start`.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{
    config::{Loaded, check_transformers},
    extension::Extension,
    gateway::spec_names,
    logs::{LogSettings, Logs},
    service,
};

use super::{Failure, color, descriptors, load, render, tell};

const EXAMPLES: &str = "\
Without --config, the configuration is the file that WIRELOOM_CONFIG names, else the one that is built in (`wireloom build
--config`), else ~/.wireloom/config.json5, else ~/.claude-code-router/config.json. A changed file is taken over while the
service runs, or at SIGHUP.

Examples:
  wireloom start
  wireloom start --config team.json5 --port 8080";

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
}

impl Start {
    pub(super) fn run(self, extension: impl Extension) -> Result<ExitCode, Failure> {
        let mut loaded = load(self.config.as_deref())?;
        if let Loaded::File { config, warnings, .. } | Loaded::BuiltIn { config, warnings } = &mut loaded {
            warnings.extend(check_transformers(config, &spec_names()));
            if !warnings.is_empty() {
                tell(&render(warnings));
            }
            config.port = self.port.unwrap_or(config.port);
            config.host = self.host.clone().unwrap_or_else(|| config.host.clone());
        }
        serve(loaded, self.host, self.port, extension)
    }
}

/// Serves until the process is told to end. Host and port are those of the command line: a configuration that is a file
/// has them already, the embedded one does not.
fn serve(
    loaded: Loaded,
    host: Option<String>,
    port: Option<u16>,
    extension: impl Extension,
) -> Result<ExitCode, Failure> {
    let origin = match &loaded {
        Loaded::File { path, .. } => format!("as {} says", path.display()),
        Loaded::BuiltIn { .. } => "as the configuration says that is built in".to_owned(),
        Loaded::Demo => {
            "with its built-in simulation, for there is no configuration: it is no language model".to_owned()
        }
    };
    let settings = match &loaded {
        Loaded::File { config, .. } | Loaded::BuiltIn { config, .. } => LogSettings::of(config, false, color()),
        Loaded::Demo => LogSettings { terminal: true, color: color(), ..LogSettings::default() },
    };
    let logs = Logs::start(settings).map_err(|error| work(format!("the log's file cannot be written: {error}")))?;
    descriptors::ask_for_more();
    let runtime = tokio::runtime::Runtime::new().map_err(work)?;
    let ready = |address: SocketAddr| tell(&format!("wireloom listens on http://{address} {origin}"));
    runtime.block_on(service::run(loaded, host, port, logs, extension, ready)).map_err(work)?;
    Ok(ExitCode::SUCCESS)
}

fn work(error: impl std::fmt::Display) -> Failure {
    Failure::Work(error.to_string())
}
