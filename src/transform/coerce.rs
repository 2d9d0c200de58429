//! Fitting arguments to the schema of their tool, where only their form is wrong: numbers and lists in quotes, names in
//! another spelling, nothing said in so many words.

use serde_json::{Map, Number, Value};

/// How deep arguments are looked into.
const DEEPEST: usize = 32;

/// Arguments as their JSON Schema wants them; none if they are so, or cannot be made so.
pub(super) fn coerced(mut arguments: Value, schema: &Value) -> Option<Value> {
    let mut fitting = Fitting { root: schema, changed: false };
    fitting.fit(&mut arguments, schema, 0);
    fitting.changed.then_some(arguments)
}

struct Fitting<'s> {
    /// The schema to which references belong.
    root: &'s Value,
    changed: bool,
}

impl<'s> Fitting<'s> {
    fn fit(&mut self, value: &mut Value, schema: &'s Value, depth: usize) {
        let schema = self.resolved(schema);
        if depth > DEEPEST {
            return;
        }
        if !self.allows(value, schema)
            && let Some(other) = self.types(schema).into_iter().find_map(|kind| converted(value, kind))
        {
            *value = other;
            self.changed = true;
        }
        match value {
            Value::Object(object) => {
                let schema = self.chosen(schema, "object");
                if let Some(Value::Object(properties)) = schema.get("properties") {
                    self.object(object, schema, properties, depth);
                }
            }
            Value::Array(list) => {
                if let Some(items) = self.chosen(schema, "array").get("items") {
                    list.iter_mut().for_each(|element| self.fit(element, items, depth + 1));
                }
            }
            _ => {}
        }
    }

    fn object(
        &mut self,
        object: &mut Map<String, Value>,
        schema: &'s Value,
        properties: &'s Map<String, Value>,
        depth: usize,
    ) {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        self.respell(object, properties);
        // A null for what may be left out is left out, unless null is a value of it.
        let before = object.len();
        object.retain(|name, value| {
            let known = properties.get(name).map(|property| self.resolved(property));
            !value.is_null() || required.contains(&name.as_str()) || known.is_none_or(|known| self.allows(value, known))
        });
        self.changed |= object.len() < before;
        for (name, value) in object {
            if let Some(property) = properties.get(name) {
                self.fit(value, property, depth + 1);
            }
        }
    }

    /// Gives names that only differ in case and in marks between words their right spelling.
    fn respell(&mut self, object: &mut Map<String, Value>, properties: &Map<String, Value>) {
        let missing = |object: &Map<String, Value>, wrong: &str| {
            let mut alike = properties.keys().filter(|name| plain(name) == plain(wrong));
            let (found, other) = (alike.next(), alike.next());
            found.filter(|name| other.is_none() && !object.contains_key(*name)).cloned()
        };
        let wrong: Vec<String> = object.keys().filter(|name| !properties.contains_key(*name)).cloned().collect();
        for name in wrong {
            if let Some(right) = missing(object, &name)
                && let Some(value) = object.remove(&name)
            {
                object.insert(right, value);
                self.changed = true;
            }
        }
    }

    /// A schema, or the one that it refers to.
    fn resolved(&self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            let reference = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
            match reference.and_then(|pointer| self.root.pointer(pointer)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// The alternatives of a schema; itself, if it has none.
    fn alternatives(&self, schema: &'s Value) -> Vec<&'s Value> {
        let list = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array());
        match list {
            Some(list) => list.iter().map(|one| self.resolved(one)).collect(),
            None => vec![schema],
        }
    }

    /// The types that a schema allows; none if it does not say.
    fn types(&self, schema: &'s Value) -> Vec<&'s str> {
        let of = |schema: &'s Value| match schema.get("type") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        self.alternatives(schema).into_iter().flat_map(of).collect()
    }

    /// Whether a value is of a type that a schema allows.
    fn allows(&self, value: &Value, schema: &'s Value) -> bool {
        let says_nothing = |one: &&Value| one.get("type").is_none();
        if self.alternatives(schema).iter().any(says_nothing) {
            // A choice among values says their types, too.
            let values = ["enum", "const"].iter().find_map(|key| schema.get(key));
            return values
                .is_none_or(|values| values == value || values.as_array().is_some_and(|all| all.contains(value)))
                || !value.is_null();
        }
        self.types(schema).into_iter().any(|kind| is(value, kind))
    }

    /// The alternative for values of a type.
    fn chosen(&self, schema: &'s Value, kind: &str) -> &'s Value {
        let fits = |one: &&'s Value| self.types(one).contains(&kind);
        self.alternatives(schema).into_iter().find(fits).unwrap_or(schema)
    }
}

/// A name without case and marks.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

/// The value of that type which another one spells.
fn converted(value: &Value, kind: &str) -> Option<Value> {
    match (kind, value) {
        ("integer" | "number", Value::String(text)) => {
            let number: Number = serde_json::from_str(text.trim()).ok()?;
            Some(Value::Number(number)).filter(|number| is(number, kind))
        }
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true.into()),
            "false" => Some(false.into()),
            _ => None,
        },
        ("array" | "object", Value::String(text)) => {
            let inner: Value = serde_json::from_str(text.trim()).ok()?;
            Some(inner).filter(|inner| is(inner, kind))
        }
        ("string", Value::Number(_) | Value::Bool(_)) => Some(value.to_string().into()),
        ("string", Value::Array(_) | Value::Object(_)) => serde_json::to_string(value).ok().map(Value::String),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_form_is_changed() {
        let schema = json!({
            "type": "object",
            "properties": {
                "file_path": { "type": "string" },
                "limit": { "type": "integer" },
                "ratio": { "type": ["number", "null"] },
                "all": { "type": "boolean" },
                "todos": { "type": "array", "items": { "$ref": "#/$defs/todo" } },
                "which": { "anyOf": [{ "type": "integer" }, { "type": "array", "items": { "type": "integer" } }] },
                "mode": { "enum": ["a", "b"] },
                "any": {},
            },
            "required": ["file_path"],
            "$defs": { "todo": { "type": "object", "properties": { "done": { "type": "boolean" } } } },
        });
        let cases = [
            (json!({ "file_path": "a", "limit": 5, "ratio": null, "any": null, "else": null }), None),
            (json!({ "filePath": "a", "limit": "5" }), Some(json!({ "file_path": "a", "limit": 5 }))),
            (json!({ "file_path": 7, "all": "True", "limit": null }), Some(json!({ "file_path": "7", "all": true }))),
            (json!({ "todos": "[{\"done\": \"false\"}]" }), Some(json!({ "todos": [{ "done": false }] }))),
            (json!({ "which": "3" }), Some(json!({ "which": 3 }))),
            (json!({ "which": ["3"] }), Some(json!({ "which": [3] }))),
            (json!({ "mode": null }), Some(json!({}))),
            (json!({ "limit": "many", "todos": "none", "mode": 5, "all": 1 }), None),
            (json!({ "file_path": null }), None),
            (json!({ "file_path": "a", "FilePath": "b" }), None),
        ];
        for (arguments, wanted) in cases {
            assert_eq!(coerced(arguments.clone(), &schema), wanted, "{arguments}");
        }
        let recursive = json!({ "$ref": "#" });
        assert_eq!(coerced(json!({ "a": 1 }), &recursive), None);
    }
}
