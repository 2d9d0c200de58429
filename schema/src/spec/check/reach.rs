//! Spelled if and only if needed: types, and kinds of parts.

use std::collections::BTreeSet;

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    model::vocabulary::{Kind, Ty, type_named},
    spec::{
        leaf::{Content, leaves},
        lower::types::NOT_UNDER_TYPES,
        plan::{Codec, Hole, Pattern, Plan, SpelledVariant},
    },
};

use super::opening;

/// A type that a hole holds is spelled (`S035`), and one that no hole holds is not (`S037`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut ahead: Vec<&Pattern> = Vec::new();
    for entry in &plan.messages {
        ahead.extend(std::iter::once(&entry.pattern).chain(&entry.also));
        ahead.extend(entry.parts.iter().flat_map(SpelledVariant::all));
    }
    let sections = plan.types.iter().filter(|spelling| NOT_UNDER_TYPES.contains(&spelling.ty.name));
    ahead.extend(sections.flat_map(|spelling| spelling.patterns()));
    while let Some(pattern) = ahead.pop() {
        for hole in holes(pattern) {
            let Some(name) = held(hole) else { continue };
            if name == "Part" {
                unspelled_kinds(plan, hole, mistakes);
            }
            if reached.insert(name) {
                match plan.spelling(name) {
                    Some(spelling) => ahead.extend(spelling.patterns()),
                    None => mistakes.push(unspelled(hole, name)),
                }
            }
        }
    }
    for spelling in &plan.types {
        let name = spelling.ty.name;
        if !reached.contains(name) && !NOT_UNDER_TYPES.contains(&name) {
            let message = format!("`types.{name}` is spelled, but no hole holds one");
            let help = format!("remove it; in a provider, `{name}: null` removes what the dialect has");
            let error = Diagnostic::error("S037", &opening(&spelling.origin), message).label("never needed");
            mistakes.push(error.help(help));
        }
    }
}

fn unspelled(hole: &Hole, name: &str) -> Diagnostic {
    let message = format!("`${}` is of type {name}, which `types` does not spell", hole.name());
    let cases: Vec<String> = match type_named(name).map(|ty| &ty.kind) {
        Some(Kind::Words(words)) => words.iter().map(|word| format!("{}: \"…\"", word.name)).collect(),
        Some(Kind::Union(variants)) => {
            variants.iter().filter(|variant| !variant.native).map(|variant| format!("{}: …", variant.name)).collect()
        }
        Some(Kind::Record(fields)) => {
            fields.iter().filter(|field| !field.view).map(|field| format!("…: \"${}\"", field.name)).collect()
        }
        None => Vec::new(),
    };
    let help = format!("add `{name}: {{ {} }}` under `types`", cases.join(", "));
    Diagnostic::error("S035", &hole.origin, message).label(format!("needs a spelling of {name}")).help(help)
}

/// Kinds that a hole names and nothing spells.
fn unspelled_kinds(plan: &Plan, hole: &Hole, mistakes: &mut Mistakes) {
    let Some(spelling) = plan.spelling("Part") else { return };
    for kind in &hole.kinds {
        let degraded = spelling.fates.degrades.iter().any(|(from, ..)| from == kind);
        if spelling.variant(kind).is_none() && !degraded {
            let message = format!("parts of kind `{kind}` stand here, which `types.Part` does not spell");
            let help = format!("add `{kind}: {{ … }}` to `types.Part`, or take `{kind}` out of the hole");
            mistakes.push(
                Diagnostic::error("S035", &hole.origin, message).label(format!("needs a form of `{kind}`")).help(help),
            );
        }
    }
}

/// The type that a hole is spelled by.
fn held(hole: &Hole) -> Option<&'static str> {
    let name = match hole.ty() {
        Ty::Named(name) => name,
        Ty::List(&Ty::Named(name)) => name,
        _ => return None,
    };
    let joined = hole.codec.is_some_and(Codec::joins);
    (!joined && type_named(name).is_some()).then_some(name)
}

/// All holes, those too that are only read.
fn holes(pattern: &Pattern) -> Vec<&Hole> {
    let found = leaves(pattern, false, &[]).into_iter();
    let read = found.filter_map(|leaf| if let Content::Hole(hole) = leaf.content { Some(hole) } else { None });
    read.chain(pattern.holes()).collect()
}
