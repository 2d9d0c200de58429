//! JSON Schema as a vendor takes it: keywords that it does not know are taken out, references are written out, and what
//! its strict mode cannot promise is not promised. A schema that fits stays as it is, byte for byte.

mod keyword;
mod reference;
mod strict;

use serde_json::{Map, Value, json};

use keyword::{Place, place};
use reference::Expansion;

/// What a vendor takes of JSON Schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subset {
    /// The keywords that it takes; all, if there are none.
    pub takes: &'static [&'static str],
    /// Keywords that it refuses.
    pub refuses: &'static [&'static str],
    /// The words of `format` that it takes; all, if there are none.
    pub formats: &'static [&'static str],
    /// Whether references must be written out.
    pub inline: bool,
    /// Whether the whole must be an object's schema.
    pub object: bool,
    /// Whether that must say which properties, be it none.
    pub properties: bool,
    /// Whether its strict mode demands that objects are closed and all their properties required.
    pub closed: bool,
}

/// A schema that had to be changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Changed {
    /// As JSON.
    pub text: String,
    /// Whether it says less than before.
    pub lost: bool,
}

impl Subset {
    /// The schema as the vendor takes it, if it does not as it is.
    pub fn fit(&self, text: &str) -> Option<Changed> {
        if self.surely_fits(text) {
            return None;
        }
        let mut schema: Value = serde_json::from_str(text).ok()?;
        let mut work = Work { subset: self, lost: false, changed: false };
        if self.inline {
            let (expanded, cut) = Expansion::of(&schema).written_out();
            if let Some(expanded) = expanded {
                (schema, work.changed, work.lost) = (expanded, true, cut);
            }
        }
        work.schema(&mut schema);
        if self.object {
            work.object(&mut schema);
        }
        work.changed.then(|| Changed { text: schema.to_string(), lost: work.lost })
    }

    /// Whether a strict mode can promise the schema; if so, with all objects closed where they were not.
    ///
    /// # Errors
    /// A schema with properties that may be missing, or with others than it names.
    pub fn strict(&self, text: &str) -> Result<Option<String>, strict::Loose> {
        match self.closed {
            true => strict::close(text),
            false => Ok(None),
        }
    }

    /// A glance that need not read the schema.
    fn surely_fits(&self, text: &str) -> bool {
        let says = |word: &str| {
            let mut rest = text;
            while let Some(at) = rest.find(word) {
                let (before, after) = (&rest[..at], &rest[at + word.len()..]);
                if before.ends_with('"') && after.starts_with('"') {
                    return true;
                }
                rest = after;
            }
            false
        };
        self.takes.is_empty()
            && self.formats.is_empty()
            && !self.refuses.iter().any(|keyword| says(keyword))
            && (!self.inline || !says("$ref"))
            && (!self.object || keyword::begins_as_object(text, self.properties))
    }
}

struct Work<'s> {
    subset: &'s Subset,
    lost: bool,
    changed: bool,
}

impl Work<'_> {
    fn takes(&self, keyword: &str) -> bool {
        let Subset { takes, refuses, .. } = self.subset;
        (takes.is_empty() || takes.contains(&keyword)) && !refuses.contains(&keyword)
    }

    fn schema(&mut self, schema: &mut Value) {
        // `true` takes anything, as `{}` does; only full JSON Schema knows it.
        if *schema == Value::Bool(true) && !self.subset.takes.is_empty() {
            (*schema, self.changed) = (json!({}), true);
        }
        let Value::Object(keys) = schema else { return };
        self.alternatives(keys);
        let refused: Vec<String> =
            keys.iter().filter(|(key, value)| !self.stays(key, value)).map(|(key, _)| key.clone()).collect();
        for key in refused {
            if let Some(value) = keys.shift_remove(&key) {
                self.changed = true;
                self.lost |= !keyword::says_nothing(&key, &value);
            }
        }
        for (key, value) in keys.iter_mut() {
            match (place(key), value) {
                (Place::Schema, Value::Array(schemas)) | (Place::Schemas, Value::Array(schemas)) => {
                    schemas.iter_mut().for_each(|schema| self.schema(schema));
                }
                (Place::Schema, schema) => self.schema(schema),
                (Place::Named, Value::Object(named)) => named.values_mut().for_each(|schema| self.schema(schema)),
                _ => {}
            }
        }
    }

    fn stays(&self, keyword: &str, value: &Value) -> bool {
        let formats = self.subset.formats;
        let known = |value: &Value| value.as_str().is_some_and(|format| formats.contains(&format));
        self.takes(keyword) && (keyword != "format" || formats.is_empty() || known(value))
    }

    /// What another keyword says as well.
    fn alternatives(&mut self, keys: &mut Map<String, Value>) {
        for (from, to) in [("const", "enum"), ("oneOf", "anyOf")] {
            if self.takes(from) || !self.takes(to) || keys.contains_key(to) || !keys.contains_key(from) {
                continue;
            }
            let renamed = std::mem::take(keys).into_iter().map(|(key, value)| match (key == from, from) {
                (true, "const") => (to.to_owned(), json!([value])),
                (true, _) => (to.to_owned(), value),
                _ => (key, value),
            });
            *keys = renamed.collect();
            self.changed = true;
        }
    }

    /// Makes the whole an object's schema, whatever it says beside that.
    fn object(&mut self, schema: &mut Value) {
        if schema.as_object().is_none_or(Map::is_empty) {
            (*schema, self.changed) = (json!({ "type": "object", "properties": {} }), true);
        }
        let Value::Object(keys) = schema else { return };
        if !keys.contains_key("type") {
            keys.shift_insert(0, "type".into(), "object".into());
            self.changed = true;
        }
        if self.subset.properties
            && !keys.contains_key("properties")
            && keys.get("type").is_some_and(|kind| kind == "object")
        {
            keys.insert("properties".into(), json!({}));
            self.changed = true;
        }
    }
}
