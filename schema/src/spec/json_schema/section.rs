//! The sections of a spec.

use serde_json::{Value, json};

use crate::{
    model::{
        ErrorKind, Request, Response, Step,
        vocabulary::{Kind, TYPES, Ty, Type, Vocabulary, type_named},
    },
    spec::lower::{
        REQUIRED, SECTIONS,
        http::HTTP_KEYS,
        limits::KEEPS,
        stream::{FRAMINGS, STREAM_KEYS, STYLES},
        types::{NOT_UNDER_TYPES, RECORD_SECTIONS},
    },
};

use super::{Keys, any_of, described, exemplar::exemplar, form::Form, reference, scope, words};

impl Form {
    /// A whole file.
    pub(super) fn spec(self) -> Value {
        let keys = SECTIONS.iter().map(|(key, doc)| ((*key).to_owned(), described(doc, self.section(key))));
        let required = if self.patch { vec!["provider", "extends"] } else { [&["dialect"], &REQUIRED[..]].concat() };
        let doc = if self.patch { "A provider: a merge patch on a dialect." } else { "A dialect." };
        let keys: Keys = keys.collect();
        described(doc, json!({ "properties": keys, "required": required, "additionalProperties": false }))
    }

    fn section(self, key: &str) -> Value {
        match key {
            "dialect" | "provider" | "extends" => json!({ "type": "string", "pattern": "^[a-z0-9-]+$" }),
            "docs" | "aliases" => self.removable(json!({ "type": "array", "items": { "type": "string" } })),
            "http" => self.keyed("", &HTTP_KEYS, &["call"], Self::http_key),
            "messages" => self.removable(json!({ "type": "object", "additionalProperties": self.message() })),
            "types" => {
                let spelled = TYPES.iter().filter(|ty| !NOT_UNDER_TYPES.contains(&ty.name));
                self.object("", spelled.map(|ty| (ty.name.to_owned(), self.spelling(ty))).collect(), &[])
            }
            "response" => self.spelling(&Response::TYPE),
            "stream" => self.stream(),
            "limits" => self.limits(),
            "keeps" => {
                let doc = "Which reasoning of earlier messages is sent.";
                let reasoning = self.removable(words(KEEPS.map(|(word, _, doc)| (word, doc))));
                self.object("", Keys::from_iter([("reasoning".to_owned(), described(doc, reasoning))]), &[])
            }
            _ => match RECORD_SECTIONS.iter().find(|(section, _)| *section == key).and_then(|(_, ty)| type_named(ty)) {
                Some(ty) => self.spelling(ty),
                None => json!({ "type": "string" }),
            },
        }
    }

    /// An object whose keys stand in a table.
    pub(super) fn keyed(
        self,
        doc: &str,
        table: &[(&str, &str)],
        required: &[&str],
        shape: impl Fn(Self, &str) -> Value,
    ) -> Value {
        let keys = table.iter().map(|(key, doc)| ((*key).to_owned(), described(doc, shape(self, key))));
        self.object(doc, keys.collect(), required)
    }

    fn http_key(self, key: &str) -> Value {
        match key {
            // A provider serves nothing: only a dialect is a face.
            "serve" | "count" | "models" | "ignores" if self.patch => json!({ "type": "null" }),
            "call" | "stream" | "count" | "models" => self.text("^/[^# ]*$"),
            "serve" => self.one_or_many(json!({ "type": "string", "pattern": "^/[^?#$ ]*$" })),
            "ignores" => self.one_or_many(json!({ "type": "string", "pattern": "^/" })),
            "base" => self.text("^https?://[^?# ]+$"),
            "variables" => {
                let sources = self.one_or_many(json!({ "type": "string" }));
                self.removable(json!({ "type": "object", "additionalProperties": sources }))
            }
            "auth" => self.auth(),
            "headers" => self.removable(json!({ "type": "object", "additionalProperties": self.text("") })),
            "status" => {
                let status = self.removable(json!({ "type": "integer", "minimum": 400, "maximum": 599 }));
                let kinds = ErrorKind::TYPE.words().iter();
                let keys = kinds.map(|word| (word.name.to_owned(), described(word.doc, status.clone())));
                self.object("", keys.collect(), &[])
            }
            _ => self.one_or_many(json!({ "type": "string" })),
        }
    }

