//! `wireloom config show`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use wireloom_schema::{
    config::{self, effective},
    diagnostic::Severity,
};

use crate::cli::{Failure, print, render, tell};

const EXAMPLES: &str = "\
Behind each value stands where it is from: a line of the file, a variable of the environment, or the default.
WIRELOOM_HOST, WIRELOOM_PORT, WIRELOOM_APIKEY and WIRELOOM_LOG_LEVEL go before the file. Secrets are not shown.

Examples:
  wireloom config show
  wireloom config show team.json5";

/// The arguments of `config show`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Show {
    /// The configuration; without it, the one that `wireloom start` uses
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Show {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let file = self.file.map_or_else(super::used, Ok)?;
        let reading = config::study(&super::source(&file)?, |name| std::env::var(name).ok());
        if !reading.told.is_empty() {
            tell(&(render(&reading.told) + "\n"));
        }
        if let Some(tree) = &reading.tree {
            print(&effective(tree))?;
        }
        let wrong = reading.told.iter().any(|mistake| mistake.severity == Severity::Error);
        Ok(ExitCode::from(u8::from(wrong)))
    }
}
