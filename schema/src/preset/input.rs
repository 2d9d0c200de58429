//! What a preset asks its user.

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::When;

/// A question.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// What its answer is known by.
    pub id: String,
    /// How it is asked.
    #[serde(default, rename = "type")]
    pub kind: InputKind,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// An example of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// The answers to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Choices>,
    /// When it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// The answer of whoever gives none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub default_value: Value,
    /// Whether there must be an answer.
    #[serde(default = "yes")]
    pub required: bool,
    /// What an answer must match: a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<String>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// How many lines an editor has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// Inputs whose answers change what this one offers.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub depends_on: Value,
}

/// How a question is asked.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A line of text.
    #[default]
    Input,
    /// A secret.
    Password,
    /// One of several answers.
    Select,
    /// Any of several answers.
    MultiSelect,
    /// Yes or no.
    Confirm,
    /// Text of many lines.
    Editor,
    /// A number.
    Number,
}

/// The answers to choose from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Choices {
    /// These.
    Listed(Vec<Choice>),
    /// Those of a source.
    From {
        /// Which source.
        #[serde(rename = "type")]
        source: ChoiceSource,
        /// The answers themselves, for a source that has none of its own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        options: Vec<Choice>,
        /// `#{id}` of the input that names the provider whose models these are.
        #[serde(default, rename = "providerField", skip_serializing_if = "Option::is_none")]
        provider_field: Option<String>,
    },
}

/// Where the answers to choose from come from.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChoiceSource {
    /// The manifest.
    Static,
    /// The providers of the main configuration.
    Providers,
    /// The models of one of them, or of all.
    Models,
    /// The manifest, too.
    Custom,
}

/// An answer to choose.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Choice {
    /// The answer.
    pub value: Value,
    /// Its name for people; the answer itself if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it cannot be chosen now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// A sign beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

/// The providers of the main configuration, by name, with their models: what presets may offer to choose from.
pub type Surroundings = Vec<(String, Vec<String>)>;

fn yes() -> bool {
    true
}

impl Input {
    /// The question for people.
    pub fn question(&self) -> &str {
        self.prompt.as_deref().or(self.label.as_deref()).unwrap_or(&self.id)
    }

    /// Whether it is asked, after these answers.
    pub fn applies(&self, answers: &Map<String, Value>) -> bool {
        self.when.as_ref().is_none_or(|when| when.holds(answers))
    }

    /// The answers to choose from, after these answers; none for a question that is answered freely.
    pub fn choices(&self, answers: &Map<String, Value>, surroundings: &Surroundings) -> Vec<Choice> {
        let plain = |name: &String| Choice {
            value: name.as_str().into(),
            label: None,
            description: None,
            disabled: false,
            icon: None,
        };
        match &self.options {
            None => Vec::new(),
            Some(Choices::Listed(choices)) => choices.clone(),
            Some(Choices::From { source: ChoiceSource::Providers, .. }) => {
                surroundings.iter().map(|(name, _)| plain(name)).collect()
            }
            Some(Choices::From { source: ChoiceSource::Models, provider_field, .. }) => {
                let field = provider_field
                    .as_deref()
                    .map(|field| field.strip_prefix("#{").and_then(|field| field.strip_suffix('}')).unwrap_or(field));
                let provider = field.and_then(|field| answers.get(field)).and_then(Value::as_str);
                let of_provider = |(name, _): &&(String, Vec<String>)| {
                    field.is_none() || provider.is_some_and(|provider| provider.eq_ignore_ascii_case(name))
                };
                surroundings.iter().filter(of_provider).flat_map(|(_, models)| models).map(plain).collect()
            }
            Some(Choices::From { options, .. }) => options.clone(),
        }
    }

    /// An answer as this input has it: a number for a number, a truth value for a yes or no.
    ///
    /// # Errors
    /// What is wrong with it, for people. The answer itself is not told: it may be a secret.
    pub fn take(&self, answer: Value, choices: &[Choice]) -> Result<Value, String> {
        let answer = match (self.kind, answer) {
            (InputKind::Number, Value::String(text)) => {
                let number = text.trim().parse::<serde_json::Number>();
                Value::Number(number.map_err(|_| "expected a number".to_owned())?)
            }
            (InputKind::Confirm, Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" | "true" | "1" => Value::Bool(true),
                "n" | "no" | "false" | "0" => Value::Bool(false),
                _ => return Err("expected yes or no".into()),
            },
            (InputKind::MultiSelect, Value::String(text)) => {
                text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
            }
            (_, answer) => answer,
        };
        let is_empty = match &answer {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        if is_empty {
            return if self.required { Err("expected an answer".into()) } else { Ok(answer) };
        }
        if self.kind == InputKind::Number {
            let number = answer.as_f64().ok_or("expected a number")?;
            if let Some(min) = self.min.filter(|min| number < *min) {
                return Err(format!("expected at least {min}"));
            }
            if let Some(max) = self.max.filter(|max| number > *max) {
                return Err(format!("expected at most {max}"));
            }
        }
        if let (Some(pattern), Value::String(text)) = (&self.validator, &answer) {
            let pattern = Regex::new(pattern).map_err(|_| format!("the preset's validator `{pattern}` is not one"))?;
            if !pattern.is_match(text) {
                return Err(format!("expected something that matches `{pattern}`"));
            }
        }
        let chosen = |value: &Value| choices.iter().any(|choice| choice.value == *value && !choice.disabled);
        let valid = match (self.kind, &answer) {
            _ if choices.is_empty() => true,
            (InputKind::Select, value) => chosen(value),
            (InputKind::MultiSelect, Value::Array(values)) => values.iter().all(chosen),
            (InputKind::MultiSelect, _) => false,
            _ => true,
        };
        let listed = || choices.iter().map(|choice| choice.value.to_string()).collect::<Vec<_>>().join(", ");
        if valid { Ok(answer) } else { Err(format!("expected one of {}", listed())) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn input(json: Value) -> Input {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn answers_become_what_the_input_is() {
        let surroundings = vec![("Hub".to_owned(), vec!["a".to_owned(), "b".to_owned()])];
        let answers = json!({ "p": "hub" });
        let answers = answers.as_object().unwrap();
        let model = json!({ "id": "m", "type": "select", "options": { "type": "models", "providerField": "#{p}" } });
        let cases = [
            (json!({ "id": "n", "type": "number", "min": 1, "max": 9 }), json!("7"), Some(json!(7))),
            (json!({ "id": "n", "type": "number", "min": 1 }), json!("0"), None),
            (json!({ "id": "c", "type": "confirm" }), json!("Yes"), Some(json!(true))),
            (json!({ "id": "k" }), json!(""), None),
            (json!({ "id": "k", "required": false }), json!(""), Some(json!(""))),
            (json!({ "id": "k", "validator": "^sk-" }), json!("sk-1"), Some(json!("sk-1"))),
            (json!({ "id": "k", "validator": "^sk-" }), json!("pk-1"), None),
            (model.clone(), json!("b"), Some(json!("b"))),
            (model, json!("c"), None),
            (
                json!({ "id": "t", "type": "multiselect", "options": [{ "value": "x" }, { "value": "y", "disabled": true }] }),
                json!("x,y"),
                None,
            ),
        ];
        for (asked, answer, wanted) in cases {
            let one = input(asked.clone());
            let taken = one.take(answer.clone(), &one.choices(answers, &surroundings));
            assert_eq!(taken.ok(), wanted, "{asked} {answer}");
        }
    }
}
