//! The smallest values that fit a JSON Schema.

use serde_json::{Map, Value};
use wireloom_schema::model::Json;

/// How many references to other places of the schema are followed, one inside the other: enough for schemas that
/// people write, and an end for those that contain themselves.
const REFERENCES: usize = 6;

/// The most elements of an array, for a schema that asks for very many.
const ELEMENTS: u64 = 16;

/// Arguments for a tool with this schema: an object with all that is required. `words` stands wherever any string
/// will do.
pub(super) fn arguments(schema: &Json<'_>, words: &str) -> Json<'static> {
    instance(schema, words).filter(Value::is_object).map_or(Json::EMPTY, |value| json(&value))
}

/// A value that fits this schema, or an empty object if none is found.
pub(super) fn value(schema: &Json<'_>, words: &str) -> Json<'static> {
    instance(schema, words).map_or(Json::EMPTY, |value| json(&value))
}

fn json(value: &Value) -> Json<'static> {
    Json::from_written(value.to_string()).unwrap_or(Json::EMPTY)
}

fn instance(schema: &Json<'_>, words: &str) -> Option<Value> {
    let root = serde_json::from_str(schema.text()).ok()?;
    Filler { root: &root, words }.fill(&root, REFERENCES)
}

/// Makes values for a schema and its parts.
struct Filler<'s> {
    /// The whole schema, which references point into.
    root: &'s Value,
    words: &'s str,
}

impl Filler<'_> {
    /// A value, unless the schema contains itself without end.
    fn fill(&self, schema: &Value, references: usize) -> Option<Value> {
        let given = schema.get("const").or_else(|| schema.get("default")).or_else(|| schema.get("enum")?.get(0));
        if let Some(given) = given {
            return Some(given.clone());
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.root.pointer(reference.strip_prefix('#')?)?;
            return self.fill(target, references.checked_sub(1)?);
        }
        match kind(schema) {
            Some("object") => self.object(schema, references),
            Some("array") => Some(self.array(schema, references)),
            Some("integer" | "number") => Some(number(schema)),
            Some("boolean") => Some(Value::Bool(false)),
            Some("null") => Some(Value::Null),
            Some(_) => Some(self.string(schema)),
            None => match ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema.get(key)?.as_array()) {
                Some(branches) => branches.iter().find_map(|branch| self.fill(branch, references)),
                None => Some(self.string(schema)),
            },
        }
    }

    fn object(&self, schema: &Value, references: usize) -> Option<Value> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let property = |name: &str| {
            let schema = schema.get("properties").and_then(|properties| properties.get(name));
            Some((name.to_owned(), self.fill(schema.unwrap_or(&Value::Bool(true)), references)?))
        };
        required.map(property).collect::<Option<Map<_, _>>>().map(Value::Object)
    }

    /// One element, so that there is something to see, or as many as there have to be.
    fn array(&self, schema: &Value, references: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).clamp(1, ELEMENTS);
        let items = schema.get("items").unwrap_or(&Value::Bool(true));
        (0..least).map_while(|_| self.fill(items, references)).collect()
    }

    fn string(&self, schema: &Value) -> Value {
        let most = schema.get("maxLength").and_then(Value::as_u64).and_then(|most| usize::try_from(most).ok());
        self.words.chars().take(most.unwrap_or(usize::MAX)).collect::<String>().into()
    }
}

/// The type that a schema asks for, stated or implied; the first where it allows several.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(Value::Array(several)) => several.first()?.as_str(),
        Some(one) => one.as_str(),
        None if schema.get("properties").is_some() => Some("object"),
        None if schema.get("items").is_some() => Some("array"),
        None => None,
    }
}

/// The smallest number that is allowed, or one.
fn number(schema: &Value) -> Value {
    if let Some(least) = schema.get("minimum") {
        return least.clone();
    }
    if let Some(below) = schema.get("exclusiveMinimum").and_then(Value::as_i64) {
        return below.saturating_add(1).into();
    }
    match schema.get("maximum") {
        Some(most) if most.as_f64().is_some_and(|most| most < 1.0) => most.clone(),
        _ => 1.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[track_caller]
    fn expect(schema: Value, expected: Value) {
        let schema = Json::from_written(schema.to_string()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(value(&schema, "hi").text()).unwrap(), expected);
    }

    #[test]
    fn every_type_has_a_smallest_value() {
        let properties = json!({
            "s": { "type": "string" },
            "short": { "type": ["string", "null"], "maxLength": 1 },
            "e": { "type": "string", "enum": ["a", "b"] },
            "d": { "type": "integer", "default": 7 },
            "c": { "const": "x" },
            "n": { "type": "integer", "minimum": 3 },
            "above": { "type": "number", "exclusiveMinimum": 0 },
            "below": { "type": "number", "maximum": -2 },
            "one": { "type": "number" },
            "b": { "type": "boolean" },
            "nothing": { "type": "null" },
            "l": { "type": "array", "items": { "type": "integer" } },
            "pair": { "items": { "type": "boolean" }, "minItems": 2 },
            "o": { "properties": { "p": { "anyOf": [{ "type": "integer" }, { "type": "null" }] } }, "required": ["p"] },
            "left out": { "type": "string" },
        });
        let required =
            ["s", "short", "e", "d", "c", "n", "above", "below", "one", "b", "nothing", "l", "pair", "o", "unsaid"];
        expect(
            json!({ "type": "object", "properties": properties, "required": required }),
            json!({
                "s": "hi", "short": "h", "e": "a", "d": 7, "c": "x", "n": 3, "above": 1, "below": -2, "one": 1,
                "b": false, "nothing": null, "l": [1], "pair": [false, false], "o": { "p": 1 }, "unsaid": "hi",
            }),
        );
    }

    #[test]
    fn schemas_that_contain_themselves_come_to_an_end() {
        let next = json!({ "anyOf": [{ "$ref": "#/$defs/node" }, { "type": "null" }] });
        let node = json!({ "type": "object", "properties": { "next": next }, "required": ["next"] });
        let mut expected = Value::Null;
        for _ in 0..REFERENCES {
            expected = json!({ "next": expected });
        }
        expect(json!({ "$ref": "#/$defs/node", "$defs": { "node": node } }), expected);
        expect(json!({ "$ref": "#" }), json!({}));
    }

    #[test]
    fn arguments_are_an_object_whatever_the_schema() {
        for schema in ["{}", "true", r#"{"type":"string"}"#] {
            let schema = Json::from_written(schema.to_owned()).unwrap();
            assert_eq!(arguments(&schema, "hi").text(), "{}");
        }
    }
}
