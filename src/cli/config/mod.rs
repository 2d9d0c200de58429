//! `wireloom config`: what a configuration says, what is wrong with it, and how to come by one.

mod check;
mod import;
mod init;
mod report;
mod schema;
mod show;

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Subcommand;
use wireloom_schema::document::{self, Source};

use super::Failure;
use crate::config::path_in;

const EXAMPLES: &str = "\
Examples:
  wireloom config init
  wireloom config check --strict wireloom.json5
  wireloom config import ~/.claude-code-router/config.json -o wireloom.json5";

/// The commands below `config`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum Config {
    /// Find the mistakes in configurations
    Check(check::Check),
    /// Show what counts, each value with where it is from
    Show(show::Show),
    /// Write a first configuration
    Init(init::Init),
    /// Make a configuration of claude-code-router's, or of a preset
    Import(import::Import),
    /// Print the JSON Schema of configurations
    Schema(schema::Schema),
}

impl Config {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Config::Check(check) => check.run(),
            Config::Show(show) => show.run(),
            Config::Init(init) => init.run(),
            Config::Import(import) => import.run(),
            Config::Schema(schema) => schema.run(),
        }
    }
}

/// The file of that path, or the standard input for `-`.
fn source(path: &Path) -> Result<Arc<Source>, Failure> {
    let unreadable = |error: io::Error| Failure::Usage(format!("{} cannot be read: {error}", path.display()));
    if path != Path::new("-") {
        return document::read_file(path).map_err(unreadable);
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text).map_err(unreadable)?;
    Ok(Arc::new(Source { path: "stdin".into(), text }))
}

/// The file that is used where none is named.
fn used() -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    path_in(variable)
        .ok_or_else(|| Failure::Usage("there is no configuration: `wireloom config init` writes one".into()))
}
