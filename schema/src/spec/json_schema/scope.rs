//! What holes may name at each place of a spec, and how such holes are written.

use serde_json::{Value, json};

use crate::{
    model::{
        Part, Response, Step,
        vocabulary::{Field, Kind, TYPES, Ty, Type, Variant, Vocabulary, type_named},
    },
    spec::{
        lower::{
            messages::NUMBER,
            pattern::PARTS,
            types::{FRAME, head_fields},
        },
        plan::{Codec, SPEECH, kinds_of},
    },
};

use super::{any_of, described};

/// A place with the values that its holes may name.
pub(super) struct Scope {
    /// The name of its definition.
    pub(super) name: String,
    /// The values.
    pub(super) fields: Vec<Field>,
    /// The part kinds that parts may be narrowed to.
    pub(super) kinds: Vec<&'static str>,
    /// A string that stands for another exemplar here, and which.
    pub(super) placeholder: Option<(&'static str, &'static str)>,
}

/// The places of all exemplars.
pub(super) fn all() -> Vec<Scope> {
    let mut scopes: Vec<Scope> = TYPES.iter().flat_map(of_type).collect();
    scopes.push(frame());
    let roles = SPEECH.iter().filter(|(role, _)| *role != "tool_result");
    scopes.extend(roles.map(|(role, kinds)| Scope {
        name: format!("message.{role}"),
        fields: in_message([PARTS]),
        kinds: kinds.to_vec(),
        placeholder: None,
    }));
    scopes.extend(of_type(&Part::TYPE).into_iter().map(|scope| Scope {
        name: scope.name.replace("Part.", "message."),
        fields: in_message(scope.fields),
        ..scope
    }));
    scopes.push(any_message());
    scopes
}

/// What a wire message may name beside what it holds.
fn in_message(held: impl IntoIterator<Item = Field>) -> Vec<Field> {
    distinct(held.into_iter().chain(head_fields()).chain([NUMBER]), |field| field.name)
}

/// The places that spell a type: one of a record, one for each variant of a union.
pub(super) fn of_type(ty: &'static Type) -> Vec<Scope> {
    match ty.kind {
        Kind::Words(_) => Vec::new(),
        Kind::Record(_) => vec![record(ty)],
        Kind::Union(variants) => {
            let spelled = variants.iter().filter(|variant| !variant.native);
            let scope = |variant: &Variant| Scope {
                name: format!("{}.{}", ty.name, variant.name),
                fields: match ty.name == Step::TYPE.name {
                    true => {
                        let all = variant.fields.iter().copied().chain(head_fields()).chain([NUMBER, FRAME]);
                        distinct(all, |field| field.name)
                    }
                    false => variant.fields.to_vec(),
                },
                kinds: kinds_of("tool_result").to_vec(),
                placeholder: None,
            };
            spelled.map(scope).collect()
        }
    }
}

/// The place that spells a record.
pub(super) fn record(ty: &Type) -> Scope {
    let answers = ty.name == Response::TYPE.name;
    Scope {
        name: ty.name.to_owned(),
        fields: ty.fields().to_vec(),
        kinds: kinds_of(if answers { "assistant" } else { "system" }).to_vec(),
        placeholder: answers.then_some(("$message", "What an assistant's message looks like.")),
    }
}

/// The common frame of a stream: what any step may tell.
fn frame() -> Scope {
    Scope {
        name: "frame".into(),
        fields: distinct(head_fields().chain([FRAME]).chain(fields_of(&Step::TYPE)), |field| field.name),
        kinds: Vec::new(),
        placeholder: Some(("$delta", "For sparse streams: where a step's own words go.")),
    }
}

/// A message of which this file does not say who speaks.
fn any_message() -> Scope {
    let kinds = SPEECH.iter().flat_map(|(_, kinds)| kinds.iter().copied());
    let kinds = distinct(kinds, |kind| kind);
    let fields = in_message([PARTS].into_iter().chain(fields_of(&Part::TYPE)));
    Scope { name: "message".into(), fields, kinds, placeholder: None }
}

fn fields_of(ty: &Type) -> impl Iterator<Item = Field> {
    ty.variants().iter().flat_map(|variant| variant.fields.iter().copied())
}

/// The items, each name once.
pub(super) fn distinct<T>(items: impl Iterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for item in items {
        if all.iter().all(|known| name(known) != name(&item)) {
            all.push(item);
        }
    }
    all
}

impl Scope {
    /// A string that is a hole for one of the values.
    pub(super) fn hole(&self) -> Value {
        let mut holes = Vec::new();
        for field in &self.fields {
            holes.push(self.hole_for(field.name, field));
            let path = |inner: &Field| format!("{}.{}", field.name, inner.name);
            holes.extend(inner(field).iter().map(|inner| self.hole_for(&path(inner), inner)));
        }
        any_of(holes)
    }

