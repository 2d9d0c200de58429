//! A resolved spec as text for people: JSON5 in which every line says where it is from.

use std::{path::Path, sync::Arc};

use crate::document::{Entry, Node, Origin, Source, Value};

use super::{lower::SECTIONS, resolve::Resolved};

/// What fits into so many columns, and is from one file, stands on one line.
const WIDTH: usize = 100;

/// A line, and where what begins on it is from.
struct Line {
    text: String,
    origin: Option<Origin>,
}

/// All of a spec, each line with a comment on its origin if `origins`.
pub fn show(spec: &Resolved, origins: bool) -> String {
    let lines = lines(&in_order(&spec.tree));
    let files = files(&spec.tree);
    let column =
        lines.iter().map(|line| line.text.chars().count()).filter(|length| *length <= WIDTH).max().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        match line.origin.filter(|_| origins) {
            Some(origin) => text += &format!("{:column$}  // {}\n", line.text, place(&origin, &files)),
            None => text += &format!("{}\n", line.text),
        }
    }
    text
}

/// A value on one line, or on several if it is long.
pub fn value(node: &Node) -> Vec<String> {
    lines(node).into_iter().map(|line| line.text).collect()
}

/// A value on one line.
pub fn inline(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => quoted(text),
        Value::List(nodes) => format!("[{}]", nodes.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) if entries.is_empty() => "{}".into(),
        Value::Object(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|entry| format!("{}: {}", key(&entry.key), inline(&entry.node))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn lines(node: &Node) -> Vec<Line> {
    let mut lines = Vec::new();
    block(node, "", 0, "", &mut lines);
    lines
}

/// Adds the lines of a value, `before` and `after` what stands around it.
fn block(node: &Node, before: &str, depth: usize, after: &str, lines: &mut Vec<Line>) {
    let indent = "  ".repeat(depth);
    let short = format!("{indent}{before}{}{after}", inline(node));
    let (open, close) = match &node.value {
        Value::List(nodes) if !nodes.is_empty() => ("[", "]"),
        Value::Object(entries) if !entries.is_empty() => ("{", "}"),
        _ => return lines.push(Line { text: short, origin: Some(node.origin.clone()) }),
    };
    if short.chars().count() <= WIDTH && is_from(node, &node.origin.source) {
        return lines.push(Line { text: short, origin: Some(node.origin.clone()) });
    }
    lines.push(Line { text: format!("{indent}{before}{open}"), origin: Some(node.origin.clone()) });
    node.elements().iter().for_each(|element| block(element, "", depth + 1, ",", lines));
    for Entry { key: name, node, .. } in node.entries() {
        block(node, &format!("{}: ", key(name)), depth + 1, ",", lines);
    }
    lines.push(Line { text: format!("{indent}{close}{after}"), origin: None });
}

/// Whether all of a value is from one file.
fn is_from(node: &Node, source: &Arc<Source>) -> bool {
    let inner = node.elements().iter().chain(node.entries().iter().map(|entry| &entry.node));
    node.origin.source == *source && inner.into_iter().all(|node| is_from(node, source))
}

/// The sections in the order in which a spec is written.
fn in_order(tree: &Node) -> Node {
    let mut entries = tree.entries().to_vec();
    entries.sort_by_key(|entry| SECTIONS.iter().position(|(name, _)| *name == entry.key).unwrap_or(SECTIONS.len()));
    Node { value: Value::Object(entries), origin: tree.origin.clone() }
}

/// All files that a tree is from.
fn files(node: &Node) -> Vec<Arc<Source>> {
    let mut found = vec![node.origin.source.clone()];
    for inner in node.elements().iter().chain(node.entries().iter().map(|entry| &entry.node)) {
        for source in files(inner) {
            if !found.contains(&source) {
                found.push(source);
            }
        }
    }
    found
}

/// `file:line`, without the folder where the file's name says which is meant.
fn place(origin: &Origin, files: &[Arc<Source>]) -> String {
    let name = |source: &Source| Path::new(&source.path).file_name().map(|name| name.to_string_lossy().into_owned());
    let own = name(&origin.source);
    match own {
        Some(own) if files.iter().filter(|file| name(file).as_ref() == Some(&own)).count() == 1 => {
            format!("{own}:{}", origin.line_column().0)
        }
        _ => origin.file_line(),
    }
}

fn key(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    match name.chars().all(is_plain) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() {
        true => name.to_owned(),
        false => quoted(name),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
