//! The keywords of JSON Schema: where others stand in them, and which say nothing of a value.

use std::fmt;

use serde::{
    Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

/// What stands at a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A schema; in old drafts, a list of them in some cases.
    Schema,
    /// A list of schemas.
    Schemas,
    /// Schemas by name.
    Named,
    /// No schema.
    Data,
}

/// What stands at that keyword.
pub(super) fn place(keyword: &str) -> Place {
    match keyword {
        "items"
        | "additionalProperties"
        | "additionalItems"
        | "not"
        | "if"
        | "then"
        | "else"
        | "contains"
        | "propertyNames"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => Place::Schema,
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => Place::Schemas,
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Place::Named,
        _ => Place::Data,
    }
}

/// Whether a keyword with that value says nothing of a value that would have to be told as lost.
pub(super) fn says_nothing(keyword: &str, value: &Value) -> bool {
    match keyword {
        "$schema" | "$id" | "$comment" | "$anchor" | "$defs" | "definitions" => true,
        "additionalProperties" | "unevaluatedProperties" => {
            *value == Value::Bool(true) || value.as_object().is_some_and(Map::is_empty)
        }
        _ => false,
    }
}

/// Whether the text is an object's schema, with properties if need be. It is read no further than it takes to see that.
pub(super) fn begins_as_object(text: &str, properties: bool) -> bool {
    let mut seen = Seen { kind: false, properties: !properties };
    // Leaving early is an error to the reader.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(&mut seen);
    seen.kind && seen.properties
}

struct Seen {
    kind: bool,
    properties: bool,
}

impl<'de> Visitor<'de> for &mut Seen {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a schema")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<(), A::Error> {
        while let Some(key) = keys.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*key {
                "type" => self.kind = keys.next_value::<Value>()? == "object",
                // What follows need not be read.
                "properties" if self.kind => self.properties = true,
                other => {
                    self.properties |= other == "properties";
                    keys.next_value::<IgnoredAny>()?;
                }
            }
            if self.kind && self.properties {
                return Ok(());
            }
        }
        Ok(())
    }
}
