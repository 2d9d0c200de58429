//! What a plan makes of one feature.

use crate::spec::plan::{Codec, Entry, Fates, Form, Group, Hole, Pattern, Plan};

use super::Cell;

/// A field of a record that stands at one place of a spec.
pub(super) fn of_record(plan: &Plan, ty: &str, field: &str) -> Cell {
    of_spelled_record(plan, ty, field).unwrap_or(Cell::Dropped)
}

/// A field of a record; none if the plan does not spell the record.
pub(super) fn of_spelled_record(plan: &Plan, ty: &str, field: &str) -> Option<Cell> {
    let spelling = plan.spelling(ty)?;
    let Form::Record(pattern) = &spelling.form else { return None };
    Some(placed(pattern, field).unwrap_or_else(|| fate([&spelling.fates], &[field])))
}

/// A word or a variant; none if the plan does not spell the type.
pub(super) fn of_member(plan: &Plan, ty: &str, name: &str) -> Option<Cell> {
    let spelling = plan.spelling(ty)?;
    let spelled = match &spelling.form {
        Form::Words(words) => words.iter().any(|(word, _)| *word == name),
        _ => spelling.variant(name).is_some(),
    };
    Some(if spelled { Cell::Kept } else { fate([&spelling.fates], &[name]) })
}

/// A field of a variant; none if the plan does not spell the variant.
pub(super) fn of_variant(plan: &Plan, ty: &str, variant: &str, field: &str) -> Option<Cell> {
    let spelling = plan.spelling(ty)?;
    let pattern = &spelling.variant(variant)?.pattern;
    let qualified = format!("{variant}.{field}");
    Some(placed(pattern, field).unwrap_or_else(|| fate([&spelling.fates], &[&qualified, field])))
}

/// A mode or an effort of reasoning: where only another view of reasoning is spelled, it becomes that.
pub(super) fn of_reasoning(plan: &Plan, ty: &str, name: &str) -> Option<Cell> {
    let cell = of_member(plan, ty, name);
    let Form::Record(request) = &plan.spelling("Request")?.form else { return cell };
    let view = || request.holes().into_iter().find_map(|hole| hole.inner.filter(|_| hole.field.name == "reasoning"));
    cell.or_else(|| view().map(|view| Cell::Degraded(view.name.trim_start_matches("as_").to_owned())))
}

/// A kind of part where one speaks; the role `tool_result` means the parts in a tool's result.
pub(super) fn of_kind(plan: &Plan, role: &str, kind: &str) -> Cell {
    let part = plan.spelling("Part");
    let cells = places(plan, role, kind).into_iter().map(|place| {
        let placed: Vec<&str> = place.holes.iter().flat_map(|hole| plan.own_kinds(hole, role)).collect();
        let spilled = || place.fates?.spills.iter().find(|(_, kinds, _)| kinds.iter().any(|spilled| spilled == kind));
        let degraded = || {
            let mut degrades = part?.fates.degrades.iter();
            degrades.find(|(from, to, _)| from == kind && placed.contains(&to.as_str())).map(|(_, to, _)| to.clone())
        };
        if place.whole || placed.contains(&kind) {
            Cell::Kept
        } else if let Some((to, ..)) = spilled() {
            Cell::Spilled(to.clone())
        } else if let Some(to) = degraded() {
            Cell::Degraded(to)
        } else {
            fate(place.fates, &[kind])
        }
    });
    cells.min().unwrap_or(Cell::Dropped)
}

/// A field of a kind of part; none if the plan has no place for the kind.
pub(super) fn of_part(plan: &Plan, kind: &str, field: &str) -> Option<Cell> {
    let part = plan.spelling("Part")?;
    let own = single_entries(plan, kind);
    let joined = plan.messages.iter().flat_map(|entry| entry.pattern.holes());
    let joined = joined.filter(|hole| hole.codec.is_some_and(Codec::joins)).any(|hole| hole.kinds.contains(&kind));
    let mut patterns = part
        .variant(kind)
        .map(|variant| &variant.pattern)
        .into_iter()
        .chain(own.map(|entry| &entry.pattern))
        .peekable();
    if patterns.peek().is_none() && !joined {
        return None;
    }
    if joined && field == "text" {
        return Some(Cell::Kept);
    }
    let fates = plan.messages.iter().map(|entry| &entry.fates).chain([&part.fates]);
    let qualified = format!("{kind}.{field}");
    patterns.find_map(|pattern| placed(pattern, field)).or_else(|| Some(fate(fates, &[&qualified, field])))
}

/// Where parts of a kind may stand.
struct Place<'p> {
    /// Whether the kind has wire messages of its own.
    whole: bool,
    holes: Vec<&'p Hole>,
    fates: Option<&'p Fates>,
}

fn places<'p>(plan: &'p Plan, role: &str, kind: &str) -> Vec<Place<'p>> {
    let parts = |pattern: &'p Pattern| pattern.holes().into_iter().filter(|hole| hole.field.name == "parts").collect();
    if role == "tool_result" {
        let own = single_entries(plan, role).map(|entry| (&entry.pattern, Some(&entry.fates)));
        let part = plan.spelling("Part").and_then(|part| Some((&part.variant(role)?.pattern, Some(&part.fates))));
        return own.chain(part).map(|(pattern, fates)| Place { whole: false, holes: parts(pattern), fates }).collect();
    }
    let entries = plan.messages.iter().filter(|entry| entry.hears(role) && entry.kinds.contains(&kind));
    let mut places: Vec<_> = entries
        .map(|entry| Place { whole: is_single(entry, kind), holes: parts(&entry.pattern), fates: Some(&entry.fates) })
        .collect();
    if let (Some(Form::Record(request)), "system") = (plan.spelling("Request").map(|request| &request.form), role) {
        let holes = request.holes().into_iter().filter(|hole| hole.field.name == role).collect();
        places.push(Place { whole: false, holes, fates: None });
    }
    places
}

/// The wire messages that are one part of a kind each.
fn single_entries<'p>(plan: &'p Plan, kind: &str) -> impl Iterator<Item = &'p Entry> {
    plan.messages.iter().filter(move |entry| is_single(entry, kind))
}

fn is_single(entry: &Entry, kind: &str) -> bool {
    entry.group == Group::Each && entry.kinds == [kind]
}

/// Kept, if an exemplar has a hole for the field or for a view that contains it, as `uncached_input` does `input`.
fn placed(pattern: &Pattern, field: &str) -> Option<Cell> {
    let is_view =
        |hole: &Hole| hole.field.view && hole.field.name.strip_suffix(field).is_some_and(|rest| rest.ends_with('_'));
    pattern.holes().into_iter().any(|hole| hole.field.name == field || is_view(hole)).then_some(Cell::Kept)
}

/// What is said to become of something without a place, by any of its names; if nothing is said, it is lost.
fn fate<'f>(fates: impl IntoIterator<Item = &'f Fates>, names: &[&str]) -> Cell {
    let cells = fates.into_iter().flat_map(|fates| {
        let degraded = fates.degrades.iter().filter(|(from, ..)| names.contains(&from.as_str()));
        let implied = fates.implies.iter().filter(|(name, _)| names.contains(&name.as_str()));
        degraded.map(|(_, to, _)| Cell::Degraded(to.clone())).chain(implied.map(|_| Cell::Implied))
    });
    cells.min().unwrap_or(Cell::Dropped)
}
