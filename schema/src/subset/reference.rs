//! References written out where they stand. One that leads back into itself is cut off.

use serde_json::{Map, Value, json};

use super::keyword::{Place, place};

/// The most schemas that writing out may make: references that multiply must not fill the memory.
const MOST: usize = 10_000;

/// How deep in a schema references are followed.
const DEEPEST: usize = 40;

/// References of one schema being written out.
pub(super) struct Expansion<'s> {
    root: &'s Value,
    left: usize,
    depth: usize,
    cut: bool,
    found: bool,
}

impl<'s> Expansion<'s> {
    pub(super) fn of(root: &'s Value) -> Self {
        Self { root, left: MOST, depth: 0, cut: false, found: false }
    }

    /// The schema without references, if it had any, and whether one had to be cut off.
    pub(super) fn written_out(mut self) -> (Option<Value>, bool) {
        let written = self.schema(self.root, &mut Vec::new());
        (self.found.then_some(written), self.cut)
    }

    fn schema(&mut self, schema: &'s Value, open: &mut Vec<&'s str>) -> Value {
        let Value::Object(keys) = schema else { return schema.clone() };
        self.left = self.left.saturating_sub(1);
        self.depth += 1;
        let written = self.object(keys, open);
        self.depth -= 1;
        written
    }

    fn object(&mut self, keys: &'s Map<String, Value>, open: &mut Vec<&'s str>) -> Value {
        let Some(reference) = keys.get("$ref").and_then(Value::as_str) else {
            return Value::Object(self.keys(keys, open));
        };
        self.found = true;
        let target = target(self.root, reference);
        let may_open = !open.contains(&reference) && self.depth < DEEPEST && self.left > 0;
        let mut written = match target.filter(|_| may_open) {
            Some(target) => {
                open.push(reference);
                let written = self.schema(target, open);
                open.pop();
                written
            }
            None => {
                self.cut = true;
                json!({})
            }
        };
        // What stands beside a reference says more, or says it better.
        let beside = self.keys(keys, open);
        match &mut written {
            Value::Object(written) => written.extend(beside),
            _ if beside.is_empty() => {}
            written => *written = beside.into(),
        }
        written
    }

    fn keys(&mut self, keys: &'s Map<String, Value>, open: &mut Vec<&'s str>) -> Map<String, Value> {
        let mut written = Map::new();
        for (key, value) in keys.iter().filter(|(key, _)| !["$ref", "$defs", "definitions"].contains(&key.as_str())) {
            let value = match (place(key), value) {
                (Place::Schema | Place::Schemas, Value::Array(schemas)) => {
                    schemas.iter().map(|schema| self.schema(schema, open)).collect()
                }
                (Place::Schema, schema) => self.schema(schema, open),
                (Place::Named, Value::Object(named)) => {
                    named.iter().map(|(name, schema)| (name.clone(), self.schema(schema, open))).collect()
                }
                _ => value.clone(),
            };
            written.insert(key.clone(), value);
        }
        written
    }
}

/// Where a reference leads to, inside the schema.
fn target<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    root.pointer(reference.strip_prefix('#')?)
}
