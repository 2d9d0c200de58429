//! `wireloom env`.

use std::process::ExitCode;

use clap::{Args, builder::PossibleValuesParser};

use crate::client::{Client, shell::Shell};

use super::{Failure, code::Place, print, tell};

const HELP: &str = "\
What is printed contains the key that the service asks for (APIKEY): do not show it around. Where several `keys` are
configured and no APIKEY, the variable must hold one of them already.

Examples:
  eval \"$(wireloom env)\"
  wireloom env --shell fish | source
  wireloom env --shell powershell | Out-String | Invoke-Expression
  eval \"$(wireloom env --client gemini)\"";

/// The arguments of `env`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Env {
    /// The shell that is to run it
    #[arg(long, value_enum, default_value_t = if cfg!(windows) { Shell::Powershell } else { Shell::Sh })]
    shell: Shell,
    /// The client that is to be led here
    #[arg(long, value_name = "NAME", value_parser = names(), default_value = first())]
    client: String,
}

fn names() -> PossibleValuesParser {
    let value =
        |client: &'static Client| clap::builder::PossibleValue::new(client.name.as_str()).help(client.about.as_str());
    PossibleValuesParser::new(Client::all().iter().map(value))
}

fn first() -> &'static str {
    Client::first().map_or("", |client| client.name.as_str())
}

impl Env {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let client = Client::named(&self.client)
            .ok_or_else(|| Failure::Usage(format!("no client is called `{}`", self.client)))?;
        let place = Place::configured()?;
        let address = place.running();
        if address.is_none() {
            tell("wireloom does not run: `wireloom start --detach` starts it");
        }
        let way = place.way(address, None)?;
        let environment = super::code::environment(client, &way)?;
        client.note(&way).iter().for_each(|note| tell(note));
        print(&self.shell.lines(&environment))
    }
}
