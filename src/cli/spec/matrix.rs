//! `wireloom spec matrix`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use wireloom_schema::spec::{self, matrix};

use crate::cli::{Failure, print};

const EXAMPLES: &str = "\
Signs: ✓ kept, ~ degraded to something else, ↪ moved to another message, = said without being written, — dropped.

Examples:
  wireloom spec matrix
  wireloom spec matrix --format json | jq '.rows[0]'";

/// The arguments of `spec matrix`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Matrix {
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
        let matrix = matrix::matrix(&plans);
        print(&match self.format {
            Format::Text => matrix.text(),
            Format::Markdown => matrix.markdown(),
            Format::Json => format!("{:#}", matrix.json()),
        })
    }
}
