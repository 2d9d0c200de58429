//! `wireloom status`.

use std::{fmt::Write, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Args;
use serde::Serialize;
use wireloom_schema::config::Config;

use crate::{
    config::Loaded,
    process::{
        health::{self, Health},
        pid_file::{Card, Found},
    },
};

use super::{
    Failure, print,
    running::{NOT_RUNNING, PidFileArgument, configured, url},
};

const HELP: &str = "Exit codes: 0 if the service runs, 3 if it does not (also while it starts or ends).";

/// The arguments of `status`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Status {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pid_file: PidFileArgument,
}

/// What is known of a service.
#[derive(Debug, Serialize)]
struct Known {
    running: bool,
    /// None for one that another user or a container runs.
    pid: Option<u32>,
    address: Option<String>,
    version: Option<String>,
    started_at: Option<String>,
    uptime_seconds: Option<i64>,
    configuration: Option<Configuration>,
    providers: Vec<Provider>,
    log: Option<PathBuf>,
    pid_file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Configuration {
    path: Option<PathBuf>,
    loaded_at: String,
    generation: u64,
    /// Why a newer one was not taken over.
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Provider {
    name: String,
    models: usize,
}

impl Status {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let pid_file = self.pid_file.file()?;
        let mut known = Known {
            running: false,
            pid: None,
            address: None,
            version: None,
            started_at: None,
            uptime_seconds: None,
            configuration: None,
            providers: Vec::new(),
            log: None,
            pid_file: pid_file.path().to_owned(),
        };
        match pid_file.find() {
            Found::Running(card, health) => {
                known.pid = Some(card.pid);
                known.answering(card.address, health);
                known.log = card.log;
            }
            Found::Silent(Card { pid, address, log, .. }) => {
                (known.pid, known.address, known.log) = (Some(pid), Some(url(address)), log);
            }
            // One that a service manager, a container or someone else runs is found where it is configured.
            Found::Nothing => {
                let config = config_at(None).unwrap_or_default();
                let found = configured(&config).and_then(|address| Some((address, health::ask(address)?)));
                found.into_iter().for_each(|(address, health)| known.answering(address, health));
            }
        }
        let text = if self.json { serde_json::to_string_pretty(&known).unwrap_or_default() } else { known.to_text() };
        print(&text)?;
        Ok(if known.running { ExitCode::SUCCESS } else { ExitCode::from(NOT_RUNNING) })
    }
}

impl Known {
    /// It answers at an address.
    fn answering(&mut self, address: SocketAddr, health: Health) {
        self.running = true;
        self.address = Some(url(address));
        self.uptime_seconds = Some(health.uptime());
        self.version = Some(health.version);
        self.started_at = Some(health.started_at);
        // The names of providers are not told to everyone who asks; they stand in the file.
        let config = health.config.path.as_ref().and_then(|path| config_at(Some(path.clone()))).unwrap_or_default();
        let provider = |provider: wireloom_schema::config::ProviderConfig| Provider {
            models: provider.models.len(),
            name: provider.name,
        };
        self.providers = config.providers.into_iter().map(provider).collect();
        let health::Standing { path, loaded_at, generation, error } = health.config;
        self.configuration = Some(Configuration { path, loaded_at, generation, error });
    }

    fn to_text(&self) -> String {
        let pid = self.pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
        let (true, Some(address)) = (self.running, &self.address) else {
            return match self.pid {
                Some(_) => format!("wireloom{pid} does not answer: it starts, ends or hangs"),
                None => "wireloom does not run".to_owned(),
            };
        };
        let version = self.version.as_deref().unwrap_or_default();
        let mut text =
            format!("wireloom {version} runs at {address}{pid}, for {}\n", span(self.uptime_seconds.unwrap_or(0)));
        // Writing to a text does not fail.
        if let Some(Configuration { path, loaded_at, generation, error }) = &self.configuration {
            let path = path.as_ref().map_or("built in".to_owned(), |path| path.display().to_string());
            let _ = writeln!(text, "configuration  {path}, number {generation}, taken over at {loaded_at}");
            for line in error.iter().flat_map(|error| error.lines()) {
                let _ = writeln!(text, "               not taken over since: {line}");
            }
        }
        if !self.providers.is_empty() {
            let models = |count: usize| if count == 1 { "1 model".to_owned() } else { format!("{count} models") };
            let providers: Vec<_> =
                self.providers.iter().map(|it| format!("{} ({})", it.name, models(it.models))).collect();
            let _ = writeln!(text, "providers      {}", providers.join(", "));
        }
        if let Some(log) = &self.log {
            let _ = writeln!(text, "log            {}", log.display());
        }
        text
    }
}

/// The configuration at a path, or the one that is in use, if it can be read here.
fn config_at(path: Option<PathBuf>) -> Option<Config> {
    match crate::config::load(path.as_deref()) {
        Ok(Loaded::File { config, .. } | Loaded::BuiltIn { config, .. }) => Some(config),
        Ok(Loaded::Demo) | Err(_) => None,
    }
}

/// A span of seconds in its two largest units.
fn span(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_have_two_units() {
        assert_eq!([7, 61, 3_700, 90_000].map(span), ["7 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]);
    }
}
