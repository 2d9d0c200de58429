//! A provider's word goes before what it inherits: what it drops or degrades by name loses the place that the dialect
//! gave it, and what it places is no longer dropped.

use std::sync::Arc;

use crate::{
    document::{Entry, Node, Source, Value},
    model::vocabulary::{Kind, type_named},
    spec::lower::types::RECORD_SECTIONS,
};

/// The directives that give a feature up.
const GIVING_UP: [&str; 3] = ["$drops", "$implies", "$degrades"];

/// Resolves what a provider's own file says against what it inherits.
pub(super) fn settle(tree: &mut Node, own: &Arc<Source>) {
    let kinds = tree.get("types").and_then(|types| types.get("Part")).map(|part| given_up(part, own));
    let kinds = kinds.unwrap_or_default();
    for entry in entries_mut(tree) {
        match entry.key.as_str() {
            "types" => {
                for ty in entries_mut(&mut entry.node) {
                    match type_named(&ty.key).map(|ty| &ty.kind) {
                        Some(Kind::Record(_)) => record(&mut ty.node, own),
                        _ => cases(&mut ty.node, own),
                    }
                    if ty.key == "Part" {
                        narrow(&mut ty.node, own, &kinds);
                    }
                }
            }
            "messages" => {
                entries_mut(&mut entry.node).iter_mut().for_each(|entry| message(&mut entry.node, own, &kinds))
            }
            "stream" => {
                let steps = entries_mut(&mut entry.node).iter_mut().filter(|entry| entry.key == "steps");
                steps.for_each(|steps| cases(&mut steps.node, own));
            }
            section if section == "response" || RECORD_SECTIONS.iter().any(|(record, _)| *record == section) => {
                record(&mut entry.node, own);
            }
            _ => {}
        }
    }
}

/// Words, variants and steps have places by their names.
fn cases(node: &mut Node, own: &Arc<Source>) {
    let dropped = given_up(node, own);
    let placed: Vec<String> = node.entries().iter().filter(|entry| is_own(entry, own)).map(|e| e.key.clone()).collect();
    if let Value::Object(entries) = &mut node.value {
        entries.retain(|entry| is_own(entry, own) || !dropped.contains(&entry.key));
    }
    take_back(node, own, &placed);
}

/// Fields have places where holes name them.
fn record(node: &mut Node, own: &Arc<Source>) {
    let dropped = given_up(node, own);
    let mut placed = Vec::new();
    holes(node, &mut |text, node| placed.extend((node.origin.source == *own).then(|| text.to_owned())));
    without(node, &mut |text, node| {
        let keeps = node.origin.source == *own || !dropped.iter().any(|name| name == text);
        keeps.then(|| node.clone())
    });
    take_back(node, own, &placed);
}

/// Kinds of parts have places where holes name them; those that `types.Part` gives up have none in any message.
fn message(node: &mut Node, own: &Arc<Source>, kinds: &[String]) {
    let (mut dropped, mut placed) = (given_up(node, own), Vec::new());
    dropped.extend(kinds.iter().cloned());
    holes(node, &mut |name, node| {
        if node.origin.source == *own {
            let parts = node.text().and_then(listed).into_iter().flat_map(|(_, kinds, _)| kinds);
            placed.extend(parts.chain([name]).map(str::to_owned));
        }
    });
    narrow(node, own, &dropped);
    take_back(node, own, &placed);
    dropped.extend(placed);
    for spills in entries_mut(node).iter_mut().filter(|entry| entry.key == "$spills") {
        for target in entries_mut(&mut spills.node) {
            if let (Value::List(kinds), true) = (&mut target.node.value, target.node.origin.source != *own) {
                kinds.retain(|kind| kind.text().is_none_or(|kind| !dropped.iter().any(|dropped| dropped == kind)));
            }
        }
        if let Value::Object(targets) = &mut spills.node.value {
            targets.retain(|target| !matches!(&target.node.value, Value::List(kinds) if kinds.is_empty()));
        }
    }
    if let Value::Object(entries) = &mut node.value {
        entries.retain(|entry| entry.key != "$spills" || !entry.node.entries().is_empty());
    }
}

