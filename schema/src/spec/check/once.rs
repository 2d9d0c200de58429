//! Each accounted once: what is given up has no place, and what is named exists.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::plan::Plan,
};

use super::{
    ledger::{Feature, Ledger, State, ledgers},
    quoted,
};

/// No feature is accounted twice (`S031`), and no fate names nothing (`S032`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for ledger in ledgers(plan) {
        unknown(&ledger, mistakes);
        for feature in &ledger.features {
            twice(&ledger, feature, mistakes);
        }
    }
}

fn unknown(ledger: &Ledger<'_>, mistakes: &mut Mistakes) {
    let given_up = ledger.given_up().map(|(name, origin)| (name, origin));
    for (name, origin) in given_up.chain(ledger.fates.degrades.iter().map(|(from, _, origin)| (from, origin))) {
        if ledger.features.iter().all(|feature| !ledger.means(name, feature)) {
            let valid = ledger.features.iter().map(|feature| feature.name.as_str());
            let message = format!("`{}` has no `{name}` to account for", ledger.owner);
            mistakes.push(Diagnostic::error("S032", origin, message).label("names nothing").nearest(name, valid));
        }
    }
}

fn twice(ledger: &Ledger<'_>, feature: &Feature, mistakes: &mut Mistakes) {
    let mut given_up = ledger.given_up().filter(|(name, _)| ledger.means(name, feature));
    let Some((name, origin)) = given_up.next() else { return };
    let mut error = |origin: &Origin, label: String, help: String| {
        let message = format!("`{}` of `{}` is accounted for twice", feature.name, ledger.owner);
        mistakes.push(Diagnostic::error("S031", origin, message).label(label).help(help));
    };
    match feature.state {
        State::Placed => error(origin, "given up here, and yet it has a place".into(), keep_one(ledger, feature, name)),
        State::Elsewhere(whither) => {
            error(origin, format!("given up here, and yet it is {whither}"), "take it out of this list".into());
        }
        State::Partly | State::Open | State::Free => {}
    }
    if let Some((_, again)) = given_up.next() {
        error(again, "given up here again".into(), "once is enough: take it out of this list".into());
    }
}

fn keep_one(ledger: &Ledger<'_>, feature: &Feature, name: &str) -> String {
    if name == feature.name {
        return "take it out of this list, or its place out of the exemplar".into();
    }
    let others = ledger.features.iter().filter(|other| other.state == State::Open && ledger.means(name, other));
    let others: Vec<&str> = others.map(|other| other.name.as_str()).collect();
    match others.is_empty() {
        true => format!("`{name}` means `{}`: take it out of this list", feature.name),
        false => format!("`{name}` means that of all variants: name only those without a place, {}", quoted(others)),
    }
}
