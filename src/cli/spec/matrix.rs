//! `wireloom spec matrix`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use wireloom_schema::spec::{self, matrix};

use crate::cli::{Failure, print};

const EXAMPLES: &str = "\
Examples:
  wireloom spec matrix
  wireloom spec matrix groq deepseek
  wireloom spec matrix --format json | jq '.rows[0]'";

/// The arguments of `spec matrix`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Matrix {
    /// Providers and dialects, each with a column of its own; without any, the dialects, and what providers do otherwise
    names: Vec<String>,
    /// For terminals, for documents, or for programs, which are also told what becomes of what is degraded
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

impl Matrix {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let plans = spec::compile(&super::embedded()).map_err(super::mistakes)?;
        let unknown = self.names.iter().find(|name| plans.iter().all(|plan| plan.name != **name));
        if let Some(name) = unknown {
            return Err(super::unknown(name, plans.iter().map(|plan| plan.name.as_str()).collect()));
        }
        let matrix = matrix::matrix(&plans);
        let matrix = match (self.names.as_slice(), self.format) {
            ([], Format::Json) => matrix,
            ([], _) => matrix.overview(),
            (names, _) => matrix.of(names),
        };
        print(&match self.format {
            Format::Text => matrix.text(),
            Format::Markdown => matrix.markdown(),
            Format::Json => format!("{:#}", matrix.json()),
        })
    }
}
