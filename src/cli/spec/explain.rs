//! `wireloom spec explain`.

use std::process::ExitCode;

use clap::Args;
use wireloom_schema::spec::explain;

use crate::cli::{Failure, print};

use super::Named;

const EXAMPLES: &str = "\
Examples:
  wireloom spec explain groq request.temperature
  wireloom spec explain openrouter types.Part.text.cache_control
  wireloom spec explain dialect:openai-chat messages.tool";

/// The arguments of `spec explain`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Explain {
    /// A provider, else a dialect; `dialect:NAME` for a dialect; or a spec file
    name: String,
    /// Keys with dots between them; elements of lists go by their number, from 0
    path: String,
}

impl Explain {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let named = Named::find(&self.name)?;
        let text = explain::explain(named.spec(), named.dialect(), &named.plan()?, &self.path);
        print(&text.map_err(Failure::Usage)?)
    }
}
