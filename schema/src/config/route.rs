//! Where requests go.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

use super::{
    provider::Declared,
    reader::{Reader, given, unknown_key},
    routing::{EffortLevel, RouterConfig},
};
use crate::{diagnostic::Diagnostic, document::Node};

/// The keys of `Router`.
pub(super) const KEYS: [&str; 9] = [
    "default",
    "background",
    "backgroundModels",
    "think",
    "thinkEffort",
    "longContext",
    "longContextThreshold",
    "webSearch",
    "image",
];

/// A model of a provider, written `provider,model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The provider's name.
    pub provider: String,
    /// The model's name, as the provider knows it. It may contain commas.
    pub model: String,
}

impl Route {
    /// Splits `provider,model` at the first comma; nothing if there is no comma or nothing on one side of it.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, model) = text.split_once(',')?;
        let (provider, model) = (provider.trim(), model.trim());
        let complete = !provider.is_empty() && !model.is_empty();
        complete.then(|| Self { provider: provider.to_owned(), model: model.to_owned() })
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("expected a provider's name, a comma and a model's name"))
    }
}

impl JsonSchema for Route {
    fn schema_name() -> Cow<'static, str> {
        "Route".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A model of a provider: `provider,model`.", "pattern": "^[^,]+,.+$" })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.provider, self.model)
    }
}

/// Reads `Router`.
pub(super) fn read(root: &Node, declared: &Declared, reader: &mut Reader) -> RouterConfig {
    let Some(router) = given(root, "Router") else { return RouterConfig::default() };
    let mut found = RouterConfig::default();
    for entry in reader.entries(router, "an object of routes") {
        let slot = match entry.key.as_str() {
            "default" => &mut found.default,
            "background" => &mut found.background,
            "think" => &mut found.think,
            "longContext" => &mut found.long_context,
            "webSearch" => &mut found.web_search,
            "image" => &mut found.image,
            "longContextThreshold" => {
                found.long_context_threshold = reader.number(&entry.node, "the threshold", 0..1 << 53);
                continue;
            }
            "backgroundModels" => {
                found.background_models = Some(read_names(&entry.node, reader));
                continue;
            }
            "thinkEffort" => {
                found.think_effort = read_effort(&entry.node, reader);
                continue;
            }
            _ => {
                reader.tell(unknown_key("C104", entry, "`Router`").nearest(&entry.key, KEYS));
                continue;
            }
        };
        *slot = read_one(&entry.node, declared, reader);
    }
    found
}

fn read_names(node: &Node, reader: &mut Reader) -> Vec<String> {
    let names = reader.elements(node, "a list of models' names").iter();
    names.filter_map(|node| reader.filled(node, "a model's name", "a model's name").map(str::to_owned)).collect()
}

fn read_effort(node: &Node, reader: &mut Reader) -> Option<EffortLevel> {
    let text = reader.text(node, "an effort")?;
    let found = EffortLevel::ALL.iter().find(|(word, _)| *word == text).map(|(_, level)| *level);
    if found.is_none() {
        let mistake = Diagnostic::error("C015", &node.origin, format!("`{}` is not an effort", node.origin.written()));
        reader.tell(mistake.label("expected an effort").nearest(text, EffortLevel::ALL.map(|(word, _)| word)));
    }
    found
}

/// Reads a route, whose provider must be there.
pub(super) fn read_one(node: &Node, declared: &Declared, reader: &mut Reader) -> Option<Route> {
    let text = reader.text(node, "a route, `provider,model`")?;
    if text.is_empty() {
        return None;
    }
    let Some(mut route) = Route::parse(text) else {
        let mistake = Diagnostic::error("C010", &node.origin, format!("`{}` is not a route", node.origin.written()));
        reader.tell(
            mistake.label("expected a provider's name, a comma and a model's name").help("write `provider,model`"),
        );
        return None;
    };
    match declared.find(&route.provider) {
        Some(provider) => route.provider = provider.to_owned(),
        None if declared.is_complete() => {
            let mistake = Diagnostic::error(
                "C011",
                &node.origin,
                format!("there is no provider for `{}`", node.origin.written()),
            );
            let mistake = mistake.help("declare it in `Providers`").nearest(&route.provider, declared.written());
            reader.tell(mistake.label("names a provider that is not in `Providers`"));
        }
        None => {}
    }
    Some(route)
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn splits_at_the_first_comma() {
        let route = Route::parse("hub, a,b ").map(|route| (route.provider, route.model));
        assert_eq!(route, Some(("hub".into(), "a,b".into())));
        for text in ["", "hub", "hub,", ",a", " , "] {
            assert_eq!(Route::parse(text), None, "{text}");
        }
    }
}
