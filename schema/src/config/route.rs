//! A model of a provider.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

use super::kind::VARIABLE;

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

/// Reads a route; an empty text is none.
pub(super) fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Route>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let route = Route::parse(&text).map(Some);
    route.ok_or_else(|| D::Error::custom("expected a provider's name, a comma and a model's name"))
}

/// What routes look like; `or_empty` for those that an empty text leaves out.
fn schema(or_empty: bool) -> Schema {
    let empty = if or_empty { "^$|" } else { "" };
    json_schema!({
        "type": "string",
        "pattern": format!(r"{empty}^\s*[^\s,][^,]*,\s*\S|{VARIABLE}"),
        "examples": ["openrouter,anthropic/claude-sonnet-4.5"],
        "errorMessage": "expected a route, `provider,model`",
        "errorCode": "C010",
    })
}

impl JsonSchema for Route {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Route".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(false)
    }
}

/// A route that an empty text leaves out.
pub(super) struct MaybeRoute;

impl JsonSchema for MaybeRoute {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MaybeRoute".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(true)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.provider, self.model)
    }
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
