//! `wireloom spec check`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use wireloom_schema::{
    diagnostic::{Diagnostic, Severity},
    spec::{self, files},
};

use crate::cli::{Failure, print, render, tell};

const EXAMPLES: &str = "\
The files are compiled together with the specs that are built in, so that a provider finds its dialect. A file replaces
the built-in one of its name. The exit code is 0 without mistakes, 1 with mistakes, 2 if a file cannot be read.

Examples:
  wireloom spec check
  wireloom spec check my-provider.json5
  wireloom spec check --format json specs/ | jq '.[].message'";

/// The arguments of `spec check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Check {
    /// Spec files, or folders of them
    #[arg(value_name = "PATH", default_value = "providers")]
    paths: Vec<PathBuf>,
    /// How mistakes are told: with excerpts for people, or as a JSON array on the standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Check {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        if let Some(path) = self.paths.iter().find(|path| !path.exists()) {
            let help = "name spec files, or folders of them";
            return Err(Failure::Usage(format!("there is no file or folder {}: {help}", path.display())));
        }
        let given = files::read(&self.paths).map_err(|error| Failure::Usage(error.to_string()))?;
        if given.is_empty() {
            let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
            return Err(Failure::Usage(format!("there are no spec files in {}", paths.join(", "))));
        }
        let mistakes = spec::compile(&files::over(super::embedded(), &given)).err().unwrap_or_default();
        match self.format {
            Format::Json => {
                let mistakes: Value = mistakes.iter().map(as_json).collect();
                print(&format!("{mistakes:#}"))?;
            }
            Format::Text => {
                if !mistakes.is_empty() {
                    tell(&(render(&mistakes) + "\n"));
                }
                print(&format!("{}, {}", count(given.len(), "spec"), count(mistakes.len(), "mistake")))?;
            }
        }
        Ok(ExitCode::from(u8::from(mistakes.iter().any(|mistake| mistake.severity == Severity::Error))))
    }
}

fn as_json(mistake: &Diagnostic) -> Value {
    let (line, column) = mistake.origin.line_column();
    json!({
        "code": mistake.code,
        "severity": mistake.severity.to_string(),
        "file": mistake.origin.source.path,
        "line": line,
        "column": column,
        "message": mistake.message,
        "label": mistake.label,
        "help": mistake.help,
    })
}

/// `1 spec`, `2 specs`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
