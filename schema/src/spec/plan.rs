//! What a spec means, with every name looked up: the compiler's only currency behind `lower`.

mod codec;
mod http;
mod limit;
mod model;
mod price;
mod stream;
mod weight;

use crate::{
    document::Origin,
    model::vocabulary::{Field, Kind, Ty, Type, Variant, type_named},
};

pub use codec::Codec;
pub use http::{Address, Auth, Http, Variable, Way};

use super::hole::Literal;
pub use limit::{Demands, Limit, SchemaLimit, TextLimit};
pub use model::{MEDIA, ModelEntry};
pub use price::{LongPrice, Price};
pub use stream::{Framing, Stream};
pub use weight::{ImageWeight, Weights};

/// A whole spec.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// The dialect that it is or extends.
    pub dialect: String,
    /// Whether it is a provider, else a dialect.
    pub is_provider: bool,
    /// Where the spec begins.
    pub origin: Origin,
    /// The vendor's documentation that it was written from.
    pub docs: Vec<String>,
    /// What OpenTelemetry's conventions call the vendor.
    pub vendor: String,
    /// Names that `transformer.use` may call it by, beside its own.
    pub aliases: Vec<String>,
    /// Whether keys are read in snake case too.
    pub either_case: bool,
    /// Whether options given with its name are fields of each request's body.
    pub body_options: bool,
    /// Where and how it is called.
    pub http: Http,
    /// How each unified type is spelled. Request, response, error and steps are types too.
    pub types: Vec<Spelling>,
    /// How the conversation is cut into wire messages.
    pub messages: Vec<Entry>,
    /// How streams are framed.
    pub stream: Stream,
    /// Bounds on values.
    pub limits: Vec<Limit>,
    /// What a request is fitted to before it is written.
    pub demands: Demands,
    /// Which reasoning of earlier messages is sent.
    pub keeps: Keeps,
    /// Whose signatures of reasoning it makes and takes.
    pub signatures: String,
    /// The tags between which thoughts stand at the beginning of an answer's text.
    pub thoughts: Option<(String, String)>,
    /// What is counted otherwise than by its words.
    pub weights: Option<Weights>,
    /// What is known of models, and what they demand.
    pub models: Vec<ModelEntry>,
    /// The models that the plan is for, if it is a patched one.
    pub model: Option<String>,
}

/// How one unified type is spelled.
#[derive(Clone, Debug)]
pub struct Spelling {
    /// The type.
    pub ty: &'static Type,
    /// Where the spelling stands.
    pub origin: Origin,
    /// Its forms.
    pub form: Form,
    /// What becomes of the rest.
    pub fates: Fates,
}

/// The forms of a type.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a plan has a few dozen of them")]
pub enum Form {
    /// For each word its texts: the first is written, all are read.
    Words(Vec<(&'static str, Vec<String>)>),
    /// One exemplar.
    Record(Pattern),
    /// An exemplar a variant.
    Union(Vec<SpelledVariant>),
}

/// A variant and its exemplar.
#[derive(Clone, Debug)]
pub struct SpelledVariant {
    /// The variant.
    pub variant: &'static Variant,
    /// What it looks like.
    pub pattern: Pattern,
    /// What it looks like, too: read, never written.
    pub also: Vec<Pattern>,
    /// For steps: frames that are written before its own, and say nothing where they are read.
    pub before: Vec<Pattern>,
    /// For steps: such frames that are written behind its own. For parts and tools: elements that are, if they have values.
    pub then: Vec<Pattern>,
    /// Where the exemplar stands.
    pub origin: Origin,
}

/// What becomes of what has no place.
#[derive(Clone, Debug, Default)]
pub struct Fates {
    /// Lost, and told.
    pub drops: Vec<(String, Origin)>,
    /// Said without being written.
    pub implies: Vec<(String, Origin)>,
    /// Written as another.
    pub degrades: Vec<(String, String, Origin)>,
    /// Moved to another message, by entry and kinds.
    pub spills: Vec<(String, Vec<String>, Origin)>,
}

/// An exemplar: read as a pattern, written as a template.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A constant.
    Constant(Literal, Origin),
    /// A value.
    Hole(Hole),
    /// Text with values in it.
    Interpolation(Vec<TextPiece>, Origin),
    /// An object.
    Object(ObjectPattern),
    /// A list; the one element stands for all of them.
    List(Box<Pattern>, Origin),
    /// `[]`.
    EmptyList,
    /// What is written and never read.
    Written(Box<Pattern>),
}

/// An object of an exemplar.
#[derive(Clone, Debug, Default)]
pub struct ObjectPattern {
    /// Keys in the order in which they are written.
    pub entries: Vec<(String, Pattern)>,
    /// Keys that are read and never written.
    pub also: Vec<(String, Pattern)>,
    /// A value whose own keys stand among these.
    pub spread: Option<Hole>,
    /// Whether these keys are written and never read.
    pub spread_written: bool,
}

/// A piece of interpolated text.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a plan has a few dozen of them")]
pub enum TextPiece {
    /// Literal.
    Text(String),
    /// A text value.
    Hole(Hole),
}

/// A place for a value.
#[derive(Clone, Debug)]
pub struct Hole {
    /// The value.
    pub field: Field,
    /// The field or view of it that is meant.
    pub inner: Option<Field>,
    /// For parts: the kinds that stand here, for a type of variants: those; empty means all that the dialect spells.
    pub kinds: Vec<&'static str>,
    /// How it is spelled beyond its type.
    pub codec: Option<Codec>,
    /// The words of the codec.
    pub words: Vec<String>,
    /// What is written when it is absent; reading it is absence.
    pub default: Option<Literal>,
    /// Where the hole stands.
    pub origin: Origin,
}

impl Hole {
    /// Whether the key at which a tool's result stands says that the tool failed.
    pub fn tells_failure(&self) -> bool {
        self.codec == Some(Codec::Wrapped) && self.words.len() == 2
    }

