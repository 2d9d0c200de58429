//! The JSON Schema of spec files, from the tables that the checker itself reads: editors complete and explain by it.
//!
//! A dialect is whole. A provider is a merge patch: nothing in it is required, and null removes what it inherits.

mod exemplar;
mod form;
mod message;
mod scope;
mod section;

use serde_json::{Map, Value, json};

use form::Form;

/// Keys with their schemas.
type Keys = Map<String, Value>;

/// The JSON Schema (draft 2020-12) of spec files.
pub fn schema() -> Value {
    let mut definitions = Keys::new();
    definitions.insert("dialect".into(), Form { patch: false }.spec());
    definitions.insert("provider".into(), Form { patch: true }.spec());
    definitions.insert("models".into(), Form { patch: true }.model());
    definitions.insert("constant".into(), exemplar::constant());
    definitions.extend(form::definitions());
    for scope in scope::all() {
        definitions.insert(format!("hole.{}", scope.name), scope.hole());
        definitions.insert(scope.name.clone(), exemplar::exemplar(&scope, exemplar::behind(&scope)));
    }
    definitions.extend(exemplar::steps());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wireloom spec",
        "description": "A dialect, or a provider as a merge patch on one.",
        "type": "object",
        "if": { "required": ["provider"] },
        "then": reference("provider"),
        "else": reference("dialect"),
        "$defs": definitions,
    })
}

/// A reference to a definition.
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// The schema with an explanation, which stands first and takes the place of its own.
fn described(doc: &str, schema: Value) -> Value {
    match schema {
        Value::Object(mut keys) if !doc.is_empty() => {
            keys.shift_insert(0, "description".into(), doc.into());
            keys.into()
        }
        other => other,
    }
}

/// What fits any of these; nothing, if there are none.
fn any_of(schemas: Vec<Value>) -> Value {
    if schemas.is_empty() { false.into() } else { json!({ "anyOf": schemas }) }
}

/// One of these words, each with its meaning.
fn words<'w>(words: impl IntoIterator<Item = (&'w str, &'w str)>) -> Value {
    any_of(words.into_iter().map(|(word, doc)| described(doc, json!({ "const": word }))).collect())
}
