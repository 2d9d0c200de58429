//! From a manifest and its answers to a configuration.

use std::path::{Component, Path};

use serde_json::{Map, Value};

use super::{Input, Manifest, path};

/// Why a preset is not a configuration yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unready {
    /// Questions that must be answered are not.
    Unanswered(Vec<String>),
    /// A string names an input that the preset does not have.
    Unknown(String),
    /// A mapping leads to no place.
    Target(String),
}

impl std::fmt::Display for Unready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unready::Unanswered(ids) => write!(f, "the preset asks for {}, and there is no answer", ids.join(", ")),
            Unready::Unknown(id) => write!(f, "`#{{{id}}}` names no input of the preset"),
            Unready::Target(target) => write!(f, "the mapping to `{target}` leads to no place in the configuration"),
        }
    }
}

impl std::error::Error for Unready {}

impl Manifest {
    /// The configuration that the answers make; `folder` is where the manifest is, from which its relative paths lead.
    ///
    /// # Errors
    /// What it lacks.
    pub fn apply(&self, folder: &Path) -> Result<Map<String, Value>, Unready> {
        let answers = self.answers()?;
        let asked = |id: &str| self.schema.iter().any(|input| input.id == id);
        let mut config = match &self.template {
            Some(template) => template.clone(),
            None => self.config.iter().filter(|(key, _)| !asked(key)).map(|(k, v)| (k.clone(), v.clone())).collect(),
        };
        if !self.schema.is_empty() || !self.user_values.is_empty() {
            let known = |id: &str| answers.contains_key(id) || asked(id);
            config.values_mut().try_for_each(|value| fill(value, &answers, &known))?;
        }
        let mapped = |when: &Option<super::When>| when.as_ref().is_none_or(|when| when.holds(&answers));
        for mapping in self.config_mappings.iter().filter(|mapping| mapped(&mapping.when)) {
            let mut value = mapping.value.clone();
            fill(&mut value, &answers, &|id| answers.contains_key(id) || asked(id))?;
            // An answer that is not there maps to nothing.
            if !value.is_null() && !path::put(&mut config, &mapping.target, value) {
                return Err(Unready::Target(mapping.target.clone()));
            }
        }
        for (id, value) in self.user_values.iter().filter(|(id, _)| path::is_path(id) && !asked(id)) {
            if !path::put(&mut config, id, value.clone()) {
                return Err(Unready::Target(id.clone()));
            }
        }
        locate(&mut config, folder);
        Ok(config)
    }

    /// The answers, with those that the manifest gives itself.
    ///
    /// # Errors
    /// The questions that must be answered and are not.
    pub fn answers(&self) -> Result<Map<String, Value>, Unready> {
        let mut answers = self.user_values.clone();
        let mut missing = Vec::new();
        for input in self.schema.iter() {
            if !input.applies(&answers) || answered(input, &answers) {
                continue;
            }
            if !input.default_value.is_null() {
                answers.insert(input.id.clone(), input.default_value.clone());
            } else if input.required {
                missing.push(input.id.clone());
            }
        }
        if missing.is_empty() { Ok(answers) } else { Err(Unready::Unanswered(missing)) }
    }
}

fn answered(input: &Input, answers: &Map<String, Value>) -> bool {
    answers.get(&input.id).is_some_and(|answer| !answer.is_null() && answer.as_str() != Some(""))
}

