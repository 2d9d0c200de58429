//! What is known of some models of an API, and what they demand.

use crate::{document::Origin, spec::glob::Glob};

use super::{Plan, Price, Weights};

/// Kinds of parts that some models take in and others do not.
pub const MEDIA: [&str; 3] = ["image", "document", "audio"];

/// What is known of the models of a name.
#[derive(Clone, Debug)]
pub struct ModelEntry {
    /// The name as it is written.
    pub name: String,
    /// Which models it stands for.
    pub glob: Glob,
    /// Where it stands.
    pub origin: Origin,
    /// How many tokens a model takes, its answer included.
    pub context: Option<u64>,
    /// The most tokens of an answer.
    pub output: Option<u64>,
    /// The media that it takes in; unknown if absent.
    pub takes: Option<Vec<&'static str>>,
    /// Whether it reasons; unknown if absent.
    pub reasons: Option<bool>,
    /// What they cost, if the vendor says it.
    pub price: Option<Price>,
    /// What they count otherwise than by its words, if they do so in a way of their own.
    pub weights: Option<Weights>,
    /// The whole spec as it is for these models, where a patch makes it another.
    pub patched: Option<Box<Plan>>,
}
