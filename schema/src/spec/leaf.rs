//! An exemplar as a list of leaves, and what tells several exemplars apart.

use std::collections::BTreeSet;

use crate::document::Origin;

use super::{
    hole::Literal,
    plan::{Codec, Entry, Hole, ObjectPattern, Pattern, SpelledVariant, Stream, TextPiece},
};

/// A step into JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into an object.
    Key(String),
    /// Into a list.
    Element {
        /// Whether all elements count, else only the first.
        each: bool,
    },
}

/// A place in JSON.
pub type Path = Vec<Step>;

/// What stands at a place.
#[derive(Clone, Debug)]
pub enum Content<'p> {
    /// A constant.
    Constant(&'p Literal),
    /// A value.
    Hole(&'p Hole),
    /// Text with values in it.
    Interpolation(&'p [TextPiece]),
}

/// One place of an exemplar.
#[derive(Clone, Debug)]
pub struct Leaf<'p> {
    /// Where.
    pub path: Path,
    /// What.
    pub content: Content<'p>,
    /// Whether it is read and never written.
    pub also: bool,
    /// Whether it is a spread value, whose keys stand at the path itself.
    pub spread: bool,
}

/// All leaves of an exemplar, in order. Lists whose places are in `single` count by their first element.
pub fn leaves<'p>(pattern: &'p Pattern, all_elements: bool, single: &[Origin]) -> Vec<Leaf<'p>> {
    let mut walk = Walk { found: Vec::new(), all_elements, single };
    walk.pattern(pattern, &mut Vec::new(), false);
    walk.found
}

/// The exemplars of wire messages, `$also` ones too, each with its entry.
pub fn message_exemplars(entries: &[Entry]) -> Vec<(&Entry, Vec<Leaf<'_>>)> {
    let mut exemplars = Vec::new();
    for entry in entries {
        // `$also` that brings no constant of its own adds places to the message itself.
        let (own, more): (Vec<_>, Vec<_>) = entry.also.iter().partition(|also| has_constant(also));
        for pattern in std::iter::once(&entry.pattern).chain(own) {
            let mut found = leaves(pattern, false, &[]);
            for also in &more {
                found.extend(leaves(also, false, &[]).into_iter().map(|leaf| Leaf { also: true, ..leaf }));
            }
            if !(found.is_empty() && pattern.is_only_written()) {
                exemplars.push((entry, found));
            }
        }
    }
    exemplars
}

fn has_constant(pattern: &Pattern) -> bool {
    leaves(pattern, false, &[]).iter().any(|leaf| matches!(leaf.content, Content::Constant(_)))
}

/// The exemplars of steps, each with its step; of what a common frame tells, a step has only what is its own.
pub fn step_exemplars<'p>(stream: &Stream, variants: &'p [SpelledVariant]) -> Vec<(&'p SpelledVariant, Vec<Leaf<'p>>)> {
    let exemplars = variants.iter().flat_map(|spelled| {
        let own = move |leaf: &Leaf<'_>| match &leaf.content {
            Content::Hole(hole) => spelled.variant.fields.iter().any(|field| spelled.is_value(hole, field.name)),
            _ => true,
        };
        spelled.read().map(move |pattern| {
            let leaves = leaves(pattern, stream.sparse, &stream.single_lists);
            (spelled, leaves.into_iter().filter(own).collect::<Vec<_>>())
        })
    });
    exemplars.filter(|(spelled, leaves)| !leaves.is_empty() || !spelled.pattern.is_only_written()).collect()
}

/// The exemplars of a union, each with its variant.
pub fn union_exemplars(variants: &[SpelledVariant]) -> Vec<(&SpelledVariant, Vec<Leaf<'_>>)> {
    let of = |spelled| SpelledVariant::read(spelled).map(move |pattern| (spelled, leaves(pattern, false, &[])));
    let exemplars = variants.iter().flat_map(of);
    exemplars.filter(|(spelled, leaves)| !leaves.is_empty() || !spelled.pattern.is_only_written()).collect()
}

