//! The variables that conditions are made of.

use super::check::Ty;
use crate::{
    routing::{scenario::Scenario, view::Moment},
    specs::Face,
};

/// Efforts as conditions write them: none, one that the model decides itself, and those that are stated.
pub(super) const EFFORTS: [&str; 9] = ["", "none", "adaptive", "minimal", "low", "medium", "high", "xhigh", "max"];

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    Model,
    Scenario,
    Tokens,
    LastTokens,
    Images,
    LastImages,
    Messages,
    Tools,
    Headers,
    Session,
    Project,
    Hour,
    Weekday,
    Agent,
    Effort,
    Stream,
    Face,
    MaxTokens,
    Prompt,
}

impl Variable {
    /// All of them by name.
    pub(super) const ALL: [(&'static str, Self); 19] = [
        ("model", Self::Model),
        ("scenario", Self::Scenario),
        ("tokens", Self::Tokens),
        ("last_tokens", Self::LastTokens),
        ("images", Self::Images),
        ("last_images", Self::LastImages),
        ("messages", Self::Messages),
        ("tools", Self::Tools),
        ("headers", Self::Headers),
        ("session", Self::Session),
        ("project", Self::Project),
        ("hour", Self::Hour),
        ("weekday", Self::Weekday),
        ("agent", Self::Agent),
        ("effort", Self::Effort),
        ("stream", Self::Stream),
        ("face", Self::Face),
        ("max_tokens", Self::MaxTokens),
        ("prompt", Self::Prompt),
    ];

    /// The variable of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, variable)| *variable)
    }

    pub(super) fn ty(self) -> Ty {
        match self {
            Self::Tokens | Self::LastTokens | Self::Images | Self::LastImages => Ty::Int,
            Self::Messages | Self::Hour | Self::MaxTokens => Ty::Int,
            Self::Tools => Ty::List(Box::new(Ty::Text)),
            Self::Headers => Ty::Map(Box::new(Ty::Text)),
            Self::Stream => Ty::Bool,
            _ => Ty::Text,
        }
    }

    /// The only values that it has, where these are few.
    pub(super) fn words(self) -> Option<Vec<&'static str>> {
        match self {
            Self::Scenario => Some(Scenario::ALL.map(Scenario::name).to_vec()),
            Self::Weekday => Some(Moment::DAYS.to_vec()),
            Self::Effort => Some(EFFORTS.to_vec()),
            Self::Face => Some(Face::ALL.iter().map(|face| face.facts().name).collect()),
            _ => None,
        }
    }
}
