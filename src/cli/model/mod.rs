//! `wireloom model`: which models there are and where requests go, changed in the file as it is written.

mod ask;
mod change;
mod list;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use wireloom_schema::config::edit::Step;

use self::change::{Change, File};
use super::Failure;

const EXAMPLES: &str = "\
Without a command it asks, on a terminal. The file keeps its comments, order and $VARIABLES; what would make it wrong is
not written; what it was stands beside it in a file that ends with `.bak`. A running service takes the change over.

Examples:
  wireloom model
  wireloom model list --json
  wireloom model set think ds,deepseek-reasoner
  wireloom model add ds deepseek-chat --transformer tooluse --transformer 'maxtoken={ max_tokens: 8000 }'
  wireloom model add-provider local --url http://localhost:1234/v1 --model qwen3-coder --key-variable LOCAL_KEY";

/// The arguments of `model`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Model {
    /// The configuration
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell which models there are, and where requests go
    List(list::List),
    /// Say where requests of a kind go
    Set {
        /// The kind of requests
        route: RouteName,
        /// The provider and its model
        #[arg(value_name = "PROVIDER,MODEL")]
        to: String,
    },
    /// Let requests of a kind go where all others do
    Unset {
        /// The kind of requests
        route: RouteName,
    },
    /// Add a model to a provider
    Add {
        /// The provider
        provider: String,
        /// The model
        model: String,
        /// A pass for the model's requests and answers, or options: NAME or NAME=OPTIONS
        #[arg(long = "transformer", value_name = "NAME[=OPTIONS]", value_parser = transformer)]
        transformers: Vec<Value>,
    },
    /// Take a model away from a provider
    Remove {
        /// The provider
        provider: String,
        /// The model
        model: String,
    },
    /// Add a provider
    AddProvider(AddProvider),
}

/// What a new provider is.
#[derive(Args, Debug)]
struct AddProvider {
    /// What it is called in routes
    name: String,
    /// Its URL; not needed where a transformer names a spec that has one
    #[arg(long)]
    url: Option<String>,
    /// The environment variable that has its key; the key itself is not written
    #[arg(long, value_name = "NAME")]
    key_variable: Option<String>,
    /// A model of it; can be given several times
    #[arg(long = "model", value_name = "NAME", required = true)]
    models: Vec<String>,
    /// The spec that it is spoken to with, and passes: NAME or NAME=OPTIONS
    #[arg(long = "transformer", value_name = "NAME[=OPTIONS]", value_parser = transformer)]
    transformers: Vec<Value>,
}

/// The kinds of requests that have routes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "camelCase")]
enum RouteName {
    Default,
    Background,
    Think,
    #[value(alias = "long-context")]
    LongContext,
    #[value(alias = "web-search")]
    WebSearch,
    Image,
}

impl RouteName {
    /// The key in `Router`.
    fn key(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn path(self) -> Vec<Step> {
        vec!["Router".into(), Step::Key(self.key())]
    }
}

impl Model {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = self.config;
        let file = || File::read(config.clone());
        match self.command {
            None => ask::ask(file),
            Some(Command::List(list)) => list.run(config.as_deref()),
            Some(Command::Set { route, to }) => file()?.change(&[Change::Set(route.path(), to.into())]),
            Some(Command::Unset { route }) => file()?.change(&[Change::Remove(route.path())]),
            Some(Command::Add { provider, model, transformers }) => {
                let file = file()?;
                file.change(&added_model(&file, &provider, &model, &transformers)?)
            }
            Some(Command::Remove { provider, model }) => {
                let file = file()?;
                let (index, models) = file.provider(&provider)?;
                let at = models.iter().position(|known| *known == model);
                let at = at.ok_or_else(|| Failure::Usage(format!("`{provider}` lists no model `{model}`")))?;
                let path = vec!["Providers".into(), index.into(), "models".into(), at.into()];
                file.change(&[Change::Remove(path)])
            }
            Some(Command::AddProvider(new)) => {
                let file = file()?;
                file.change(&[new.change(&file)?])
            }
        }
    }
}

/// The changes that add a model to a provider.
fn added_model(file: &File, provider: &str, model: &str, transformers: &[Value]) -> Result<Vec<Change>, Failure> {
    let (index, models) = file.provider(provider)?;
    let mut changes = Vec::new();
    let place = |key: &str| -> Vec<Step> { vec!["Providers".into(), index.into(), key.into()] };
    if !models.contains(&model) {
        changes.push(match models.is_empty() {
            true => Change::Set(place("models"), json!([model])),
            false => Change::Insert(place("models"), models.len(), model.into()),
        });
    }
    if !transformers.is_empty() {
        let path = [place("transformer"), vec![model.into(), "use".into()]].concat();
        changes.push(Change::Set(path, transformers.into()));
    }
    Ok(changes)
}

impl AddProvider {
    /// The change that adds it.
    fn change(self, file: &File) -> Result<Change, Failure> {
        if file.providers().any(|(name, _)| name.eq_ignore_ascii_case(&self.name)) {
            return Err(Failure::Usage(format!("there is a provider `{}` already", self.name)));
        }
        let variable = self.key_variable.unwrap_or_else(|| key_variable(&self.name));
        let mut provider = serde_json::Map::new();
        provider.insert("name".into(), self.name.into());
        if let Some(url) = self.url {
            provider.insert("api_base_url".into(), url.into());
        }
        provider.insert("api_key".into(), format!("${{{variable}}}").into());
        provider.insert("models".into(), self.models.into());
        if !self.transformers.is_empty() {
            provider.insert("transformer".into(), json!({ "use": self.transformers }));
        }
        let count = file.providers().count();
        let list = vec!["Providers".into()];
        Ok(match count {
            0 => Change::Set(list, json!([provider])),
            count => Change::Insert(list, count, provider.into()),
        })
    }
}

/// The variable that the key of a provider usually stands in.
fn key_variable(provider: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    provider.chars().map(letter).chain("_API_KEY".chars()).collect()
}

/// `NAME`, or `NAME=OPTIONS` with JSON5, as the configuration has it.
fn transformer(text: &str) -> Result<Value, String> {
    match text.split_once('=') {
        None => Ok(text.into()),
        Some((name, options)) => {
            let options: Value =
                json5::from_str(options).map_err(|error| format!("the options are not JSON5: {error}"))?;
            Ok(json!([name, options]))
        }
    }
}
