//! The unified types as data: what specs may name, and what they must account for.

use super::{
    AnswerStatus, ApiError, Cache, Catalog, Citation, Effort, ErrorKind, FinishReason, Grounding, Model, OutputFormat,
    Page, Part, Passage, Reasoning, ReasoningMode, Request, Response, Role, ServiceTier, Source, Step, Switch,
    TokenCount, Tool, ToolChoice, ToolGroup, Usage,
};

/// A type that describes itself; derived.
pub trait Vocabulary {
    /// The description.
    const TYPE: Type;
}

/// A unified type.
#[derive(Debug)]
pub struct Type {
    /// Its name, as in Rust.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What it is made of.
    pub kind: Kind,
}

/// What a type is made of.
#[derive(Debug)]
pub enum Kind {
    /// One of several words.
    Words(&'static [Word]),
    /// One of several variants with fields.
    Union(&'static [Variant]),
    /// Fields.
    Record(&'static [Field]),
}

/// One of several words.
#[derive(Debug)]
pub struct Word {
    /// As specs write it.
    pub name: &'static str,
    /// As Rust writes it.
    pub rust: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether another value says the same where it has no text: a spec may spell it and need not.
    pub derived: bool,
}

/// One of several variants.
#[derive(Debug)]
pub struct Variant {
    /// As specs write it.
    pub name: &'static str,
    /// As Rust writes it.
    pub rust: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether the machinery fills it and specs do not spell it.
    pub native: bool,
    /// Whether it turns into another variant where it has no place: a spec may spell it and need not.
    pub derived: bool,
    /// What it carries.
    pub fields: &'static [Field],
}

/// A named value in a record or a variant.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name, in specs and in Rust.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// What it holds.
    pub ty: Ty,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether it is a pair of methods on the record and not storage.
    pub view: bool,
    /// Whether it follows from the rest of the conversation, or moves to another part where it has no place: a spec may
    /// place it and need not say anything of it.
    pub derived: bool,
}

impl Field {
    /// A field that is stored and never absent.
    pub const fn of(name: &'static str, doc: &'static str, ty: Ty) -> Self {
        Field { name, doc, ty, optional: false, view: false, derived: false }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ty {
    /// A string.
    Text,
    /// Any JSON, kept as text.
    Json,
    /// An integer from 0.
    Unsigned,
    /// An integer.
    Signed,
    /// A number.
    Number,
    /// A truth value; without `optional`, absent means false.
    Bool,
    /// Several.
    List(&'static Ty),
    /// A unified type, by name.
    Named(&'static str),
}

/// All types that specs speak of.
pub static TYPES: &[Type] = &[
    Request::TYPE,
    Role::TYPE,
    Part::TYPE,
    Citation::TYPE,
    Grounding::TYPE,
    Page::TYPE,
    Passage::TYPE,
    Source::TYPE,
    Cache::TYPE,
    Tool::TYPE,
    ToolGroup::TYPE,
    ToolChoice::TYPE,
    OutputFormat::TYPE,
    Reasoning::TYPE,
    ReasoningMode::TYPE,
    Effort::TYPE,
    Switch::TYPE,
    ServiceTier::TYPE,
    Response::TYPE,
    AnswerStatus::TYPE,
    FinishReason::TYPE,
    Usage::TYPE,
    ApiError::TYPE,
    ErrorKind::TYPE,
    Step::TYPE,
    TokenCount::TYPE,
    Catalog::TYPE,
    Model::TYPE,
];

/// The type of that name.
pub fn type_named(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|ty| ty.name == name)
}

impl Type {
    /// The variants of a union, or none.
    pub fn variants(&self) -> &'static [Variant] {
        match self.kind {
            Kind::Union(variants) => variants,
            _ => &[],
        }
    }

    /// The fields of a record, or none.
    pub fn fields(&self) -> &'static [Field] {
        match self.kind {
            Kind::Record(fields) => fields,
            _ => &[],
        }
    }

    /// The words, or none.
    pub fn words(&self) -> &'static [Word] {
        match self.kind {
            Kind::Words(words) => words,
            _ => &[],
        }
    }
}