    /// One way of showing the key, or several.
    fn auth(self) -> Value {
        let way = json!({ "type": "string", "pattern": r"^\?[^=]+=\$\{key\}$|^[^ ]+: .*\$\{key\}" });
        let asked = described(
            "Ways that an option of a transformer asks for.",
            json!({ "type": "object", "additionalProperties": way }),
        );
        self.removable(any_of(vec![
            way.clone(),
            asked.clone(),
            json!({ "type": "array", "items": any_of(vec![way, asked]) }),
        ]))
    }

    /// How a type is spelled.
    fn spelling(self, ty: &'static Type) -> Value {
        let mut keys = Keys::new();
        match ty.kind {
            Kind::Record(_) => return described(ty.doc, exemplar(&scope::record(ty), self.fates(ty, true))),
            Kind::Words(words) => {
                let texts = self
                    .removable(json!({ "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1 }));
                keys.extend(words.iter().map(|word| (word.name.to_owned(), described(word.doc, texts.clone()))));
            }
            Kind::Union(variants) => {
                let spelled = variants.iter().filter(|variant| !variant.native);
                keys.extend(spelled.map(|variant| {
                    let exemplar = reference(&format!("{}.{}", ty.name, variant.name));
                    (variant.name.to_owned(), described(variant.doc, exemplar))
                }));
            }
        }
        keys.extend(self.fates(ty, false));
        self.object(ty.doc, keys, &[])
    }

    fn stream(self) -> Value {
        let shape = |form: Self, key: &str| match key {
            "framing" => form.removable(words(FRAMINGS.map(|(word, _)| (word, "")))),
            "style" => form.removable(words(STYLES.map(|(word, _)| (word, "")))),
            "frame" => reference("frame"),
            "steps" => form.steps(),
            _ => form.text(""),
        };
        let mut stream = self.keyed("", &STREAM_KEYS, &["framing", "style", "steps"], shape);
        // In a tagged stream each step brings its whole frame, in a sparse one they share one.
        let style = |style| json!({ "required": ["style"], "properties": { "style": { "const": style } } });
        let no_frame = json!({ "properties": { "$frame": false } });
        let unshared = if self.patch { json!({ "type": "null" }) } else { false.into() };
        let tagged = json!({ "frame": unshared, "steps": { "additionalProperties": no_frame } });
        let mut rules = vec![json!({ "if": style("tagged"), "then": { "properties": tagged } })];
        if !self.patch {
            rules.push(json!({ "if": style("sparse"), "then": { "required": ["frame"] } }));
        }
        stream["allOf"] = rules.into();
        stream
    }

    /// The steps of a stream.
    fn steps(self) -> Value {
        let known = Step::TYPE.variants().iter();
        let steps =
            known.map(|step| (step.name.to_owned(), described(step.doc, reference(&format!("frame.{}", step.name)))));
        let mut keys: Keys = steps.collect();
        keys.extend(self.fates(&Step::TYPE, false));
        self.object("", keys, &[])
    }

    /// Bounds on numbers and lists of a request; nothing else has any.
    fn limits(self) -> Value {
        let number = |doc| described(doc, self.removable(json!({ "type": "number" })));
        let mut keys = Keys::new();
        for field in Request::TYPE.fields() {
            let bounds = match field.ty {
                Ty::List(_) => vec![("most", number("The most elements."))],
                Ty::Number | Ty::Unsigned | Ty::Signed => {
                    vec![("min", number("The smallest.")), ("max", number("The largest."))]
                }
                _ => continue,
            };
            let bounds = bounds.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
            keys.insert(field.name.to_owned(), self.object(field.doc, bounds, &[]));
        }
        self.object("", keys, &[])
    }
}
