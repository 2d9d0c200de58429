//! From files to one tree a spec: `extends` is a merge patch (RFC 7386), and every node keeps the file that it is from.

use std::sync::Arc;

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::{self, Entry, Node, Source, Value},
};

/// A spec with everything that it inherits.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// The dialect that it is or extends.
    pub dialect: String,
    /// Whether it is a provider, else a dialect.
    pub is_provider: bool,
    /// All of it.
    pub tree: Node,
}

/// Reads and resolves all specs, dialects first (`S001` to `S006`).
pub fn resolve(sources: &[Arc<Source>]) -> Result<Vec<Resolved>, Vec<Diagnostic>> {
    let mut mistakes = Mistakes::default();
    let (mut dialects, mut patches): (Vec<Resolved>, Vec<(String, Node)>) = (Vec::new(), Vec::new());
    for source in sources {
        let tree = match document::parse(source) {
            Ok(tree) => tree,
            Err(errors) => {
                errors.into_iter().for_each(|error| mistakes.push(error));
                continue;
            }
        };
        let is_provider = tree.get("provider").is_some();
        let known = |name: &str| match is_provider {
            true => patches.iter().any(|(other, _)| other == name),
            false => dialects.iter().any(|dialect| dialect.name == name),
        };
        match name(&tree, source, known) {
            Ok((name, false)) => {
                dialects.push(Resolved { dialect: name.clone(), name, is_provider: false, tree });
            }
            Ok((name, true)) => patches.push((name, tree)),
            Err(error) => mistakes.push(*error),
        }
    }
    let mut providers = Vec::new();
    for (name, patch) in patches {
        match parent(&name, &patch, &dialects) {
            Ok(parent) => {
                let tree = merge(&without_identity(&parent.tree), &patch);
                providers.push(Resolved { name, dialect: parent.name.clone(), is_provider: true, tree });
            }
            Err(error) => mistakes.push(*error),
        }
    }
    dialects.extend(providers);
    mistakes.unless_any(dialects)
}

fn name(tree: &Node, source: &Source, known: impl Fn(&str) -> bool) -> Result<(String, bool), Box<Diagnostic>> {
    let keys = tree.entries().iter().find(|entry| entry.key == "dialect" || entry.key == "provider");
    let Some((entry, name)) = keys.and_then(|entry| Some((entry, entry.node.text()?.to_owned()))) else {
        let origin = tree.entries().first().map_or(&tree.origin, |entry| &entry.at);
        let error = Diagnostic::error("S001", origin, "the spec does not say what it is").label("the spec begins here");
        return Err(Box::new(error.help("begin with `dialect: \"name\"` or `provider: \"name\"`")));
    };
    let stem = std::path::Path::new(&source.path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if stem != name || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        let error = Diagnostic::error("S002", &entry.node.origin, format!("`{name}` is not the name of the file"));
        let help = "file and spec have one name, of lower-case letters, digits and hyphens";
        return Err(Box::new(error.label(format!("the file is {stem}.json5")).help(help)));
    }
    if known(&name) {
        let error = Diagnostic::error("S003", &entry.node.origin, format!("a second {} is named `{name}`", entry.key));
        return Err(Box::new(error.label("this name is taken").help("rename the file and the spec")));
    }
    Ok((name, entry.key == "provider"))
}

fn parent<'d>(name: &str, patch: &Node, dialects: &'d [Resolved]) -> Result<&'d Resolved, Box<Diagnostic>> {
    let names = || dialects.iter().map(|dialect| dialect.name.as_str());
    let Some(extends) = patch.get("extends") else {
        let origin = patch.entries().iter().find(|entry| entry.key == "provider").map_or(&patch.origin, |e| &e.at);
        let message = format!("the provider `{name}` does not say which dialect it speaks");
        let help = format!("add `extends:` with one of {}", names().collect::<Vec<_>>().join(", "));
        return Err(Box::new(Diagnostic::error("S004", origin, message).label("no `extends`").help(help)));
    };
    let wanted = extends.text().unwrap_or_default();
    dialects.iter().find(|dialect| dialect.name == wanted).ok_or_else(|| {
        let message = format!("there is no dialect `{wanted}`");
        Box::new(Diagnostic::error("S005", &extends.origin, message).label("not a dialect").nearest(wanted, names()))
    })
}

/// A dialect's tree as a provider inherits it: its own name and its face stay behind.
fn without_identity(tree: &Node) -> Node {
    let own = ["dialect", "$schema"];
    let kept = tree.entries().iter().filter(|entry| !own.contains(&entry.key.as_str())).cloned();
    let mut kept: Vec<Entry> = kept.collect();
    for entry in kept.iter_mut().filter(|entry| entry.key == "http") {
        if let Value::Object(http) = &mut entry.node.value {
            http.retain(|entry| !["serve", "count", "models", "ignores"].contains(&entry.key.as_str()));
        }
    }
    Node { value: Value::Object(kept), origin: tree.origin.clone() }
}

/// RFC 7386: objects merge key by key, null removes, anything else replaces.
fn merge(base: &Node, patch: &Node) -> Node {
    let (Value::Object(old), Value::Object(new)) = (&base.value, &patch.value) else {
        return patch.clone();
    };
    let mut merged = old.clone();
    for entry in new {
        let position = merged.iter().position(|old| old.key == entry.key);
        match (position, &entry.node.value) {
            (Some(position), Value::Null) => {
                merged.remove(position);
            }
            (Some(position), _) => {
                merged[position].node = merge(&merged[position].node, &entry.node);
                merged[position].at = entry.at.clone();
            }
            (None, Value::Null) => {}
            (None, _) => {
                let empty = Node { value: Value::Object(Vec::new()), origin: entry.node.origin.clone() };
                let node = if matches!(entry.node.value, Value::Object(_)) {
                    merge(&empty, &entry.node)
                } else {
                    entry.node.clone()
                };
                merged.push(Entry { key: entry.key.clone(), at: entry.at.clone(), node });
            }
        }
    }
    Node { value: Value::Object(merged), origin: patch.origin.clone() }
}
