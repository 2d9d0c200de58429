//! `wireloom model` on a terminal.

use std::{
    io::{IsTerminal, stderr, stdin},
    process::ExitCode,
};

use clap::ValueEnum;
use dialoguer::{FuzzySelect, Input, Select, theme::ColorfulTheme};

use super::{
    AddProvider, RouteName, added_model,
    change::{Change, File},
    key_variable, transformer,
};
use crate::{
    cli::{Failure, tell},
    specs::Provider,
};

/// Asks what to change, and changes it, until there is nothing more.
pub(super) fn ask(file: impl Fn() -> Result<File, Failure>) -> Result<ExitCode, Failure> {
    if !(stdin().is_terminal() && stderr().is_terminal()) {
        let message = "nobody can be asked here: `wireloom model list` and `wireloom model set` do without";
        return Err(Failure::Usage(message.into()));
    }
    loop {
        let file = file()?;
        let routes = RouteName::value_variants();
        let shown = |route: &RouteName| {
            let key = route.key();
            format!("{key}: {}", file.route(&key).unwrap_or("as default"))
        };
        let mut choices: Vec<String> = routes.iter().map(shown).collect();
        choices.extend(["Add a model", "Add a provider", "Leave"].map(str::to_owned));
        let chosen = pick("What is to be changed?", &choices)?;
        let changes = match chosen.checked_sub(routes.len()) {
            None => match routes.get(chosen) {
                Some(route) => vec![routed(&file, *route)?],
                None => return Ok(ExitCode::SUCCESS),
            },
            Some(0) => model(&file)?,
            Some(1) => vec![provider(&file)?],
            Some(_) => return Ok(ExitCode::SUCCESS),
        };
        match file.change(&changes) {
            Ok(_) => {}
            // What was answered does not fit; there may be a better answer.
            Err(Failure::Mistakes(told) | Failure::Usage(told)) => tell(&told),
            Err(failure) => return Err(failure),
        }
    }
}

/// Where requests of a kind are to go.
fn routed(file: &File, route: RouteName) -> Result<Change, Failure> {
    let mut choices: Vec<String> = file
        .providers()
        .flat_map(|(name, models)| models.into_iter().map(move |model| format!("{name},{model}")).collect::<Vec<_>>())
        .collect();
    let models = choices.len();
    choices.push("another, which I write".into());
    if route != RouteName::Default {
        choices.push("as default".into());
    }
    let chosen = pick(&route.key(), &choices)?;
    Ok(match chosen {
        _ if chosen < models => Change::Set(route.path(), choices[chosen].as_str().into()),
        _ if chosen == models => Change::Set(route.path(), line("provider,model", None)?.into()),
        _ => Change::Remove(route.path()),
    })
}

fn model(file: &File) -> Result<Vec<Change>, Failure> {
    let names: Vec<String> = file.providers().map(|(name, _)| name.to_owned()).collect();
    if names.is_empty() {
        return Err(Failure::Usage("there is no provider yet: add one first".into()));
    }
    let provider = &names[pick("Provider", &names)?];
    let model = line("Model", None)?;
    let passes = line("Passes for it, divided by spaces (none is usual)", Some(String::new()))?;
    added_model(file, provider, &model, &parsed(&passes)?)
}

fn provider(file: &File) -> Result<Change, Failure> {
    let name = line("Name in routes", None)?;
    let mut specs: Vec<String> = vec!["by its URL".into()];
    specs.extend(Provider::ALL.iter().map(|provider| provider.facts().name.to_owned()));
    let at = pick("Which API does it have?", &specs)?;
    let has_url = Provider::ALL.get(at.wrapping_sub(1)).is_some_and(|provider| provider.facts().base.is_some());
    let url = if has_url { line("URL (empty for the usual one)", Some(String::new()))? } else { line("URL", None)? };
    let variable = line("Environment variable with the key", Some(key_variable(&name)))?;
    let models = line("Models, divided by commas", None)?;
    let new = AddProvider {
        name,
        url: Some(url).filter(|url| !url.is_empty()),
        key_variable: Some(variable),
        models: models.split(',').map(|model| model.trim().to_owned()).filter(|model| !model.is_empty()).collect(),
        transformers: if at == 0 { Vec::new() } else { vec![specs[at].as_str().into()] },
    };
    new.change(file)
}

fn parsed(passes: &str) -> Result<Vec<serde_json::Value>, Failure> {
    passes.split_whitespace().map(|pass| transformer(pass).map_err(Failure::Usage)).collect()
}

fn pick(question: &str, choices: &[String]) -> Result<usize, Failure> {
    let theme = ColorfulTheme::default();
    let chosen = match choices.len() {
        ..16 => Select::with_theme(&theme).with_prompt(question).items(choices).default(0).interact(),
        _ => FuzzySelect::with_theme(&theme).with_prompt(question).items(choices).default(0).interact(),
    };
    chosen.map_err(unasked)
}

fn line(question: &str, default: Option<String>) -> Result<String, Failure> {
    let theme = ColorfulTheme::default();
    let input = Input::<String>::with_theme(&theme).with_prompt(question);
    let input = match default {
        Some(default) => input.allow_empty(true).default(default),
        None => input,
    };
    input.interact_text().map(|text| text.trim().to_owned()).map_err(unasked)
}

fn unasked(error: dialoguer::Error) -> Failure {
    Failure::Work(format!("the answer cannot be read: {error}"))
}