/// Puts answers in place of `#{id}` in all strings. A string that is nothing else becomes the answer as it is.
fn fill(value: &mut Value, answers: &Map<String, Value>, known: &impl Fn(&str) -> bool) -> Result<(), Unready> {
    match value {
        Value::Array(list) => list.iter_mut().try_for_each(|value| fill(value, answers, known)),
        Value::Object(object) => object.values_mut().try_for_each(|value| fill(value, answers, known)),
        Value::String(text) => {
            let Some(first) = text.find("#{") else { return Ok(()) };
            let only = text.strip_prefix("#{").and_then(|rest| rest.strip_suffix('}')).filter(|id| !id.contains('}'));
            if let Some(id) = only {
                let id = id.trim().to_owned();
                if !known(&id) {
                    return Err(Unready::Unknown(id));
                }
                *value = answers.get(&id).cloned().unwrap_or_default();
                return Ok(());
            }
            let mut filled = text[..first].to_owned();
            let mut rest = &text[first..];
            while let Some((before, (id, after))) =
                rest.split_once("#{").and_then(|(b, r)| Some((b, r.split_once('}')?)))
            {
                let id = id.trim();
                if !known(id) {
                    return Err(Unready::Unknown(id.to_owned()));
                }
                filled += before;
                match answers.get(id) {
                    Some(Value::String(answer)) => filled += answer,
                    Some(Value::Null) | None => {}
                    Some(answer) => filled += &answer.to_string(),
                }
                rest = after;
            }
            *text = filled + rest;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Makes the paths absolute that stand beside the manifest: those of scripts and of custom transformers.
fn locate(config: &mut Map<String, Value>, folder: &Path) {
    fn place(value: Option<&mut Value>, folder: &Path) {
        if let Some(Value::String(path)) = value {
            let given = Path::new(path.as_str());
            // What leads out of the folder is not the preset's.
            let inside = given.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if inside && !path.is_empty() {
                *path = folder.join(given).display().to_string();
            }
        }
    }
    fn scripts(value: &mut Value, folder: &Path) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|value| scripts(value, folder)),
            Value::Object(object) => {
                place(object.get_mut("scriptPath"), folder);
                object.values_mut().for_each(|value| scripts(value, folder));
            }
            _ => {}
        }
    }
    if let Some(line) = config.get_mut("StatusLine") {
        scripts(line, folder);
    }
    let transformers = config.get_mut("transformers").and_then(Value::as_array_mut);
    for transformer in transformers.into_iter().flatten() {
        place(transformer.get_mut("path"), folder);
    }
    place(config.get_mut("CUSTOM_ROUTER_PATH"), folder);
    place(config.get_mut("REWRITE_SYSTEM_PROMPT"), folder);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(manifest: Value) -> Result<Value, Unready> {
        let manifest: Manifest = serde_json::from_value(manifest).unwrap();
        manifest.apply(Path::new("/presets/p")).map(Value::Object)
    }

    #[test]
    fn a_manifest_without_questions_is_the_configuration() {
        let manifest = json!({
            "name": "p", "version": "1", "homepage": "http://h", "PORT": 1, "APIKEY": "#{not}",
            "StatusLine": { "default": { "modules": [{ "scriptPath": "line.js" }, { "scriptPath": "/abs.js" }] } }
        });
        let wanted = json!({
            "PORT": 1, "APIKEY": "#{not}",
            "StatusLine": { "default": { "modules": [{ "scriptPath": "/presets/p/line.js" }, { "scriptPath": "/abs.js" }] } }
        });
        assert_eq!(applied(manifest).unwrap(), wanted);
    }

    #[test]
    fn answers_stand_in_strings_with_their_type() {
        let manifest = json!({
            "name": "p", "size": "is asked", "more": true,
            "schema": [{ "id": "size", "type": "number" }, { "id": "who", "defaultValue": "hub" }, { "id": "not", "required": false }],
            "userValues": { "size": 5 },
            "Router": { "default": "#{who},m-#{size}", "longContextThreshold": "#{size}", "think": "#{not}" }
        });
        let wanted =
            json!({ "more": true, "Router": { "default": "hub,m-5", "longContextThreshold": 5, "think": null } });
        assert_eq!(applied(manifest).unwrap(), wanted);
    }

    #[test]
    fn a_template_stands_alone_and_mappings_follow_it() {
        let manifest = json!({
            "name": "p", "PORT": 1, "template": { "Providers": [{ "name": "#{who}" }] },
            "schema": [{ "id": "who" }, { "id": "key", "type": "password" }, { "id": "far", "type": "confirm", "defaultValue": false }],
            "userValues": { "who": "hub", "key": "k", "Router.default": "hub,m" },
            "configMappings": [
                { "target": "Providers[0].api_key", "value": "#{key}" },
                { "target": "HOST", "value": "0.0.0.0", "when": { "field": "far", "value": true } }
            ]
        });
        let wanted = json!({ "Providers": [{ "name": "hub", "api_key": "k" }], "Router": { "default": "hub,m" } });
        assert_eq!(applied(manifest).unwrap(), wanted);
    }

    #[test]
    fn what_is_missing_is_named() {
        let asks = json!([{ "id": "a" }, { "id": "b", "when": { "field": "a", "value": "x" } }]);
        assert_eq!(applied(json!({ "schema": asks })), Err(Unready::Unanswered(vec!["a".into()])));
        assert_eq!(
            applied(json!({ "schema": asks, "userValues": { "a": "x" } })),
            Err(Unready::Unanswered(vec!["b".into()]))
        );
        assert_eq!(
            applied(json!({ "schema": asks, "userValues": { "a": "y" }, "APIKEY": "#{c}" })),
            Err(Unready::Unknown("c".into()))
        );
        let target = json!({ "PORT": 1, "configMappings": [{ "target": "PORT.x", "value": 1 }] });
        assert_eq!(applied(target), Err(Unready::Target("PORT.x".into())));
    }
}
