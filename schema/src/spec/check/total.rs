//! Total or refused: a spec that is silent about a feature does not compile.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::plan::{Plan, kinds_of},
};

use super::{
    ledger::{Feature, Ledger, State, ledgers},
    opening, quoted,
};

/// Every feature is placed, degraded, spilled, implied or dropped by name, and every speaker is heard (`S030`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for ledger in ledgers(plan) {
        let open = |feature: &&Feature| feature.state == State::Open && !ledger.gives_up(feature);
        let silent: Vec<&str> = ledger.features.iter().filter(open).map(|feature| feature.name.as_str()).collect();
        if !silent.is_empty() {
            mistakes.push(missing(&ledger, &silent));
        }
    }
    speakers(plan, mistakes);
    always(plan, mistakes);
}

fn missing(ledger: &Ledger<'_>, silent: &[&str]) -> Diagnostic {
    let message = format!("`{}` does not say what becomes of {}", ledger.owner, quoted(silent.iter().copied()));
    let dropped = ledger.fates.drops.iter().map(|(name, _)| name.as_str());
    let all: Vec<String> = dropped.chain(silent.iter().copied()).map(|name| format!("\"{name}\"")).collect();
    let (it, has) = if silent.len() == 1 { ("it", "has") } else { ("each", "have") };
    let help =
        format!("give {it} a place{}, or say that it is lost: `$drops: [{}]`", place(ledger, silent), all.join(", "));
    Diagnostic::error("S030", &opening(ledger.origin), message)
        .label(format!("{} {has} no place here", quoted(silent.iter().copied())))
        .help(help)
}

/// How the first of the silent features could be placed.
fn place(ledger: &Ledger<'_>, silent: &[&str]) -> String {
    let Some(first) = silent.first() else { return String::new() };
    let name = first.rsplit('.').next().unwrap_or(first);
    match ledger.owner.split_once('.') {
        Some(("messages", _)) if !first.contains('.') => format!(", such as `$parts({name})`"),
        Some(("messages", _)) => String::new(),
        Some(("types", _)) if !first.contains('.') => format!(", such as `{name}: …`"),
        Some(("stream", _)) if !first.contains('.') => format!(", such as `{name}: {{ … }}`"),
        _ if kinds_of("assistant").contains(&name) && ledger.owner == "response" => {
            format!(", such as `$parts({name})`")
        }
        _ => format!(" with `${name}`"),
    }
}

/// Each kind of part that someone may say belongs to some wire message.
fn speakers(plan: &Plan, mistakes: &mut Mistakes) {
    for role in ["system", "user", "assistant"] {
        for kind in kinds_of(role) {
            let taken = plan.messages.iter().any(|entry| entry.role == role && entry.kinds.contains(kind));
            if !taken {
                let name = if role == "system" { "system".to_owned() } else { format!("{role}.{kind}") };
                let name = if *kind == "tool_result" { "tool_result".to_owned() } else { name };
                let origin = messages_origin(plan);
                let message = format!("`messages` does not say where the {role}'s `{kind}` goes");
                let help =
                    format!("write a message with `of: \"{name}\"`, or add \"{name}\" to the `of` of another one");
                mistakes
                    .push(Diagnostic::error("S030", origin, message).label("no message has it in its `of`").help(help));
            }
        }
    }
}

fn messages_origin(plan: &Plan) -> &Origin {
    plan.messages.first().map_or(&plan.origin, |entry| &entry.origin)
}

/// No stream goes without its end and its errors, whatever it drops.
fn always(plan: &Plan, mistakes: &mut Mistakes) {
    let Some(steps) = plan.spelling("Step") else { return };
    for name in ["finish", "error"].into_iter().filter(|name| steps.variant(name).is_none()) {
        let message = format!("`stream.steps` has no `{name}`");
        let help = format!("add `{name}: {{ … }}` as the vendor documents it: every stream has one");
        mistakes.push(Diagnostic::error("S030", &opening(&steps.origin), message).label("incomplete").help(help));
    }
}