/// The keys at the top of exemplars, with those at which something is written and nothing read: they are known, too.
pub fn known_keys<'p>(
    leaves: impl IntoIterator<Item = &'p Leaf<'p>>,
    patterns: impl IntoIterator<Item = &'p Pattern>,
) -> Vec<String> {
    let read = leaves.into_iter().filter_map(|leaf| match leaf.path.first() {
        Some(Step::Key(key)) => Some(key),
        _ => None,
    });
    let entries = patterns.into_iter().flat_map(|pattern| match pattern {
        Pattern::Object(object) => object.entries.as_slice(),
        _ => &[],
    });
    let written = entries.filter(|(_, pattern)| matches!(pattern, Pattern::Written(_))).map(|(key, _)| key);
    read.chain(written).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

struct Walk<'p, 's> {
    found: Vec<Leaf<'p>>,
    all_elements: bool,
    single: &'s [Origin],
}

impl<'p> Walk<'p, '_> {
    fn push(&mut self, path: &Path, content: Content<'p>, also: bool, spread: bool) {
        self.found.push(Leaf { path: path.clone(), content, also, spread });
    }

    fn pattern(&mut self, pattern: &'p Pattern, path: &mut Path, also: bool) {
        match pattern {
            Pattern::Constant(literal, _) => self.push(path, Content::Constant(literal), also, false),
            Pattern::Hole(hole) => self.push(path, Content::Hole(hole), also, false),
            Pattern::Interpolation(pieces, _) => self.push(path, Content::Interpolation(pieces), also, false),
            Pattern::Object(object) => self.object(object, path, also),
            Pattern::Written(_) => {}
            Pattern::List(element, origin) => {
                let each = self.all_elements && !self.single.contains(origin) || gathers(element);
                path.push(Step::Element { each });
                self.pattern(element, path, also);
                path.pop();
            }
            Pattern::EmptyList => {}
        }
    }

    fn object(&mut self, object: &'p ObjectPattern, path: &mut Path, also: bool) {
        if let Some(hole) = object.spread.as_ref().filter(|_| !object.spread_written) {
            self.push(path, Content::Hole(hole), also, true);
        }
        let entries = object.entries.iter().map(|entry| (entry, also));
        for ((key, pattern), also) in entries.chain(object.also.iter().map(|entry| (entry, true))) {
            path.push(Step::Key(key.clone()));
            self.pattern(pattern, path, also);
            path.pop();
        }
    }
}

/// A test that tells an exemplar from others.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// This constant stands there.
    Equals(Path, Literal),
    /// Something stands there.
    Present(Path),
    /// Text of this form stands there: what it begins with, and what it holds further on.
    Like(Path, Vec<String>),
}

impl Condition {
    /// The place that is looked at.
    pub fn path(&self) -> &Path {
        match self {
            Condition::Equals(path, _) | Condition::Present(path) | Condition::Like(path, _) => path,
        }
    }
}

/// The order in which exemplars are tried, and the tests that each must pass.
pub type Tests = (Vec<usize>, Vec<Vec<Condition>>);

