//! The sections of a spec.

use serde_json::{Value, json};

use crate::{
    model::{
        ErrorKind, Request, Response, Step,
        vocabulary::{Kind, TYPES, Ty, Type, Vocabulary, type_named},
    },
    spec::lower::{
        KEYS, OPTIONS, REQUIRED, SECTIONS,
        auth::FUNCTIONS,
        http::HTTP_KEYS,
        keeps::{KEEPS, KEEPS_KEYS},
        limit::{
            CACHE_KEYS, CHOICE_KEYS, MEDIA_TYPES, NAMES, ORDER_KEYS, ROOTS, SCHEMA_KEYS, SCHEMAS, SEARCH_KEYS,
            TEXT_KEYS, THOUGHT_KEYS, TYPE_KEYS, bounded_views, dotted, view_keys, words_of,
        },
        models::MODEL_KEYS,
        price::{ABOVE_KEYS, PRICE_KEYS},
        stream::{FRAMINGS, STREAM_KEYS, STYLES},
        types::{NOT_UNDER_TYPES, RECORD_SECTIONS},
        weights::{FORMS, IMAGE_KEYS, WEIGHT_KEYS},
    },
    spec::plan::MEDIA,
};

use super::{
    Keys, any_of, described,
    exemplar::{exemplar, forms},
    form::Form,
    reference, scope, words,
};

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
            "vendor" => self.text("^[a-z0-9._-]+$"),
            "thoughts" => self.removable(json!({
                "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 2, "maxItems": 2,
            })),
            "options" => self.removable(words(OPTIONS.map(|(word, _)| (word, "")))),
            "http" => self.keyed("", &HTTP_KEYS, &["call"], Self::http_key),
            "messages" => self.removable(json!({ "type": "object", "additionalProperties": self.message() })),
            "types" => {
                let spelled = TYPES.iter().filter(|ty| !NOT_UNDER_TYPES.contains(&ty.name));
                self.object("", spelled.map(|ty| (ty.name.to_owned(), self.spelling(ty))).collect(), &[])
            }
            "response" => self.spelling(&Response::TYPE),
            "stream" => self.stream(),
            "limits" => self.limits(),
            "models" => self.removable(json!({ "type": "object", "additionalProperties": reference("models") })),
            "weights" => self.keyed("", &WEIGHT_KEYS, &["image", "page", "second"], |form, key| match key {
                "image" => form.keyed("", &IMAGE_KEYS, &[], |form, key| {
                    let number = json!({ "type": "number", "exclusiveMinimum": 0 });
                    let numbers = FORMS.iter().find(|(name, _)| *name == key).map_or(&[][..], |(_, numbers)| *numbers);
                    let keys = numbers.iter().map(|key| ((*key).to_owned(), form.removable(number.clone()))).collect();
                    form.object("", keys, &[])
                }),
                _ => form.removable(json!({ "type": "integer", "minimum": 1 })),
            }),
            "keys" => self.removable(words(KEYS.map(|(word, _)| (word, "")))),
            "keeps" => self.keyed("", &KEEPS_KEYS, &[], |form, key| match key {
                "reasoning" => form.removable(words(KEEPS.map(|(word, _, doc)| (word, doc)))),
                _ => form.text(""),
            }),
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
        let written = json!({ "type": "string", "pattern": r"^\?[^=]+=\$\{key\}$|^[^ ]+: .*\$\{key\}" });
        let named = FUNCTIONS.map(|(name, form, doc)| {
            let arguments = vec!["[^(),]+"; form.split(',').count()].join(",");
            described(doc, json!({ "type": "string", "pattern": format!(r"^{name}\({arguments}\)$") }))
        });
        let way = any_of([vec![written], named.to_vec()].concat());
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
            Kind::Union(_) => keys.extend(self.forms_of(ty)),
        }
        keys.extend(self.fates(ty, false));
        self.object(ty.doc, keys, &[])
    }

    /// The forms of a union's variants.
    fn forms_of(self, ty: &Type) -> impl Iterator<Item = (String, Value)> {
        let spelled = ty.variants().iter().filter(|variant| !variant.native);
        spelled.map(|variant| {
            let exemplar = reference(&format!("{}.{}", ty.name, variant.name));
            (variant.name.to_owned(), described(variant.doc, forms(exemplar)))
        })
    }

    /// An object of forms of a union's variants.
    pub(super) fn variants(self, ty: &Type) -> Value {
        self.object("", self.forms_of(ty).collect(), &[])
    }

    fn stream(self) -> Value {
        let shape = |form: Self, key: &str| match key {
            "framing" | "bare" => form.removable(words(FRAMINGS.map(|(word, _, doc)| (word, doc)))),
            "style" => form.removable(words(STYLES.map(|(word, _)| (word, "")))),
            "frame" => reference("frame"),
            "steps" => form.steps(),
            _ => form.text(""),
        };
        let mut stream = self.keyed("", &STREAM_KEYS, &["framing", "style", "steps"], shape);
        // In a tagged stream each step brings its whole frame, in a sparse one they share one, or bring theirs in place.
        let style = |style| json!({ "required": ["style"], "properties": { "style": { "const": style } } });
        let no_frame = json!({ "properties": { "$frame": false } });
        let tagged = json!({ "steps": { "additionalProperties": no_frame } });
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
        let steps = known.map(|step| {
            let frame = reference(&format!("frame.{}", step.name));
            (step.name.to_owned(), described(step.doc, forms(frame)))
        });
        let mut keys: Keys = steps.collect();
        keys.extend(self.fates(&Step::TYPE, false));
        self.object("", keys, &[])
    }

    /// What is known of some models. What it patches is a merge patch, in a dialect too.
    pub(super) fn model(self) -> Value {
        let tokens = json!({ "type": "integer", "minimum": 1 });
        self.keyed("What is known of the models of this name, and what they demand.", &MODEL_KEYS, &[], |form, key| {
            match key {
                "context" | "output" => form.removable(tokens.clone()),
                "takes" => form.one_or_many(words(MEDIA.map(|kind| (kind, "")))),
                "reasons" => form.removable(json!({ "type": "boolean" })),
                "price" => form.price(),
                section => form.section(section),
            }
        })
    }

    /// What a model costs.
    fn price(self) -> Value {
        let dollars = json!({ "type": "number", "minimum": 0 });
        self.keyed("", &PRICE_KEYS, &["input", "output"], |form, key| match key {
            "above" => form.keyed("", &ABOVE_KEYS, &["tokens"], |form, key| match key {
                "tokens" => form.removable(json!({ "type": "integer", "minimum": 1 })),
                _ => form.removable(dollars.clone()),
            }),
            _ => form.removable(dollars.clone()),
        })
    }

    /// Bounds on numbers and lists of a request, and what names must look like.
    fn limits(self) -> Value {
        let number = |doc| described(doc, self.removable(json!({ "type": "number" })));
        let mut keys = Keys::new();
        let range = || vec![("min", number("The smallest.")), ("max", number("The largest."))];
        for (field, view) in bounded_views() {
            let bound = |key: &&str| match (*key, words_of(view)) {
                ("off", _) => described("Whether 0 is sent as it is.", self.removable(json!({ "type": "boolean" }))),
                (_, []) => self.removable(json!({ "type": "number" })),
                (_, known) => self.removable(words(known.iter().map(|word| (word.name, word.doc)))),
            };
            let bounds = view_keys(view).iter().map(|key| ((*key).to_owned(), bound(key))).collect();
            keys.insert(dotted(field, view), self.object(view.doc, bounds, &[]));
        }
        for (name, field) in Request::TYPE.fields().iter().map(|field| (field.name.to_owned(), field)) {
            let bounds = match field.ty {
                Ty::List(_) => vec![("most", number("The most elements."))],
                Ty::Number | Ty::Unsigned | Ty::Signed => range(),
                _ => continue,
            };
            let bounds = bounds.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
            keys.insert(name, self.object(field.doc, bounds, &[]));
        }
        let user = |form: Self, _: &str| form.removable(words([("user", "")]));
        keys.insert("messages".into(), self.keyed("Who must speak when.", &ORDER_KEYS, &[], user));
        let alone = |form: Self, _: &str| form.removable(json!({ "type": "boolean" }));
        keys.insert("web_search".into(), self.keyed("When a search of the web is taken.", &SEARCH_KEYS, &[], alone));
        let free = |form: Self, _: &str| form.removable(json!({ "type": "boolean" }));
        keys.insert("tool_choice".into(), self.keyed("How a tool may be demanded.", &CHOICE_KEYS, &[], free));
        keys.insert("reasoning".into(), self.keyed("How thinking may be bounded.", &THOUGHT_KEYS, &[], free));
        let most = |form: Self, _: &str| form.removable(json!({ "type": "integer", "minimum": 0 }));
        keys.insert("cache".into(), self.keyed("How many prompt-cache marks.", &CACHE_KEYS, &[], most));
        let types = |form: Self, _: &str| form.one_or_many(json!({ "type": "string", "pattern": "^[^ /]+/[^ ;]+$" }));
        keys.extend(MEDIA_TYPES.map(|(name, doc)| (name.to_owned(), self.keyed(doc, &TYPE_KEYS, &[], types))));
        keys.extend(NAMES.map(|(name, doc)| (name.to_owned(), self.keyed(doc, &TEXT_KEYS, &[], Self::text_limit))));
        keys.extend(
            SCHEMAS.map(|(name, doc)| (name.to_owned(), self.keyed(doc, &SCHEMA_KEYS, &[], Self::schema_limit))),
        );
        self.object("", keys, &[])
    }

    fn schema_limit(self, key: &str) -> Value {
        match key {
            "refs" => self.removable(words([("inline", "")])),
            "root" => self.removable(words(ROOTS.map(|(word, _)| (word, "")))),
            "strict" => self.removable(words([("closed", "")])),
            _ => self.one_or_many(json!({ "type": "string" })),
        }
    }

    fn text_limit(self, key: &str) -> Value {
        match key {
            "chars" | "first" => self.text("^[ -~]+$"),
            _ => self.removable(json!({ "type": "integer", "minimum": 0 })),
        }
    }
}
