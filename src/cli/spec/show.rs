//! `wireloom spec show`.

use std::process::ExitCode;

use clap::Args;
use wireloom_schema::spec::show;

use crate::cli::{Failure, print};

use super::Named;

const EXAMPLES: &str = "\
Examples:
  wireloom spec show groq
  wireloom spec show dialect:anthropic --no-origins
  wireloom spec show my-provider.json5";

/// The arguments of `spec show`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Show {
    /// A provider, else a dialect; `dialect:NAME` for a dialect; or a spec file
    name: String,
    /// End each line with the file and line that it is from; so it is anyway
    #[arg(long, overrides_with = "no_origins")]
    origins: bool,
    /// Leave the comments on origins out
    #[arg(long)]
    no_origins: bool,
}

impl Show {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        print(&show::show(Named::find(&self.name)?.spec(), self.origins || !self.no_origins))
    }
}