    fn hole_for(&self, path: &str, field: &Field) -> Value {
        let mut examples = vec![format!("${path}")];
        let mut pattern = format!(r"^\${}", path.replace('.', r"\."));
        if field.ty == PARTS.ty && !self.kinds.is_empty() {
            let kind = self.kinds.join("|");
            pattern += &format!(r"(?:\(\s*(?:{kind})(?:\s*,\s*(?:{kind}))*\s*\))?");
            examples.extend(self.kinds.iter().map(|kind| format!("${path}({kind})")));
        }
        let variants = match field.ty {
            Ty::Named(name) => type_named(name).map(Type::variants).unwrap_or_default(),
            _ => &[],
        };
        if !variants.is_empty() {
            let names = variants.iter().filter(|variant| !variant.native).map(|variant| variant.name);
            let kind = names.collect::<Vec<_>>().join("|");
            pattern += &format!(r"(?:\(\s*(?:{kind})(?:\s*,\s*(?:{kind}))*\s*\))?");
        }
        let mut doc = meaning(field).to_owned();
        let codecs: Vec<_> = Codec::ALL.iter().filter(|(codec, ..)| codec.takes(field.ty)).collect();
        if !codecs.is_empty() {
            let forms: Vec<_> = codecs.iter().map(|(codec, name, _)| codec_pattern(*codec, name)).collect();
            pattern += &format!(r"(?:\s*\|\s*(?:{}))?", forms.join("|"));
        }
        for (codec, name, means) in codecs {
            let words = if codec.words().contains(&0) { "" } else { "(one, other)" };
            examples.push(format!("${path} | {name}{words}"));
            doc += &format!("\n`| {name}`: {means}.");
        }
        pattern += &format!(r"(?:\s*\?\?\s*(?:{}))?\s*$", default_pattern(field.ty));
        described(&doc, json!({ "type": "string", "pattern": pattern, "examples": examples }))
    }

    /// A string with values of this place in it.
    pub(super) fn interpolation(&self) -> Value {
        let inner = self.fields.iter().flat_map(|field| {
            inner(field)
                .iter()
                .filter(|inner| inner.ty == Ty::Text)
                .map(|inner| format!(r"{}\.{}", field.name, inner.name))
        });
        let names: Vec<_> = self.fields.iter().map(|field| field.name.to_owned()).chain(inner).collect();
        let (hole, text) = (format!(r"\$\{{(?:{})\}}", names.join("|")), r"(?:[^$]|\$(?!\{))");
        let pattern = format!("^{text}*{hole}(?:{text}+{hole})*{text}*$");
        described("Text around values, `${name}`.", json!({ "type": "string", "pattern": pattern }))
    }
}

/// The fields and views of what a field holds.
pub(super) fn inner(field: &Field) -> &'static [Field] {
    match field.ty {
        Ty::Named(name) => type_named(name).map(Type::fields).unwrap_or_default(),
        _ => &[],
    }
}

/// What a field means; a view of a type's values says it by what it is a view as.
pub(super) fn meaning(field: &Field) -> &'static str {
    match field.ty {
        _ if !field.doc.is_empty() => field.doc,
        Ty::Named(name) => type_named(name).map_or("", |ty| ty.doc),
        _ => "A view: computed from the other values, and read back into them.",
    }
}

/// A codec's name with the words that it takes.
fn codec_pattern(codec: Codec, name: &str) -> String {
    let word = r"\s*[A-Za-z0-9_-]+\s*";
    match codec.words().into_inner() {
        (_, 0) => name.to_owned(),
        (least, most) => {
            format!(r"{name}\({word}(?:,{word}){{{},{}}}\)", least.saturating_sub(1), most.saturating_sub(1))
        }
    }
}

/// What may stand behind `??` for a value of that type.
fn default_pattern(ty: Ty) -> String {
    let text = "'.*'".to_owned();
    let own = match ty {
        Ty::Text => Some(text),
        Ty::List(_) => Some(format!(r"{text}|\[\]")),
        Ty::Json => Some(r"\{\}|\[\]".to_owned()),
        Ty::Unsigned | Ty::Signed | Ty::Number => Some(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?".to_owned()),
        Ty::Bool => Some("true|false".to_owned()),
        Ty::Named(name) => type_named(name).and_then(|ty| match ty.kind {
            Kind::Words(_) => Some(text),
            Kind::Record(_) => Some(r"\{\}".to_owned()),
            Kind::Union(variants) => {
                let bare = variants.iter().filter(|variant| !variant.native && variant.fields.is_empty());
                let bare: Vec<_> = bare.map(|variant| variant.name).collect();
                (!bare.is_empty()).then(|| bare.join("|"))
            }
        }),
    };
    own.map_or("null".to_owned(), |own| format!("null|{own}"))
}
