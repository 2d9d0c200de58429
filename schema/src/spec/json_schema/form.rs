//! What is common to all of a spec's structure: objects with known keys, texts, and what becomes of what has no place.

use serde_json::{Value, json};

use crate::{
    model::{
        Part, Role, Step,
        vocabulary::{Field, Kind, TYPES, Type, Vocabulary},
    },
    spec::{
        lower::{messages::MESSAGE_KEYS, pattern::FATES, types::head_fields},
        plan::kinds_of,
    },
};

use super::{
    Keys, any_of, described, reference,
    scope::{distinct, inner, meaning},
    words,
};

/// Which of the two kinds of spec is described.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// Whether it is a provider, whose keys all may be missing or null.
    pub(super) patch: bool,
}

/// Names with their meanings.
pub(super) type Names = Vec<(String, &'static str)>;

impl Form {
    /// The schema of a value that a provider may remove by null.
    pub(super) fn removable(self, mut schema: Value) -> Value {
        if !self.patch {
            return schema;
        }
        if let Some(kind) = schema.get_mut("type") {
            let mut kinds = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
            kinds.push("null".into());
            *kind = kinds.into();
        }
        if schema.get("$ref").is_some() {
            schema = any_of(vec![schema]);
        }
        if let Some(Value::Array(forms)) = schema.get_mut("anyOf") {
            forms.push(json!({ "type": "null" }));
        }
        schema
    }

    /// An object of known keys.
    pub(super) fn object(self, doc: &str, keys: Keys, required: &[&str]) -> Value {
        let mut schema = json!({ "type": "object", "properties": keys, "additionalProperties": false });
        if !self.patch && !required.is_empty() {
            schema["required"] = required.into();
        }
        described(doc, self.removable(schema))
    }

    /// A string that fits a pattern.
    pub(super) fn text(self, pattern: &str) -> Value {
        self.removable(match pattern {
            "" => json!({ "type": "string" }),
            pattern => json!({ "type": "string", "pattern": pattern }),
        })
    }

    /// Such a value or a list of them.
    pub(super) fn one_or_many(self, one: Value) -> Value {
        let many = json!({ "type": "array", "items": one });
        self.removable(any_of(vec![one, many]))
    }

    /// The directives that say what becomes of what has no place in a type; only some places know `$spills`.
    pub(super) fn fates(self, ty: &Type, spills: bool) -> Keys {
        let (names, cases) = (reference(&format!("names.{}", ty.name)), reference(&format!("cases.{}", ty.name)));
        let mut keys = Keys::new();
        for (fate, doc) in MESSAGE_KEYS.into_iter().filter(|(key, _)| FATES.contains(key)) {
            let schema = match fate {
                "$degrades" => {
                    let other = self.removable(cases.clone());
                    let each = self::cases(ty).into_iter().map(|(name, doc)| (name, described(doc, other.clone())));
                    self.object("", each.collect(), &[])
                }
                "$spills" if !spills => continue,
                "$spills" => {
                    let kinds = self.one_or_many(reference(&format!("cases.{}", Part::TYPE.name)));
                    self.removable(json!({ "type": "object", "additionalProperties": kinds }))
                }
                _ => {
                    let reason = self.removable(any_of(vec![json!({ "type": "string" }), json!({ "const": true })]));
                    let reasons = json!({ "type": "object", "propertyNames": names, "additionalProperties": reason });
                    let many = json!({ "type": "array", "items": names });
                    self.removable(any_of(vec![names.clone(), many, reasons]))
                }
            };
            keys.insert(fate.to_owned(), described(doc, schema));
        }
        keys
    }
}

/// What the directives of each type may name.
pub(super) fn definitions() -> Keys {
    let mut definitions = Keys::new();
    for ty in TYPES.iter().filter(|ty| ty.name != Role::TYPE.name) {
        let cases = cases(ty);
        let more = names(ty).into_iter().filter(|name| !cases.contains(name));
        let mut forms = vec![reference(&format!("cases.{}", ty.name))];
        forms.extend(more.map(|(name, doc)| described(doc, json!({ "const": name }))));
        let cases = words(cases.iter().map(|(name, doc)| (name.as_str(), *doc)));
        definitions.insert(format!("cases.{}", ty.name), cases);
        definitions.insert(format!("names.{}", ty.name), any_of(forms));
    }
    definitions
}

/// The words, variants or fields of a type.
pub(super) fn cases(ty: &Type) -> Names {
    let own = |name: &str, doc| (name.to_owned(), doc);
    match ty.kind {
        Kind::Words(words) => words.iter().map(|word| own(word.name, word.doc)).collect(),
        Kind::Union(variants) => {
            variants.iter().filter(|variant| !variant.native).map(|variant| own(variant.name, variant.doc)).collect()
        }
        Kind::Record(fields) => fields.iter().map(|field| own(field.name, meaning(field))).collect(),
    }
}

/// All that `$drops` and `$implies` of a type may name: its cases, what these hold, and both joined by a dot.
fn names(ty: &Type) -> Names {
    let own = |field: &Field| (field.name.to_owned(), meaning(field));
    let of = |owner: &'static str, field: &Field| (format!("{owner}.{}", field.name), meaning(field));
    let variants = ty.variants().iter();
    let held = variants.clone().flat_map(|variant| variant.fields.iter().map(own));
    let held_by = variants.flat_map(|variant| variant.fields.iter().map(|field| of(variant.name, field)));
    let inside = ty.fields().iter().flat_map(|field| inner(field).iter().map(|inner| of(field.name, inner)));
    let heads = head_fields().filter(|_| ty.name == Step::TYPE.name).map(|field| own(&field));
    // What a tool's result cannot hold, though a message can.
    let results = kinds_of("tool_result").iter().filter(|_| ty.name == Part::TYPE.name);
    let results = results.map(|kind| (format!("tool_result.{kind}"), "Such a part in a tool's result."));
    let all = cases(ty).into_iter().chain(held).chain(held_by).chain(results).chain(inside).chain(heads);
    distinct(all, |(name, _)| name)
}
