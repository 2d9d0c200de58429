//! `wireloom code` and `wireloom PRESET`: Claude Code, led here.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory};
use serde_json::{Map, Value};
use wireloom_schema::{config::Config, diagnostic::nearest};

use crate::{
    client::{
        Client, Environment, Key, Way, launch,
        settings::{SettingsFile, settings, status_line},
    },
    config::Loaded,
    presets::{Preset, PresetError, Presets},
    process::{
        detach, health,
        pid_file::{Found, PidFile},
        rebirth,
    },
};

use super::{
    Cli, Failure, load,
    running::{configured, url},
    tell,
};

const HELP: &str = "\
All arguments are Claude Code's, as they are: `wireloom code -p 'what is this?' --model opus`. Its program is CLAUDE_PATH of the
configuration or of the environment, else `claude`. The configuration is the one that WIRELOOM_CONFIG names, else the usual.

A service that is started for it stays, for other terminals and other clients: `wireloom stop` ends it.";

/// Where settings of clients are, below the home directory.
const FOLDER: &str = ".wireloom/clients";

/// The arguments of `code`.
#[derive(Args, Debug)]
#[command(after_help = HELP, disable_help_flag = true)]
pub(super) struct Code {
    /// The arguments of Claude Code
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<OsString>,
}

impl Code {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        // Of those that were read, a `--` in front is missing.
        let given = std::env::args_os().skip(1).skip_while(|word| word != "code").skip(1);
        let arguments = if self.arguments.is_empty() { Vec::new() } else { given.collect() };
        start(arguments, None)
    }
}

