//! What a value cannot be without has a place, and what is spread has keys.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    model::vocabulary::Ty,
    spec::{
        leaf::{Content, leaves},
        plan::{Pattern, Plan, Spelling},
    },
};

use super::{exemplars, ledger::is_required, opening, quoted, section};

/// An exemplar places all required fields of its variant (`S038`); `$spread` is of objects (`S039`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    let unions = plan.types.iter().filter(|spelling| spelling.ty.name != "Step");
    unions.for_each(|spelling| unreadable(spelling, mistakes));
    for (pattern, _) in exemplars(plan) {
        for leaf in leaves(pattern, false, &[]).iter().filter(|leaf| leaf.spread) {
            let Content::Hole(hole) = &leaf.content else { continue };
            let spelling = match hole.ty() {
                Ty::Named(name) => plan.spelling(name),
                _ => None,
            };
            let variants = spelling.map(Spelling::variants).unwrap_or_default();
            let is_object = |pattern: &Pattern| matches!(pattern, Pattern::Object(_));
            let message = match variants.iter().find(|spelled| !is_object(&spelled.pattern)) {
                Some(other) => {
                    format!("`${}` cannot be spread: its `{}` is no object", hole.name(), other.variant.name)
                }
                None if variants.is_empty() => format!("`${}` cannot be spread: it has no variants", hole.name()),
                None => continue,
            };
            let help = "only a type whose forms are all objects has keys to spread; give the value a key of its own";
            mistakes.push(Diagnostic::error("S039", &hole.origin, message).label("no keys to spread").help(help));
        }
    }
}

fn unreadable(spelling: &Spelling, mistakes: &mut Mistakes) {
    for spelled in spelling.variants() {
        let placed: Vec<&str> = spelled.pattern.holes().iter().map(|hole| hole.field.name).collect();
        let required = spelled.variant.fields.iter().filter(|field| is_required(field));
        let lacking: Vec<&str> = required.map(|field| field.name).filter(|name| !placed.contains(name)).collect();
        if lacking.is_empty() {
            continue;
        }
        let (owner, name) = (section(spelling.ty), spelled.variant.name);
        let message = format!("`{name}` of `{owner}` has no place for {}", quoted(lacking.iter().copied()));
        let holes: Vec<String> = lacking.iter().map(|name| format!("${name}")).collect();
        let help = format!("nothing can be read as `{name}` without: add {}", quoted(holes.iter().map(String::as_str)));
        mistakes.push(Diagnostic::error("S038", &opening(&spelled.origin), message).label("incomplete").help(help));
    }
}
