//! Asking what a preset wants to know.

use std::io::{IsTerminal, stderr, stdin};

use dialoguer::{Confirm, Input as Line, MultiSelect, Password, Select};
use serde_json::Value;
use wireloom_schema::preset::{Choice, Input, InputKind, Manifest, Surroundings};

use crate::cli::{Failure, tell};

/// Answers a manifest's questions: from what is set, else on a terminal if there is one, else by its defaults.
pub(super) fn answer(
    manifest: &mut Manifest,
    set: &[(String, String)],
    ask: bool,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    for (id, _) in set {
        if manifest.schema.iter().all(|input| input.id != *id) {
            let known: Vec<&str> = manifest.schema.iter().map(|input| input.id.as_str()).collect();
            return Err(Failure::Usage(format!("the preset does not ask for `{id}`, but for: {}", known.join(", "))));
        }
    }
    let interactive = ask && stdin().is_terminal() && stderr().is_terminal();
    for input in manifest.schema.clone() {
        if !input.applies(&manifest.user_values) {
            continue;
        }
        let choices = input.choices(&manifest.user_values, surroundings);
        let given = set.iter().rev().find(|(id, _)| *id == input.id);
        let value = match given {
            Some((_, value)) => {
                let taken = input.take(value.as_str().into(), &choices);
                taken.map_err(|wrong| Failure::Usage(format!("`{}`: {wrong}", input.id)))?
            }
            None if interactive => asked(&input, &choices, manifest.user_values.get(&input.id))?,
            None => continue,
        };
        manifest.user_values.insert(input.id.clone(), value);
    }
    manifest.answers().map(drop).map_err(|unready| Failure::Usage(format!("{unready}: give it with --set ID=VALUE")))
}

/// Asks until the answer fits.
fn asked(input: &Input, choices: &[Choice], before: Option<&Value>) -> Result<Value, Failure> {
    let default = before.or(Some(&input.default_value)).filter(|value| !value.is_null());
    loop {
        let answer =
            ask(input, choices, default).map_err(|error| Failure::Work(format!("nothing was answered: {error}")))?;
        match input.take(answer, choices) {
            Ok(value) => return Ok(value),
            Err(wrong) => tell(&format!("{wrong}; try again")),
        }
    }
}

fn ask(input: &Input, choices: &[Choice], default: Option<&Value>) -> dialoguer::Result<Value> {
    let question = input.question();
    let open: Vec<&Choice> = choices.iter().filter(|choice| !choice.disabled).collect();
    let named: Vec<String> = open.iter().map(|choice| named(choice)).collect();
    match input.kind {
        InputKind::Password => {
            Ok(Password::new().with_prompt(question).allow_empty_password(!input.required).interact()?.into())
        }
        InputKind::Confirm => {
            let default = default.and_then(Value::as_bool).unwrap_or(false);
            Ok(Confirm::new().with_prompt(question).default(default).interact()?.into())
        }
        InputKind::Select if !open.is_empty() => {
            let at = default.and_then(|value| open.iter().position(|choice| choice.value == *value));
            let chosen = Select::new().with_prompt(question).items(&named).default(at.unwrap_or(0)).interact()?;
            Ok(open[chosen].value.clone())
        }
        InputKind::MultiSelect if !open.is_empty() => {
            let chosen = MultiSelect::new().with_prompt(question).items(&named).interact()?;
            Ok(chosen.into_iter().map(|at| open[at].value.clone()).collect())
        }
        _ => {
            let prompt = match &input.placeholder {
                Some(example) => format!("{question} (such as {example})"),
                None => question.to_owned(),
            };
            let mut line = Line::<String>::new().with_prompt(prompt).allow_empty(!input.required);
            match default {
                Some(Value::String(text)) => line = line.default(text.clone()),
                Some(value) => line = line.default(value.to_string()),
                None => {}
            }
            Ok(line.interact_text()?.into())
        }
    }
}

fn named(choice: &Choice) -> String {
    let name = choice.label.clone().unwrap_or_else(|| match &choice.value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    });
    match &choice.description {
        Some(about) => format!("{name} ({about})"),
        None => name,
    }
}
