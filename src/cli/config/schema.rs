//! `wireloom config schema`.

use std::process::ExitCode;

use clap::Args;

use crate::{
    cli::{Failure, print},
    config::schema,
};

const EXAMPLES: &str = "\
Editors complete, explain and check configurations by it, where the file names it:
  { \"$schema\": \"./config.schema.json\", \"PORT\": 3456, ... }

Examples:
  wireloom config schema > config.schema.json
  check-jsonschema --schemafile config.schema.json wireloom.json5";

/// The arguments of `config schema`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Schema {}

impl Schema {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        print(&format!("{:#}", schema()))
    }
}
