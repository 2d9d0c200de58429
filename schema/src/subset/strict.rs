//! Strict modes: what they promise, they promise of closed objects whose properties are all required.

use serde_json::{Map, Value};

use super::keyword::{Place, place};

/// A schema that a strict mode refuses.
#[derive(Debug, PartialEq, Eq)]
pub struct Loose;

/// The schema with its objects closed, if they were not.
pub(super) fn close(text: &str) -> Result<Option<String>, Loose> {
    let mut schema: Value = serde_json::from_str(text).map_err(|_| Loose)?;
    let mut changed = false;
    objects(&mut schema, &mut changed)?;
    Ok(changed.then(|| schema.to_string()))
}

fn objects(schema: &mut Value, changed: &mut bool) -> Result<(), Loose> {
    let Value::Object(keys) = schema else { return Ok(()) };
    if is_object(keys) {
        closed(keys, changed)?;
    }
    for (key, value) in keys.iter_mut() {
        match (place(key), value) {
            (Place::Schema | Place::Schemas, Value::Array(schemas)) => {
                schemas.iter_mut().try_for_each(|schema| objects(schema, changed))?;
            }
            (Place::Schema, schema) => objects(schema, changed)?,
            (Place::Named, Value::Object(named)) => {
                named.values_mut().try_for_each(|schema| objects(schema, changed))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_object(keys: &Map<String, Value>) -> bool {
    let of_kind = |kind: &Value| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "object"),
        kind => kind == "object",
    };
    keys.get("type").is_some_and(of_kind) || keys.contains_key("properties")
}

fn closed(keys: &mut Map<String, Value>, changed: &mut bool) -> Result<(), Loose> {
    let required: Vec<&str> =
        keys.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = keys.get("properties").and_then(Value::as_object);
    if !properties.into_iter().flat_map(Map::keys).all(|name| required.contains(&name.as_str())) {
        return Err(Loose);
    }
    match keys.get("additionalProperties") {
        Some(Value::Bool(false)) => Ok(()),
        Some(_) => Err(Loose),
        None => {
            *changed = true;
            keys.insert("additionalProperties".into(), false.into());
            Ok(())
        }
    }
}
