//! `keeps`: what of earlier messages is sent.

use crate::{document::Node, spec::plan::Keeps};

use super::Lowering;

/// The keys of `keeps`, with what they are.
pub const KEEPS_KEYS: [(&str, &str); 2] = [
    ("reasoning", "which reasoning of earlier messages is sent: all, open-calls, signed or none"),
    (
        "signatures",
        "the name of whoever signs reasoning, which APIs that take each other's signatures share; else the spec's",
    ),
];

/// The words of `keeps.reasoning`, with what they mean.
pub const KEEPS: [(&str, Keeps, &str); 4] = [
    ("all", Keeps::All, "reasoning of all earlier messages is sent back"),
    ("open-calls", Keeps::OpenCalls, "only that of answers since the user last spoke"),
    ("signed", Keeps::Signed, "only what carries a signature"),
    ("none", Keeps::None, "none is sent back"),
];

impl Lowering {
    pub(super) fn keeps(&mut self, node: Option<&Node>) -> Keeps {
        let Some(node) = node else { return Keeps::All };
        self.known_keys(node, KEEPS_KEYS.iter().map(|(key, _)| *key));
        let choices = KEEPS.map(|(name, keeps, _)| (name, keeps));
        node.get("reasoning").and_then(|node| self.choice(node, &choices)).unwrap_or(Keeps::All)
    }
    /// Whose signatures an API makes and takes.
    pub(super) fn signatures(&mut self, keeps: Option<&Node>) -> Option<String> {
        self.text(keeps?.get("signatures")?)
    }
}
