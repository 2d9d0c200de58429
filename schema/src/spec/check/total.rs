//! Total or refused: a spec that is silent about a feature does not compile.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    spec::{
        plan::{Plan, kinds_of},
        speech::part_variant,
    },
};

use super::{
    ledger::{Feature, Ledger, State, ledgers},
    opening, quoted,
};

/// Every feature is placed, degraded, spilled, implied or dropped by name, and every speaker is heard (`S030`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for ledger in ledgers(plan) {
        let open = |feature: &&Feature| feature.state == State::Open && !ledger.gives_up(feature);
        let silent: Vec<&Feature> = ledger.features.iter().filter(open).collect();
        if let Some(first) = silent.first() {
            mistakes.push(missing(&ledger, first, &silent));
        }
    }
    speakers(plan, mistakes);
    always(plan, mistakes);
}

fn missing(ledger: &Ledger<'_>, first: &Feature, silent: &[&Feature]) -> Diagnostic {
    let names = || silent.iter().map(|feature| feature.name.as_str());
    let dropped = ledger.fates.drops.iter().map(|(name, _)| name.as_str());
    let list: Vec<String> = dropped.chain(names()).map(|name| format!("\"{name}\"")).collect();
    let drop = format!("`$drops: [{}]`", list.join(", "));
    let help = match (silent.len(), first.how.is_empty()) {
        (1, true) => format!("say that it is lost: {drop}"),
        (1, false) => format!("place it with {}, or say that it is lost: {drop}", first.how),
        (_, true) => format!("say that they are lost: {drop}"),
        (_, false) => format!("place each, `{}` with {}, or say that they are lost: {drop}", first.name, first.how),
    };
    let message = format!("`{}` does not say what becomes of {}", ledger.owner, quoted(names()));
    Diagnostic::error("S030", &opening(ledger.origin), message).label("no place, and not given up").help(help)
}

/// Each kind of part that someone may say belongs to some wire message.
fn speakers(plan: &Plan, mistakes: &mut Mistakes) {
    for role in ["system", "user", "assistant"] {
        for kind in kinds_of(role) {
            let taken = plan.messages.iter().any(|entry| entry.hears(role) && entry.kinds.contains(kind));
            if !taken && !part_variant(kind).is_some_and(|variant| variant.derived) {
                let name = if role == "system" { "system".to_owned() } else { format!("{role}.{kind}") };
                let name = if *kind == "tool_result" { "tool_result".to_owned() } else { name };
                let message = format!("`messages` does not say where the {role}'s `{kind}` goes");
                let help =
                    format!("write a message with `of: \"{name}\"`, or add \"{name}\" to the `of` of another one");
                mistakes.push(
                    Diagnostic::error("S030", &plan.origin, message).label("not in the `of` of any message").help(help),
                );
            }
        }
    }
}

/// No request goes without the conversation, and no stream without its end and its errors, whatever is dropped.
fn always(plan: &Plan, mistakes: &mut Mistakes) {
    if let Some(request) = plan.spelling("Request") {
        let mut converses = false;
        for pattern in request.patterns() {
            pattern.written_holes(&mut |hole| converses |= hole.field.name == "messages");
        }
        if !converses {
            let error = Diagnostic::error("S030", &opening(&request.origin), "`request` has no `$messages`");
            mistakes.push(error.label("incomplete").help("place the conversation: `messages: \"$messages\"`"));
        }
    }
    let Some(steps) = plan.spelling("Step") else { return };
    for name in ["finish", "error"].into_iter().filter(|name| steps.variant(name).is_none()) {
        let message = format!("`stream.steps` has no `{name}`");
        let help = format!("add `{name}: {{ … }}` as the vendor documents it: every stream has one");
        mistakes.push(Diagnostic::error("S030", &opening(&steps.origin), message).label("incomplete").help(help));
    }
}
