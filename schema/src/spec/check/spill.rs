//! What is moved to another message must arrive there.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::plan::{Entry, Plan, kinds_of},
};

use super::{quoted, section};

/// Only tool results spill, what they have no place for, into one message that has (`S031` to `S033`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    let wrong = |origin: &Origin, message: String| Diagnostic::error("S033", origin, message);
    for spelling in &plan.types {
        for (_, _, origin) in &spelling.fates.spills {
            let message = format!("`{}` is no message: nothing spills out of it", section(spelling.ty));
            mistakes
                .push(wrong(origin, message).label("not here").help("write `$spills` in the message of tool results"));
        }
    }
    for entry in &plan.messages {
        let takes_results = entry.kinds.contains(&"tool_result");
        for (index, (to, kinds, origin)) in entry.fates.spills.iter().enumerate() {
            if !takes_results {
                let message = format!("nothing spills out of the message `{}`", entry.name);
                let error = wrong(origin, message).label("not the message of a tool result");
                mistakes.push(error.help("`$spills` goes with `of: \"tool_result\"` and `group: \"each\"`"));
                continue;
            }
            if index > 0 {
                let error = wrong(origin, "a message spills into one other message".into()).label("a second one");
                mistakes.push(error.help("name all kinds with the first"));
                continue;
            }
            let is_other = |other: &&Entry| other.name != entry.name || entry.single_part().is_none();
            let names = plan.messages.iter().filter(is_other).map(|other| other.name.as_str());
            match plan.messages.iter().find(|other| other.name == *to && is_other(other)) {
                Some(target) => arrives(plan, entry, target, kinds, origin, mistakes),
                None => {
                    let error = wrong(origin, format!("there is no other message `{to}` to spill into"));
                    mistakes.push(error.label("unknown message").nearest(to, names));
                }
            }
        }
    }
}

fn arrives(plan: &Plan, entry: &Entry, target: &Entry, kinds: &[String], origin: &Origin, mistakes: &mut Mistakes) {
    let valid = kinds_of("tool_result");
    let placed = plan.placed_kinds(&target.pattern, target.role);
    // A message that holds results among other parts spells them as parts.
    let spelled = plan.spelling("Part").and_then(|spelling| spelling.variant("tool_result"));
    let pattern = match entry.single_part() {
        Some(_) => Some(&entry.pattern),
        None => spelled.map(|spelled| &spelled.pattern),
    };
    let holes = pattern.map(|pattern| pattern.holes()).unwrap_or_default().into_iter();
    let holes = holes.filter(|hole| hole.field.name == "parts");
    let stays: Vec<&str> = holes.flat_map(|hole| plan.own_kinds(hole, "tool_result")).collect();
    for kind in kinds.iter().map(String::as_str) {
        if !valid.contains(&kind) {
            let error = Diagnostic::error("S032", origin, format!("a tool result has no parts of kind `{kind}`"));
            mistakes.push(
                error.label(format!("names `{kind}`")).help(format!("valid here: {}", quoted(valid.iter().copied()))),
            );
        } else if stays.contains(&kind) {
            let error = Diagnostic::error(
                "S031",
                origin,
                format!("`{kind}` of `messages.{}` is accounted for twice", entry.name),
            );
            let error = error.label("spilled here, and yet it has a place");
            mistakes.push(error.help("take it out of `$spills`, or out of the hole for parts"));
        } else if !placed.contains(&kind) || !target.kinds.contains(&kind) {
            let error = Diagnostic::error(
                "S033",
                origin,
                format!("`{kind}` spills into `{}`, which has no place for it", target.name),
            );
            let help = format!("place it there with `$parts({kind})`, or drop it here: `$drops: [\"{kind}\"]`");
            mistakes.push(error.label("would be lost there").help(help));
        }
    }
}
