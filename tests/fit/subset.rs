//! JSON Schemas as vendors take them.

use serde_json::{Value, json};
use wireloom_schema::subset::Subset;

const ALL: Subset =
    Subset { takes: &[], refuses: &[], formats: &[], inline: false, object: false, properties: false, closed: false };

/// What becomes of a schema, and whether it says less; none if it stays as it is.
fn fitted(subset: Subset, schema: &Value) -> Option<(Value, bool)> {
    let changed = subset.fit(&schema.to_string())?;
    let json = serde_json::from_str(&changed.text).unwrap();
    assert_eq!(subset.fit(&changed.text), None, "what was fitted fits: {json}");
    Some((json, changed.lost))
}

#[test]
fn refused_keywords_go_and_what_said_something_is_told() {
    let subset = Subset { refuses: &["$schema", "minLength", "default"], ..ALL };
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "properties": { "minLength": { "type": "string", "enum": ["default"] } },
    });
    let bare = json!({ "type": "object", "properties": { "minLength": { "type": "string", "enum": ["default"] } } });
    assert_eq!(fitted(subset, &schema), Some((bare.clone(), false)), "a property's name is no keyword");
    assert_eq!(fitted(subset, &bare), None);
    let deep = json!({ "anyOf": [{ "items": [{ "minLength": 1 }] }, { "items": { "minLength": 2, "maxLength": 3 } }] });
    assert_eq!(
        fitted(subset, &deep),
        Some((json!({ "anyOf": [{ "items": [{}] }, { "items": { "maxLength": 3 } }] }), true))
    );
}

#[test]
fn of_a_list_of_keywords_only_those_are_taken() {
    let subset = Subset {
        takes: &["type", "properties", "enum", "anyOf", "format", "required"],
        formats: &["date-time"],
        ..ALL
    };
    let schema = json!({
        "type": "object", "additionalProperties": true, "required": ["a"],
        "properties": {
            "a": { "const": "x", "type": "string" }, "b": { "oneOf": [{ "type": "string" }, true] },
            "c": { "type": "string", "format": "uuid" }, "d": { "type": "string", "format": "date-time" },
        },
    });
    let taken = json!({
        "type": "object", "required": ["a"],
        "properties": {
            "a": { "enum": ["x"], "type": "string" }, "b": { "anyOf": [{ "type": "string" }, {}] },
            "c": { "type": "string" }, "d": { "type": "string", "format": "date-time" },
        },
    });
    assert_eq!(fitted(subset, &schema), Some((taken.clone(), true)));
    assert_eq!(fitted(subset, &taken), None);
}

#[test]
fn references_are_written_out_and_those_that_lead_back_are_cut_off() {
    let subset = Subset { inline: true, ..ALL };
    let schema = json!({
        "$defs": { "name": { "type": "string", "description": "a name" }, "both": { "properties": { "n": { "$ref": "#/$defs/name" } } } },
        "properties": { "one": { "$ref": "#/$defs/both" }, "two": { "$ref": "#/$defs/name", "description": "two" } },
    });
    let out = json!({ "properties": {
        "one": { "properties": { "n": { "type": "string", "description": "a name" } } },
        "two": { "type": "string", "description": "two" },
    } });
    assert_eq!(fitted(subset, &schema), Some((out, false)));
    let tree = json!({
        "$ref": "#/definitions/node",
        "definitions": { "node": { "type": "object", "properties": { "next": { "$ref": "#/definitions/node" }, "v": { "type": "number" } } } },
    });
    let cut = json!({ "type": "object", "properties": { "next": {}, "v": { "type": "number" } } });
    assert_eq!(fitted(subset, &tree), Some((cut, true)));
    assert_eq!(fitted(subset, &json!({ "$ref": "https://example.org/elsewhere" })), Some((json!({}), true)));
    assert_eq!(fitted(subset, &json!({ "properties": { "$ref": { "type": "string" } } })), None, "a property's name");
}

#[test]
fn references_that_multiply_do_not_fill_the_memory() {
    let mut definitions = serde_json::Map::new();
    for level in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        definitions.insert(format!("d{level}"), json!({ "properties": { "a": next, "b": next, "c": next } }));
    }
    let schema = json!({ "$ref": "#/$defs/d0", "$defs": definitions }).to_string();
    let changed = Subset { inline: true, ..ALL }.fit(&schema).unwrap();
    assert!(changed.lost && changed.text.len() < 1 << 20, "{} bytes", changed.text.len());
}

#[test]
fn what_must_be_an_object_is_made_one() {
    let subset = Subset { object: true, properties: true, ..ALL };
    let empty = json!({ "type": "object", "properties": {} });
    for schema in [json!({}), json!({ "type": "object" }), json!({ "properties": {} }), json!(null), json!(true)] {
        assert_eq!(fitted(subset, &schema), Some((empty.clone(), false)), "{schema}");
    }
    let bare = Subset { object: true, ..ALL };
    assert_eq!(fitted(bare, &json!({ "type": "object" })), None, "where properties need not be said");
    assert_eq!(fitted(bare, &json!({})), Some((empty, false)));
    assert_eq!(fitted(bare, &json!({ "anyOf": [] })), Some((json!({ "type": "object", "anyOf": [] }), false)));
    let loose = "{ \"type\" : \"object\",  \"properties\":{ } , \"x\": [1.50] }";
    assert_eq!(subset.fit(loose), None);
    assert_eq!(
        subset.fit("{\"$schema\":\"x\",\"properties\":{\"type\":{\"type\":\"string\"}},\"type\":\"object\"}"),
        None
    );
}

#[test]
fn a_strict_mode_promises_only_closed_objects() {
    let strict = |schema: Value| {
        Subset { closed: true, ..ALL }
            .strict(&schema.to_string())
            .map(|text| text.map(|text| serde_json::from_str::<Value>(&text).unwrap()))
    };
    let open =
        json!({ "type": "object", "properties": { "a": { "type": "object", "properties": {} } }, "required": ["a"] });
    let closed = json!({
        "type": "object", "properties": { "a": { "type": "object", "properties": {}, "additionalProperties": false } },
        "required": ["a"], "additionalProperties": false,
    });
    assert_eq!(strict(open.clone()), Ok(Some(closed.clone())));
    assert_eq!(strict(closed), Ok(None));
    for loose in [
        json!({ "type": "object", "properties": { "a": {}, "b": {} }, "required": ["a"] }),
        json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "string" } }),
        json!({ "anyOf": [{ "type": ["object", "null"], "properties": { "a": {} } }] }),
    ] {
        assert!(strict(loose.clone()).is_err(), "{loose}");
    }
    assert_eq!(ALL.strict(&open.to_string()), Ok(None), "who does not demand it gets it as it is");
}