    /// What it holds.
    pub fn ty(&self) -> Ty {
        self.inner.map_or(self.field.ty, |inner| inner.ty)
    }

    /// What is written when it is absent, if it may be: a truth value that is false, a list that is empty, an optional.
    pub fn can_be_absent(&self) -> bool {
        let some_variants = !self.kinds.is_empty() && matches!(self.ty(), Ty::Named(_));
        self.inner.is_some() || self.field.optional || some_variants || matches!(self.ty(), Ty::Bool | Ty::List(_))
    }

    /// `name` or `name.inner`.
    pub fn name(&self) -> String {
        match &self.inner {
            Some(inner) => format!("{}.{}", self.field.name, inner.name),
            None => self.field.name.to_owned(),
        }
    }
}

/// One kind of wire message.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name in the spec.
    pub name: String,
    /// Who speaks.
    pub role: &'static str,
    /// Which of their parts.
    pub kinds: Vec<&'static str>,
    /// Whether the system's words in mid-conversation stand among the user's.
    pub system: bool,
    /// How neighbours are joined.
    pub group: Group,
    /// Whether it stands before the message's other parts.
    pub first: bool,
    /// What it looks like.
    pub pattern: Pattern,
    /// What it looks like, too: read, never written.
    pub also: Vec<Pattern>,
    /// Kinds of parts that have a form of their own here.
    pub parts: Vec<SpelledVariant>,
    /// What becomes of what has no place.
    pub fates: Fates,
    /// Where it stands.
    pub origin: Origin,
}

/// How neighbours are joined into one wire message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// One unified message is one wire message.
    Message,
    /// Adjacent messages of one speaker are one wire message.
    Run,
    /// Each part is a wire message.
    Each,
}

/// Which reasoning of earlier messages is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// All of it.
    All,
    /// That of answers since the user last spoke: those whose tool calls the model still works on.
    OpenCalls,
    /// What carries a signature.
    Signed,
    /// None.
    None,
}

/// Part kinds by who speaks: what every spec must account for.
pub const SPEECH: [(&str, &[&str]); 4] = [
    ("system", &["text"]),
    ("user", &["text", "image", "document", "audio", "tool_result"]),
    ("assistant", &["reasoning", "redacted_reasoning", "text", "refusal", "tool_call", "custom_tool_call"]),
    ("tool_result", &["text", "image", "document"]),
];

/// The part kinds of a speaker.
pub fn kinds_of(role: &str) -> &'static [&'static str] {
    SPEECH.iter().find(|(known, _)| *known == role).map_or(&[], |(_, kinds)| kinds)
}

impl Plan {
    /// The places of messages at which reasoning stands in detail.
    pub fn details(&self) -> impl Iterator<Item = &Hole> {
        let holes = self.messages.iter().flat_map(|entry| entry.pattern.holes());
        holes.filter(|hole| hole.codec == Some(Codec::Detailed))
    }

