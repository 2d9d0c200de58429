//! `wireloom spec expand`.

use std::process::ExitCode;

use clap::Args;
use wireloom_schema::spec::emit;

use crate::cli::{Failure, print};

use super::Named;

const EXAMPLES: &str = "\
Examples:
  wireloom spec expand groq
  wireloom spec expand dialect:anthropic | less";

/// The arguments of `spec expand`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Expand {
    /// A provider, else a dialect; `dialect:NAME` for a dialect; or a spec file
    name: String,
}

impl Expand {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let plan = Named::find(&self.name)?.plan()?;
        print(&emit::emit_one(&plan).map_err(|error| Failure::Work(format!("the generated Rust is wrong: {error}")))?)
    }
}
