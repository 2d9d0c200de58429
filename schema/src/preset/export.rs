//! From a configuration to a preset that can be given away.

use serde_json::{Map, Value, json};

use crate::config::holds_secret;

/// A manifest, and what was taken out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The manifest.
    pub manifest: Map<String, Value>,
    /// The ids of the inputs that ask for the secrets, with the places where these stood.
    pub asked: Vec<(String, String)>,
}

/// What a preset says of itself.
pub type About = Map<String, Value>;

/// Makes a manifest of a configuration as it stands in its file, without the environment's values. Each secret becomes
/// an input of its own; a text that only names variables stays, for it tells nothing.
pub fn export(about: About, config: &Map<String, Value>, include_secrets: bool) -> Export {
    let mut taken = Taken { asked: Vec::new(), inputs: Vec::new() };
    let mut manifest = about;
    for (key, value) in config.iter().filter(|(key, _)| *key != "$schema") {
        let mut value = value.clone();
        if !include_secrets {
            taken.hide(&mut value, key, key, &mut Vec::new());
        }
        manifest.insert(key.clone(), value);
    }
    if !taken.inputs.is_empty() {
        manifest.insert("schema".into(), Value::Array(taken.inputs));
    }
    Export { manifest, asked: taken.asked }
}

struct Taken {
    asked: Vec<(String, String)>,
    inputs: Vec<Value>,
}

impl Taken {
    /// Takes the secrets out of a value: `key` is the key it stands at, `place` the way to it, and `names` what the
    /// objects around it are called.
    fn hide(&mut self, value: &mut Value, key: &str, place: &str, names: &mut Vec<String>) {
        match value {
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => {
                let secret = holds_secret(key) || place.contains(".headers.");
                if secret && !only_variables(text) {
                    *value = self.ask(key, place, names).into();
                } else if let Some((before, inside, after)) = login(text) {
                    let id = if only_variables(inside) { inside.to_owned() } else { self.ask("login", place, names) };
                    *value = format!("{before}{id}@{after}").into();
                }
            }
            Value::Number(_) if holds_secret(key) => *value = self.ask(key, place, names).into(),
            Value::Array(list) => {
                for (index, value) in list.iter_mut().enumerate() {
                    self.hide(value, key, &format!("{place}[{index}]"), names);
                }
            }
            Value::Object(object) => {
                let name = object.get("name").and_then(Value::as_str).map(str::to_owned);
                let depth = names.len();
                names.extend(name);
                for (key, value) in object.iter_mut() {
                    self.hide(value, key, &format!("{place}.{key}"), names);
                }
                names.truncate(depth);
            }
            _ => {}
        }
    }

    /// Asks for a secret, by an id that nothing else has.
    fn ask(&mut self, key: &str, place: &str, names: &[String]) -> String {
        let words = names.iter().map(String::as_str).chain([key]).collect::<Vec<_>>().join("_");
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
        let base: String = words.chars().map(plain).collect();
        let taken = |id: &String| self.asked.iter().any(|(known, _)| known == id);
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let id = std::iter::once(base.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or(base);
        self.inputs
            .push(json!({ "id": id, "type": "password", "label": id, "prompt": format!("What goes to {place}?") }));
        self.asked.push((id.clone(), place.to_owned()));
        format!("#{{{id}}}")
    }
}

/// Whether a text is variables of the environment and nothing else.
fn only_variables(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else { return false };
    match rest.strip_prefix('{') {
        // A default behind the name may be a secret.
        Some(braced) => braced.split_once('}').is_some_and(|(name, rest)| !name.contains(":-") && rest.is_empty()),
        None => !rest.is_empty() && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'),
    }
}

/// The name and password in a URL, with what stands before and after them.
fn login(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("://")? + 3;
    let authority = text[start..].find(['/', '?', '#']).map_or(text.len(), |end| start + end);
    let at = start + text[start..authority].rfind('@')?;
    Some((&text[..start], &text[start..at], &text[at + 1..]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_secret_becomes_an_input_of_its_own() {
        let config = json!({
            "$schema": "x", "APIKEY": "top", "PROXY_URL": "http://me:pass@proxy:1/",
            "Providers": [
                { "name": "One", "api_key": "sk-1", "api_base_url": "http://h/", "api_keys": ["sk-2", "$KEY"], "models": ["m"] },
                { "name": "One!", "api_key": "${KEY:-sk-3}", "headers": { "x-a": "h" } },
                { "name": "two", "api_key": "$TWO" }
            ],
            "plugins": [{ "name": "t", "options": { "max_tokens": 5, "auth": { "token": "t0k" } } }]
        });
        let export = export(json!({ "name": "p" }).as_object().unwrap().clone(), config.as_object().unwrap(), false);
        let text = Value::Object(export.manifest.clone()).to_string();
        for secret in ["top", "pass@", "sk-1", "sk-2", "sk-3", "\"h\"", "t0k"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let ids: Vec<&str> = export.asked.iter().map(|(id, _)| id.as_str()).collect();
        let wanted = ["apikey", "login", "one_api_key", "one_api_keys", "one__api_key", "one__x_a", "t_token"];
        assert_eq!(ids, wanted);
        assert_eq!(export.manifest["Providers"][2]["api_key"], "$TWO");
        assert_eq!(export.manifest["plugins"][0]["options"]["max_tokens"], 5);
        assert!(!export.manifest.contains_key("$schema"));
    }
}
