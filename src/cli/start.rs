//! `wireloom start`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{
    config::{self, LoadError, Loaded, SpecNames, check_transformers},
    specs::Provider,
};

use super::{Failure, color, render, tell};

const EXAMPLES: &str = "\
Without --config, the configuration is the file that WIRELOOM_CONFIG names, else ~/.wireloom/config.json5,
else ~/.claude-code-router/config.json.

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
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let mut loaded = config::load(self.config.as_deref()).map_err(|error| match &error {
            LoadError::Io { .. } => Failure::Usage(error.to_string()),
            LoadError::Mistakes(_) => Failure::Mistakes(error.render(color())),
        })?;
        if let Loaded::File { config, warnings, .. } = &mut loaded {
            warnings.extend(check_transformers(config, &spec_names()));
            if !warnings.is_empty() {
                tell(&render(warnings));
            }
            config.port = self.port.unwrap_or(config.port);
            config.host = self.host.clone().unwrap_or_else(|| config.host.clone());
        }
        serve(loaded, self.host, self.port)
    }
}

/// Serves until the process is told to end. Host and port are those of the command line: a configuration that is a file
/// has them already, the embedded one does not.
fn serve(_loaded: Loaded, _host: Option<String>, _port: Option<u16>) -> Result<ExitCode, Failure> {
    // crate::server::run(loaded: Loaded, host: Option<String>, port: Option<u16>) -> Result<(), impl Display>
    Err(Failure::Work("not built yet".into()))
}

/// What the specs of providers are known by in configurations.
fn spec_names() -> Vec<SpecNames> {
    let facts = Provider::ALL.iter().map(|provider| provider.facts());
    facts.map(|facts| SpecNames { name: facts.name, aliases: facts.aliases, hosts: facts.hosts }).collect()
}