    /// How a type is spelled, if the spec spells it.
    pub fn spelling(&self, name: &str) -> Option<&Spelling> {
        self.types.iter().find(|spelling| spelling.ty.name == name)
    }
}

impl SpelledVariant {
    /// The exemplars that are read: the first is written too.
    pub fn read(&self) -> impl Iterator<Item = &Pattern> {
        std::iter::once(&self.pattern).chain(&self.also)
    }

    /// The exemplars that are written, in order.
    pub fn written(&self) -> impl Iterator<Item = &Pattern> {
        self.before.iter().chain([&self.pattern]).chain(&self.then)
    }

    /// Whether its frames tell the whole answer so far.
    pub fn retells(&self) -> bool {
        let whole = |hole: &&Hole| hole.field.name == "response" && hole.inner.is_none();
        self.written().any(|frame| frame.holes().iter().any(whole))
    }

    /// The name that a frame has at the tag.
    pub fn tag<'p>(frame: &'p Pattern, tag: &str) -> Option<&'p str> {
        let Pattern::Object(object) = frame else { return None };
        let (_, name) = object.entries.iter().find(|(key, _)| key == tag)?;
        let name = if let Pattern::Written(name) = name { name } else { name };
        match name {
            Pattern::Constant(Literal::Text(name), _) => Some(name),
            _ => None,
        }
    }

    /// All exemplars.
    pub fn all(&self) -> impl Iterator<Item = &Pattern> {
        self.written().chain(&self.also)
    }

    /// Whether a hole holds a field of this variant. What a stream's frame tells of its answer is what the start tells.
    pub fn is_value(&self, hole: &Hole, field: &str) -> bool {
        match hole.inner {
            Some(inner) if hole.field.name == "response" => self.variant.name == "start" && inner.name == field,
            _ => hole.field.name == field,
        }
    }
}

impl Spelling {
    /// All exemplars; words have none.
    pub fn patterns(&self) -> Vec<&Pattern> {
        match &self.form {
            Form::Words(_) => Vec::new(),
            Form::Record(pattern) => vec![pattern],
            Form::Union(variants) => variants.iter().flat_map(SpelledVariant::all).collect(),
        }
    }

    /// The exemplars of a union, or none.
    pub fn variants(&self) -> &[SpelledVariant] {
        match &self.form {
            Form::Union(variants) => variants,
            _ => &[],
        }
    }

    /// The exemplar of a variant.
    pub fn variant(&self, name: &str) -> Option<&SpelledVariant> {
        self.variants().iter().find(|spelled| spelled.variant.name == name)
    }
}

/// Whether a type's kind is that of words.
pub fn is_words(ty: Ty) -> bool {
    matches!(ty, Ty::Named(name) if type_named(name).is_some_and(|ty| matches!(ty.kind, Kind::Words(_))))
}

impl Pattern {
    /// Whether all that it holds is written and never read.
    pub fn is_only_written(&self) -> bool {
        match self {
            Pattern::Object(object) => {
                let written = |(_, pattern): &(String, Pattern)| matches!(pattern, Pattern::Written(_));
                let spread = object.spread.is_none() || object.spread_written;
                spread && !(object.entries.is_empty() && object.spread.is_none()) && object.entries.iter().all(written)
            }
            _ => false,
        }
    }

    /// Calls `each` for every hole that is written.
    pub fn written_holes<'p>(&'p self, each: &mut impl FnMut(&'p Hole)) {
        match self {
            Pattern::Hole(hole) => each(hole),
            Pattern::Interpolation(pieces, _) => pieces.iter().for_each(|piece| {
                if let TextPiece::Hole(hole) = piece {
                    each(hole);
                }
            }),
            Pattern::Object(object) => {
                object.spread.iter().for_each(&mut *each);
                object.entries.iter().for_each(|(_, pattern)| pattern.written_holes(each));
            }
            Pattern::List(element, _) | Pattern::Written(element) => element.written_holes(each),
            Pattern::Constant(..) | Pattern::EmptyList => {}
        }
    }

    /// All holes that are written.
    pub fn holes(&self) -> Vec<&Hole> {
        let mut holes = Vec::new();
        self.written_holes(&mut |hole| holes.push(hole));
        holes
    }
}
