//! `wireloom config check`.

use std::{net::TcpListener, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use wireloom_schema::{
    config::taken_port,
    diagnostic::{Diagnostic, Severity},
};

use super::report;
use crate::{
    cli::{Failure, print, render, tell},
    config::{Finding, check_transformers},
    gateway::spec_names,
};

const EXAMPLES: &str = "\
All mistakes are told, in the order of the file. The exit code is 0 without errors, 1 with errors (with --strict also
with warnings), 2 if the command is wrong or a file cannot be read. In GitHub Actions, the format is github by itself.

Examples:
  wireloom config check
  wireloom config check --strict wireloom.json5 team/*.json5
  wireloom config check --format sarif wireloom.json5 > wireloom.sarif
  generate-config | wireloom config check -";

/// The arguments of `config check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Check {
    /// Configurations, `-` for the standard input; without any, the one that `wireloom start` uses
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How mistakes are told: with excerpts for people, as JSON, as annotations of GitHub, or as SARIF
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Let warnings be errors, and see whether the port is free
    #[arg(long)]
    strict: bool,
    /// Let variables of the environment be set elsewhere: what they stand for is not checked
    #[arg(long)]
    allow_unset: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
    Sarif,
}

impl Check {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let files = if self.files.is_empty() { vec![super::used()?] } else { self.files.clone() };
        let mut findings = Vec::new();
        for file in &files {
            findings.extend(self.check(file)?);
        }
        let errors = findings.iter().filter(|finding| finding.told.severity == Severity::Error).count();
        let warnings = findings.len() - errors;
        let in_actions = || std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true");
        let default = || if in_actions() { Format::Github } else { Format::Text };
        let valid = errors == 0 && !(self.strict && warnings > 0);
        match self.format.unwrap_or_else(default) {
            Format::Text => {
                if !findings.is_empty() {
                    let told: Vec<Diagnostic> = findings.into_iter().map(|finding| finding.told).collect();
                    tell(&(render(&told) + "\n"));
                }
            }
            Format::Json => {
                print(&report::json(&findings, valid))?;
            }
            Format::Github => {
                if !findings.is_empty() {
                    print(&report::github(&findings))?;
                }
            }
            Format::Sarif => {
                print(&report::sarif(&findings))?;
            }
        }
        let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        tell(&format!("{}, {}, {}", count(files.len(), "file"), count(errors, "error"), count(warnings, "warning")));
        Ok(ExitCode::from(u8::from(!valid)))
    }

    /// All that is to be told of a file.
    fn check(&self, file: &std::path::Path) -> Result<Vec<Finding>, Failure> {
        let source = super::source(file)?;
        let reading = super::studied(file, &source)?;
        let mut told = reading.told;
        if self.allow_unset {
            told.retain(|mistake| mistake.code != "C002");
        }
        if let Some(config) = &reading.config {
            told.extend(check_transformers(config, &spec_names()));
            let bind = |host: &str, port: u16| TcpListener::bind((host, port)).map(drop);
            let taken = self.strict.then(|| taken_port(reading.tree.as_ref()?, config, bind));
            told.extend(taken.flatten());
        }
        Ok(Finding::all(told, reading.tree.as_ref()))
    }
}
