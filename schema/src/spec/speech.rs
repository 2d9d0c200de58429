//! Which kinds of parts stand where: what a hole for parts, and what a whole exemplar places.

use super::plan::{Codec, Entry, Group, Hole, Pattern, Plan, kinds_of};
use crate::model::{
    Part,
    vocabulary::{Variant, Vocabulary},
};

impl Plan {
    /// The kinds that stand at a hole: those that it names, else all of the speaker's that the spec spells. What is
    /// joined to one string is spelled nowhere: without a name it is text, as it is where it is read.
    pub fn own_kinds(&self, hole: &Hole, role: &str) -> Vec<&'static str> {
        if !hole.kinds.is_empty() {
            return hole.kinds.clone();
        }
        if hole.codec.is_some_and(Codec::joins) {
            return vec!["text"];
        }
        let spelling = self.spelling("Part");
        let spelled = |kind: &str| spelling.is_some_and(|spelling| spelling.variant(kind).is_some());
        kinds_of(role).iter().copied().filter(|kind| spelled(kind)).collect()
    }

    /// The kinds that a hole places, directly or degraded.
    pub fn hole_kinds(&self, hole: &Hole, role: &str) -> Vec<&'static str> {
        let own = self.own_kinds(hole, role);
        let spilled = |kind: &str| role == "tool_result" && self.messages.iter().any(|entry| entry.spills(kind));
        let degrades = self.spelling("Part").into_iter().flat_map(|spelling| &spelling.fates.degrades);
        let degraded = degrades.filter_map(|(from, to, _)| {
            let from = kinds_of(role).iter().find(|kind| **kind == from.as_str())?;
            (own.iter().any(|kind| kind == to) && !own.contains(from) && !spilled(from)).then_some(*from)
        });
        let degraded: Vec<_> = degraded.collect();
        own.into_iter().chain(degraded).collect()
    }

    /// All kinds that an exemplar places.
    pub fn placed_kinds(&self, pattern: &Pattern, role: &str) -> Vec<&'static str> {
        let holes = pattern.holes().into_iter().filter(|hole| hole.field.name == "parts");
        holes.flat_map(|hole| self.hole_kinds(hole, role)).collect()
    }
}

impl Entry {
    /// Whether words of that speaker stand in the message.
    pub fn hears(&self, role: &str) -> bool {
        self.role == role || self.system && role == "system"
    }

    /// The one kind of part that each wire message of the entry is.
    pub fn single_part(&self) -> Option<&'static Variant> {
        match (self.group, self.kinds.as_slice()) {
            (Group::Each, [kind]) => part_variant(kind),
            _ => None,
        }
    }

    /// Whether parts of that kind are moved to another message.
    pub fn spills(&self, kind: &str) -> bool {
        self.fates.spills.iter().any(|(_, kinds, _)| kinds.iter().any(|spilled| spilled == kind))
    }
}

/// The variant of `Part` of that kind.
pub fn part_variant(kind: &str) -> Option<&'static Variant> {
    Part::TYPE.variants().iter().find(|variant| variant.name == kind)
}