/// Takes inherited holes for some values and kinds of parts away.
fn narrow(node: &mut Node, own: &Arc<Source>, dropped: &[String]) {
    without(node, &mut |name, node| match node.origin.source == *own {
        true => Some(node.clone()),
        false if dropped.iter().any(|dropped| dropped == name) => None,
        false => narrowed(node, dropped),
    });
}

/// A hole for parts without some kinds; none if no kind is left.
fn narrowed(node: &Node, dropped: &[String]) -> Option<Node> {
    let Some((before, mut kinds, after)) = node.text().and_then(listed) else { return Some(node.clone()) };
    kinds.retain(|kind| dropped.iter().all(|dropped| dropped != kind));
    let text = format!("{before}({}){after}", kinds.join(", "));
    (!kinds.is_empty()).then(|| Node { value: Value::Text(text), origin: node.origin.clone() })
}

/// The kinds that a hole for parts lists, and what stands around them.
fn listed(text: &str) -> Option<(&str, Vec<&str>, &str)> {
    let (before, rest) = text.split_once('(').filter(|_| text.starts_with('$'))?;
    let (kinds, after) = rest.split_once(')')?;
    Some((before, kinds.split(',').map(str::trim).collect(), after))
}

/// The names that the provider's own file gives up at a place.
fn given_up(node: &Node, own: &Arc<Source>) -> Vec<String> {
    let mut found = Vec::new();
    for fate in node.entries().iter().filter(|entry| GIVING_UP.contains(&entry.key.as_str())) {
        found.extend(fate.node.entries().iter().filter(|entry| is_own(entry, own)).map(|entry| entry.key.clone()));
        let texts = std::iter::once(&fate.node).chain(fate.node.elements());
        found.extend(texts.filter(|node| node.origin.source == *own).filter_map(Node::text).map(str::to_owned));
    }
    found
}

/// Inherited fates of what the provider places are void.
fn take_back(node: &mut Node, own: &Arc<Source>, placed: &[String]) {
    for fate in entries_mut(node).iter_mut().filter(|entry| GIVING_UP.contains(&entry.key.as_str())) {
        match &mut fate.node.value {
            Value::Object(names) => names.retain(|name| is_own(name, own) || !placed.contains(&name.key)),
            Value::List(names) => names.retain(|node| {
                node.origin.source == *own || node.text().is_none_or(|name| placed.iter().all(|placed| placed != name))
            }),
            _ => {}
        }
    }
}

/// Calls `each` for all holes with their names, outside of directives but `$also` and `$spread`.
fn holes<'n>(node: &'n Node, each: &mut impl FnMut(&str, &'n Node)) {
    if let Some(name) = node.text().and_then(hole_name) {
        each(name, node);
    }
    node.elements().iter().for_each(|node| holes(node, each));
    node.entries().iter().filter(|entry| holds_exemplars(&entry.key)).for_each(|entry| holes(&entry.node, each));
}

/// Replaces all holes by what `each` makes of them. Where nothing is left of an object or a list, it goes too.
fn without(node: &mut Node, each: &mut impl FnMut(&str, &Node) -> Option<Node>) -> bool {
    if let Some(name) = node.text().and_then(hole_name).map(str::to_owned) {
        return match each(&name, node) {
            Some(kept) => {
                *node = kept;
                true
            }
            None => false,
        };
    }
    match &mut node.value {
        Value::List(nodes) if !nodes.is_empty() => {
            nodes.retain_mut(|node| without(node, each));
            !nodes.is_empty()
        }
        Value::Object(entries) if !entries.is_empty() => {
            entries.retain_mut(|entry| !holds_exemplars(&entry.key) || without(&mut entry.node, each));
            !entries.is_empty()
        }
        _ => true,
    }
}

fn holds_exemplars(key: &str) -> bool {
    !key.starts_with('$') || key == "$also" || key == "$spread"
}

/// The name of the value that a text is a hole for.
fn hole_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$').filter(|rest| !rest.starts_with('$'))?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    Some(&name[..end])
}

fn is_own(entry: &Entry, own: &Arc<Source>) -> bool {
    entry.at.source == *own
}

fn entries_mut(node: &mut Node) -> &mut [Entry] {
    match &mut node.value {
        Value::Object(entries) => entries,
        _ => &mut [],
    }
}