/// What tells exemplars apart; or two that look alike.
pub fn tell_apart(exemplars: &[Vec<Leaf<'_>>]) -> Result<Tests, (usize, usize)> {
    let mut conditions: Vec<Vec<Condition>> = vec![Vec::new(); exemplars.len()];
    let mut open: Vec<Vec<usize>> = vec![Vec::new(); exemplars.len()];
    for (one, own) in exemplars.iter().enumerate() {
        for (other, theirs) in exemplars.iter().enumerate().filter(|(other, _)| *other != one) {
            let candidates = separators(own, theirs);
            match candidates.iter().find(|candidate| conditions[one].contains(candidate)).or(candidates.first()) {
                Some(chosen) if !conditions[one].contains(chosen) => conditions[one].push(chosen.clone()),
                Some(_) => {}
                None => open[one].push(other),
            }
        }
    }
    // Nothing needs to tell a form that is alone from others, but what stands there must be what it is.
    if let ([own], [alone]) = (exemplars, &mut conditions[..])
        && let [Leaf { path, content: Content::Constant(literal @ Literal::Text(_)), .. }] = &own[..]
        && path.is_empty()
    {
        alone.push(Condition::Equals(path.clone(), (*literal).clone()));
    }
    // Of two that nothing else tells apart, what one of them always says does.
    for one in 0..exemplars.len() {
        for other in open[one].clone() {
            let always = open[other].contains(&one).then(|| always_said(&exemplars[one], &exemplars[other])).flatten();
            if let Some(condition) = always {
                open[one].retain(|open| *open != other);
                if !conditions[one].contains(&condition) {
                    conditions[one].push(condition);
                }
            }
        }
    }
    for (one, others) in open.iter().enumerate() {
        if let Some(other) = others.iter().find(|other| open[**other].contains(&one)) {
            return Err((one, *other));
        }
    }
    // What another exemplar's input would pass too is tried after that other one.
    let mut order: Vec<usize> = (0..exemplars.len()).collect();
    order.sort_by_key(|index| open[*index].len());
    Ok((order, conditions))
}

/// A place at which one writes something even where its value is absent, and the other never does.
fn always_said(own: &[Leaf<'_>], theirs: &[Leaf<'_>]) -> Option<Condition> {
    let said = own.iter().filter(|leaf| !leaf.also && !leaf.spread);
    let mut said = said.filter(|leaf| match &leaf.content {
        Content::Hole(hole) => matches!(hole.default, Some(Literal::Text(_) | Literal::Number(_))),
        _ => false,
    });
    let alone = said.find(|leaf| !theirs.iter().any(|other| other.path.starts_with(&leaf.path)));
    alone.map(|leaf| Condition::Present(leaf.path.clone()))
}

/// What tells `own` from `theirs`, the best first.
fn separators(own: &[Leaf<'_>], theirs: &[Leaf<'_>]) -> Vec<Condition> {
    let at = |path: &Path| theirs.iter().find(|leaf| leaf.path == *path);
    let below = |path: &Path| theirs.iter().any(|leaf| leaf.path.starts_with(path));
    let mut ranked: Vec<(u8, Condition)> = Vec::new();
    let in_each = |leaf: &&Leaf<'_>| leaf.path.contains(&Step::Element { each: true });
    for leaf in own.iter().filter(|leaf| !leaf.also && !leaf.spread && !in_each(leaf)) {
        match (&leaf.content, at(&leaf.path).map(|leaf| &leaf.content)) {
            (Content::Constant(Literal::EmptyObject), None) if !below(&leaf.path) => {
                ranked.push((2, Condition::Present(leaf.path.clone())));
            }
            (Content::Constant(literal @ (Literal::Text(_) | Literal::Bool(_))), other) => {
                let rank = match other {
                    Some(Content::Constant(theirs)) if theirs == literal => continue,
                    Some(Content::Constant(_)) => 0,
                    None => 3,
                    Some(_) => 4,
                };
                ranked.push((rank, Condition::Equals(leaf.path.clone(), (*literal).clone())));
            }
            (Content::Interpolation(pieces), other) => {
                let own = texts(pieces);
                // What one begins with must not be how the other may go on.
                let alike = |theirs: &[TextPiece]| match (own.first(), texts(theirs).first()) {
                    (Some(own), Some(theirs)) => own.starts_with(theirs.as_str()) || theirs.starts_with(own.as_str()),
                    _ => true,
                };
                if !matches!(other, Some(Content::Interpolation(theirs)) if alike(theirs)) {
                    ranked.push((1, Condition::Like(leaf.path.clone(), own)));
                }
            }
            (Content::Hole(hole), None)
                if (!hole.can_be_absent() || hole.codec == Some(Codec::Wrapped))
                    && hole.default.is_none()
                    && !below(&leaf.path) =>
            {
                ranked.push((2, Condition::Present(leaf.path.clone())));
            }
            _ => {}
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, condition)| condition).collect()
}

/// Whether the text of all elements of a list is gathered.
pub fn gathers(element: &Pattern) -> bool {
    element.holes().iter().any(|hole| hole.codec == Some(Codec::Gathered))
}

fn texts(pieces: &[TextPiece]) -> Vec<String> {
    let texts = pieces.iter().filter_map(|piece| match piece {
        TextPiece::Text(text) => Some(text.clone()),
        TextPiece::Hole(_) => None,
    });
    texts.collect()
}
