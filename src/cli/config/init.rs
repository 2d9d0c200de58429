//! `wireloom config init`.

use std::{
    fs,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use dialoguer::{Confirm, FuzzySelect, Input, theme::ColorfulTheme};
use wireloom_schema::diagnostic::nearest;

use crate::{
    cli::{Failure, tell},
    config::{home_file, schema},
    private,
    specs::Provider,
};

const EXAMPLES: &str = "\
Asks on a terminal; what a flag says is not asked. The JSON Schema for editors is written beside the configuration.
The key itself is not written: the file names the environment variable that has it.

Examples:
  wireloom config init
  wireloom config init --provider deepseek --model deepseek-chat --key-variable DEEPSEEK_KEY -o wireloom.json5";

/// The arguments of `config init`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Init {
    /// The file to write; ~/.wireloom/config.json5 without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The provider: a spec that is built in
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The URL of the provider, where it is another than the spec's
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The model that requests go to
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// The environment variable that has the provider's key
    #[arg(long, value_name = "NAME")]
    key_variable: Option<String>,
    /// The port to listen on
    #[arg(long, value_name = "N", default_value_t = 3456)]
    port: u16,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// What a first configuration needs.
struct Answers {
    provider: String,
    url: Option<String>,
    model: String,
    variable: String,
}

impl Init {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let path = match &self.output {
            Some(path) => path.clone(),
            None => home_file(|name| std::env::var(name).ok())
                .ok_or_else(|| Failure::Usage("there is no home directory: name a file with --output".into()))?,
        };
        let asks = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let mut force = self.force;
        if path.exists() && !force && asks {
            let question = format!("{} is there. Write over it?", path.display());
            force = Confirm::with_theme(&ColorfulTheme::default())
                .with_prompt(question)
                .default(false)
                .interact()
                .map_err(unasked)?;
        }
        if path.exists() && !force {
            return Err(exists(&path));
        }
        let answers = self.answers(asks)?;
        write_new(&path, &text(&answers, self.port), force)?;
        let beside = path.with_file_name("config.schema.json");
        if force || !beside.exists() {
            write_new(&beside, &format!("{:#}\n", schema()), true)?;
        }
        tell(&format!("{} is written", path.display()));
        tell(&format!("set {}, then `wireloom start --config {}`", answers.variable, path.display()));
        Ok(ExitCode::SUCCESS)
    }

    /// What the flags say, and the person at the terminal.
    fn answers(&self, asks: bool) -> Result<Answers, Failure> {
        let theme = ColorfulTheme::default();
        let missing = |flag: &str| Failure::Usage(format!("nobody can be asked here: give {flag}"));
        let names: Vec<&str> = Provider::ALL.iter().map(|provider| provider.facts().name).collect();
        let provider = match &self.provider {
            Some(name) => name.clone(),
            None if asks => {
                let select = FuzzySelect::with_theme(&theme).with_prompt("Provider").items(&names).default(0);
                names.get(select.interact().map_err(unasked)?).copied().unwrap_or_default().to_owned()
            }
            None => return Err(missing("--provider")),
        };
        let Some(facts) = Provider::ALL.iter().map(|one| one.facts()).find(|facts| facts.name == provider) else {
            let advice = nearest(&provider, names).map(|advice| format!("; {advice}")).unwrap_or_default();
            return Err(Failure::Usage(format!("there is no spec `{provider}`{advice}")));
        };
        let ask = |given: &Option<String>, flag: &str, question: &str, default: Option<String>| match (given, default) {
            (Some(answer), _) => Ok(answer.clone()),
            (None, default) if asks => {
                let input = Input::<String>::with_theme(&theme).with_prompt(question);
                let input = if let Some(default) = default { input.default(default) } else { input };
                input.interact_text().map_err(unasked)
            }
            (None, Some(default)) => Ok(default),
            (None, None) => Err(missing(flag)),
        };
        let url = match (&self.url, facts.base) {
            (None, Some(_)) => None,
            (url, _) => Some(ask(url, "--url", "URL of the provider", None)?),
        };
        let variable: String =
            provider.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        Ok(Answers {
            model: ask(&self.model, "--model", "Model", None)?,
            variable: ask(
                &self.key_variable,
                "--key-variable",
                "Environment variable with the key",
                Some(variable + "_API_KEY"),
            )?,
            provider,
            url,
        })
    }
}

/// The configuration, with quotes and commas as editors of JSON with comments take them.
fn text(answers: &Answers, port: u16) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let provider = quoted(&answers.provider);
    let url = match &answers.url {
        Some(url) => format!("\n      \"api_base_url\": {},", quoted(url)),
        None => String::new(),
    };
    let route = quoted(&format!("{},{}", answers.provider, answers.model));
    format!(
        r#"// What wireloom does; `wireloom config check` finds mistakes in it.
{{
  // Editors complete and explain this file by it.
  "$schema": "./config.schema.json",

  // Where it listens. On another HOST than this machine's own, set an APIKEY that clients must show.
  "PORT": {port},
  // "HOST": "0.0.0.0",
  // "APIKEY": "$WIRELOOM_KEY",

  // The services that have models. $NAME is an environment variable.
  "Providers": [
    {{
      "name": {provider},{url}
      "api_key": {key},
      "models": [{model}],
      // The spec that it is spoken to with, and passes over requests.
      "transformer": {{ "use": [{provider}] }},
    }},
  ],

  // Where requests go, by what they are: "provider,model".
  "Router": {{
    "default": {route},
    // "background": {route},
    // "think": {route},
    // "longContext": {route},
    // "webSearch": {route},
    // "image": {route},
  }},
}}
"#,
        key = quoted(&format!("${{{}}}", answers.variable)),
        model = quoted(&answers.model),
    )
}

/// Writes a file that is not there yet, or over one if that is wanted; readable by its owner alone, because it may get
/// keys.
pub(super) fn write_new(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let unwritten = |error: std::io::Error| Failure::Work(format!("{} cannot be written: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(unwritten)?;
    }
    match private::options().create(true).truncate(true).create_new(!force).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(unwritten),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(path)),
        Err(error) => Err(unwritten(error)),
    }
}

fn exists(path: &Path) -> Failure {
    Failure::Usage(format!("{} is there already: name another file, or give --force", path.display()))
}

fn unasked(error: dialoguer::Error) -> Failure {
    Failure::Work(format!("the answer cannot be read: {error}"))
}