/// `wireloom PRESET [ARGUMENT…]`, where the first word is no command.
pub(super) fn preset(words: Vec<OsString>) -> Result<ExitCode, Failure> {
    let mut words = words.into_iter();
    let name = words.next().unwrap_or_default().to_string_lossy().into_owned();
    match Presets::of_user().find(&name) {
        Ok(preset) => start(words.collect(), Some(&preset)),
        Err(PresetError::Unknown { known, .. }) => Err(unknown(&name, &known)),
        Err(PresetError::Name(_)) => Err(unknown(&name, &[])),
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

/// There is neither a command nor a preset of a name.
fn unknown(name: &str, presets: &[String]) -> Failure {
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let near = nearest(name, names.into_iter().chain(presets.iter().map(String::as_str)));
    let near = near.map(|near| format!("; {near}")).unwrap_or_default();
    Failure::Usage(format!(
        "`{name}` is neither a command nor a preset{near}\n`wireloom --help` lists the commands, `wireloom preset list` the presets"
    ))
}

/// Where the service is configured to be.
pub(super) struct Place {
    config: Config,
}

impl Place {
    /// As the configuration that is in use says.
    pub(super) fn configured() -> Result<Self, Failure> {
        Ok(match load(None)? {
            Loaded::File { config, .. } | Loaded::BuiltIn { config, .. } => Self { config },
            Loaded::Demo => Self { config: Config::default() },
        })
    }

    /// Where a service answers: where it is configured, whoever runs it; else where the one of this home listens.
    pub(super) fn running(&self) -> Option<SocketAddr> {
        let here = configured(&self.config).filter(|address| address.port() != 0);
        here.filter(|address| health::ask(*address).is_some()).or_else(|| match PidFile::usual()?.find() {
            Found::Running(card, _) => Some(card.address),
            Found::Silent(_) | Found::Nothing => None,
        })
    }

    /// Where a service answers, which is started if there is none.
    fn started(&self) -> Result<SocketAddr, Failure> {
        if let Some(address) = self.running() {
            return Ok(address);
        }
        let pid_file = PidFile::usual();
        let pid_file = pid_file.ok_or_else(|| Failure::Usage("there is no home directory: set HOME".into()))?;
        let launch = detach::Launch { config: None, host: None, port: None, pid_file };
        let started = launch.detach().map_err(|error| Failure::Work(error.to_string()))?;
        if started.is_own {
            tell(&format!("wireloom is started at {}; `wireloom stop` ends it", url(started.card.address)));
        }
        Ok(started.card.address)
    }

    /// How clients get to it, or to where it is configured; to a preset of it, if one is named.
    pub(super) fn way(&self, address: Option<SocketAddr>, preset: Option<&str>) -> Result<Way, Failure> {
        let address = address.or_else(|| configured(&self.config));
        let base = address
            .map(url)
            .ok_or_else(|| Failure::Usage(format!("HOST `{}` is no address of this machine", self.config.host)))?;
        let preset = preset.map(|name| format!("/preset/{name}")).unwrap_or_default();
        let key = match (&self.config.api_key, self.config.needs_key()) {
            (Some(key), _) => Key::This(key.reveal().to_owned()),
            (None, true) => Key::Own,
            (None, false) => Key::None,
        };
        Ok(Way { base: base + &preset, key, timeout: self.config.api_timeout.as_millis() })
    }

    /// How a client gets to a provider itself: that which the preset names in the main configuration, else its own first.
    fn direct(&self, preset: &Preset) -> Result<Way, Failure> {
        let variable = |name: &str| self.config.variable(name);
        let of_preset = || preset.config(variable).map_err(|error| Failure::Mistakes(error.to_string()));
        let none = || Failure::Usage(format!("the preset `{}` has no provider that its client could ask", preset.name));
        let provider = match &preset.manifest.provider {
            Some(name) => self.config.provider(name).cloned(),
            None => of_preset()?.providers.into_iter().next(),
        };
        let provider = provider.ok_or_else(none)?;
        let url = provider.api_base_url.ok_or_else(none)?;
        let base = url.trim_end_matches('/');
        // The client adds the path of its calls.
        let base = client().and_then(|client| base.strip_suffix(&*client.path)).unwrap_or(base);
        let key = Key::This(provider.api_key.reveal().to_owned());
        Ok(Way { base: base.to_owned(), key, timeout: self.config.api_timeout.as_millis() })
    }
}

/// The variables that lead a client, or what to do for them.
pub(super) fn environment(client: &Client, way: &Way) -> Result<Environment, Failure> {
    client.environment(way, |name| std::env::var(name).ok()).map_err(|name| {
        Failure::Work(format!(
            "the service asks for one of its `keys`, of which it has digests alone: set {name} to one"
        ))
    })
}

fn client() -> Option<&'static Client> {
    Client::first()
}

fn start(arguments: Vec<OsString>, preset: Option<&Preset>) -> Result<ExitCode, Failure> {
    let place = Place::configured()?;
    let client = client().ok_or_else(|| Failure::Work("no client is known".into()))?;
    let way = match preset {
        Some(preset) if preset.manifest.no_server => place.direct(preset)?,
        preset => place.way(Some(place.started()?), preset.map(|preset| preset.name.as_str()))?,
    };
    let environment = environment(client, &way)?;
    let machine = place.config.non_interactive.then(|| client.machine());
    let file = settings_file(&place.config, &environment, machine, preset)?;
    let mut all = vec![OsString::from("--settings"), file.path().as_os_str().to_owned()];
    // In front, so that settings of the caller's own count more.
    all.extend(arguments);
    let of_environment = || std::env::var("CLAUDE_PATH").ok().filter(|path| !path.is_empty());
    let program = place.config.claude_path.clone().or_else(of_environment).unwrap_or_else(|| client.program.clone());
    let launch = launch::Launch { program: &program, arguments: all, environment: &environment, machine };
    launch.run().map_err(|error| {
        Failure::Work(format!(
            "{} (`{program}`) cannot be started: {error}; CLAUDE_PATH says where it is",
            client.about
        ))
    })
}

/// Writes what the client is told by a file.
fn settings_file(
    config: &Config,
    environment: &Environment,
    machine: Option<&std::collections::BTreeMap<String, String>>,
    preset: Option<&Preset>,
) -> Result<SettingsFile, Failure> {
    let work = |error: std::io::Error| Failure::Work(format!("the settings for the client cannot be written: {error}"));
    let folder: PathBuf = crate::config::home().map(|home| home.join(FOLDER)).unwrap_or_else(std::env::temp_dir);
    let has_line = config.status_line.as_ref().is_some_and(|line| line.enabled);
    let name = preset.map(|preset| preset.name.as_str());
    let line = if has_line { Some(status_line(&rebirth::program().map_err(work)?, name)) } else { None };
    let of_preset: Option<&Map<String, Value>> =
        preset.and_then(|preset| preset.manifest.claude_code_settings.as_ref());
    let machine = machine.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
    SettingsFile::write(&folder, &settings(environment, machine, line, of_preset)).map_err(work)
}
