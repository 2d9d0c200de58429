//! The laws of specs, a file each: what everything behind this stage may rely on.

mod address;
mod alike;
mod degrade;
mod ledger;
mod once;
mod place;
mod reach;
mod required;
mod spill;
mod stream;
mod text;
mod total;

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    model::vocabulary::Type,
};

use super::plan::{Form, Pattern, Plan, SpelledVariant};

/// A law: adds a mistake for each breach.
type Law = fn(&Plan, &mut Mistakes);

/// The laws, in the order of their codes.
const LAWS: [Law; 11] = [
    total::check,
    once::check,
    degrade::check,
    spill::check,
    alike::check,
    reach::check,
    place::check,
    required::check,
    stream::check,
    text::check,
    address::check,
];

/// Holds a plan against all laws (`S030` to `S043`).
pub fn check(plan: &Plan) -> Result<(), Vec<Diagnostic>> {
    let mut mistakes = Mistakes::default();
    LAWS.iter().for_each(|law| law(plan, &mut mistakes));
    mistakes.unless_any(()).map_err(|found| found.into_iter().map(|mistake| told_by(plan, mistake)).collect())
}

/// A mistake in what a provider inherits says which provider it shows in.
fn told_by(plan: &Plan, mistake: Diagnostic) -> Diagnostic {
    if mistake.origin.source == plan.origin.source {
        return mistake;
    }
    let label = format!("{}; `{}` inherits this", mistake.label, plan.name);
    let advice = mistake.help.clone().unwrap_or_default();
    let help = format!("{advice} (in `{}`: what it writes itself replaces what it inherits)", plan.name);
    mistake.label(label).help(help)
}

/// What a type is called in a spec: the path of its section.
fn section(ty: &Type) -> String {
    match ty.name {
        "Request" => "request".into(),
        "Response" => "response".into(),
        "ApiError" => "error".into(),
        "Step" => "stream.steps".into(),
        name => format!("types.{name}"),
    }
}

/// The opening line of a place that spans several, so that no message underlines half a file.
fn opening(origin: &Origin) -> Origin {
    let text = &origin.source.text;
    if !origin.written().contains('\n') {
        return origin.clone();
    }
    let line = text.get(..origin.range.start).map_or(0, |before| before.rfind('\n').map_or(0, |newline| newline + 1));
    let blank = text.get(line..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    Origin { source: origin.source.clone(), range: line + blank..origin.range.start + 1 }
}

/// All exemplars of a spec with their places: those of types, and those of wire messages.
fn exemplars(plan: &Plan) -> Vec<(&Pattern, &Origin)> {
    let mut found = Vec::new();
    for spelling in &plan.types {
        match &spelling.form {
            Form::Words(_) => {}
            Form::Record(pattern) => found.push((pattern, &spelling.origin)),
            Form::Union(variants) => {
                let all = |spelled| SpelledVariant::read(spelled).map(move |pattern| (pattern, &spelled.origin));
                found.extend(variants.iter().flat_map(all));
            }
        }
    }
    for entry in &plan.messages {
        found.extend(std::iter::once(&entry.pattern).chain(&entry.also).map(|pattern| (pattern, &entry.origin)));
    }
    found
}

/// Names in backticks, joined by commas.
fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
