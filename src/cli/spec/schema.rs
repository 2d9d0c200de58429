//! `wireloom spec schema`.

use std::process::ExitCode;

use clap::Args;
use wireloom_schema::spec::json_schema;

use crate::cli::{Failure, print};

const EXAMPLES: &str = "\
Editors complete and explain spec files by it, where the file names it:
  { $schema: \"provider.schema.json\", provider: \"my-provider\", ... }

Examples:
  wireloom spec schema > provider.schema.json";

/// The arguments of `spec schema`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Schema {}

impl Schema {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        print(&format!("{:#}", json_schema::schema()))
    }
}
