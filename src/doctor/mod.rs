//! What keeps a person's setup from working, and what to do about it.

mod clients;
mod machine;
mod providers;
mod setup;

use std::{collections::BTreeMap, path::PathBuf};

use serde::Serialize;
use wireloom_schema::config::Config;

pub use providers::reach;

/// What is looked at, besides the network.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The configuration, if a file is named.
    pub config: Option<PathBuf>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// The folder in which the person works.
    pub folder: PathBuf,
    /// The environment.
    pub variables: BTreeMap<String, String>,
}

impl Surroundings {
    /// Those of the process.
    pub fn of_process(config: Option<PathBuf>) -> Self {
        let texts = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok().filter(|value| !value.is_empty())?))
        });
        Self {
            config,
            home: crate::config::home(),
            folder: std::env::current_dir().unwrap_or_default(),
            variables: texts.collect(),
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// As it should.
    Ok,
    /// It may surprise.
    Warning,
    /// It does not work.
    Wrong,
}

/// One thing that was looked at. No text has a secret.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What it is about: `config`, `provider`, `port`, `proxy`, `client`, `files`, `records`.
    pub about: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, standing: Standing::Ok, found: found.into(), advice: None }
    }

    fn warning(about: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, standing: Standing::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    fn wrong(about: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, standing: Standing::Wrong, found: found.into(), advice: Some(advice.into()) }
    }
}

/// Looks at all that is on this machine, and gives the configuration, if it can be used: providers are reached with it.
pub fn look(surroundings: &Surroundings) -> (Vec<Finding>, Option<Config>) {
    let (mut findings, config) = setup::config(surroundings);
    let usual = Config::default();
    let known = config.as_ref().unwrap_or(&usual);
    findings.extend(setup::permissions(surroundings));
    findings.push(machine::port(known));
    findings.extend(machine::proxies(surroundings, known));
    findings.extend(machine::records(&known.records));
    findings.extend(machine::pid_file());
    findings.extend(machine::predecessor(surroundings));
    findings.extend(clients::all(surroundings, known));
    (findings, config)
}
