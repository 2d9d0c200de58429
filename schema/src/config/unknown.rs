//! Keys that have no meaning here. claude-code-router's files may have any, so that they are no errors there.

use serde_json::{Map, Value as Json};

use super::{
    tell::{given, warning},
    validate::SCHEMA,
};
use crate::{
    diagnostic::{Diagnostic, nearest},
    document::{Entry, Node, Value},
};

/// Tells of the keys that are not read, and of those that have no effect.
pub(super) fn tell(root: &Node, told: &mut Vec<Diagnostic>) {
    for entry in unknown(root, "") {
        if let Some(mistake) = at_the_top(entry) {
            told.push(mistake);
        }
    }
    let router = given(root, "Router");
    let shows = |node: &Node| given(node, "image").is_some();
    let is_seen = router.is_some_and(|router| shows(router) || given(router, "routes").is_some_and(shows));
    if let Some(entry) = root.entries().iter().find(|entry| entry.key == "forceUseImageAgent")
        && matches!(entry.node.value, Value::Bool(true))
        && !is_seen
    {
        let mistake = warning("C101", &entry.at, "`forceUseImageAgent` has no effect without `Router.image`");
        told.push(mistake.label("asks nobody").help("name a model that sees as `Router.image`"));
    }
    for transformer in given(root, "transformers").map(Node::elements).unwrap_or_default() {
        if let Some(entry) = transformer.entries().iter().find(|entry| entry.key == "path") {
            let mistake = warning("C101", &entry.at, "a transformer in JavaScript has no effect");
            let help = "write a provider spec in its place: `wireloom spec check my-provider.json5` helps";
            told.push(mistake.label("is ignored").help(help));
        }
    }
    let lists = ["Providers", "providers"].into_iter().filter_map(|key| given(root, key));
    for provider in lists.flat_map(Node::elements) {
        told.extend(unknown(provider, "ProviderConfig").map(|entry| of("C103", entry, "a provider", "ProviderConfig")));
    }
    if let Some(router) = router {
        let routes = std::iter::once(router).chain(given(router, "routes"));
        let unknown = routes.flat_map(|node| unknown(node, "RouterConfig"));
        told.extend(unknown.map(|entry| of("C104", entry, "`Router`", "RouterConfig")));
    }
    if let Some(fallback) = given(root, "fallback") {
        let unknown = unknown(fallback, "FallbackConfig");
        told.extend(unknown.map(|entry| of("C104", entry, "`fallback`", "FallbackConfig")));
    }
}

/// The entries of a node that its schema does not have, but for those that are null.
fn unknown<'n>(node: &'n Node, definition: &str) -> impl Iterator<Item = &'n Entry> + use<'n> {
    let properties = properties(definition);
    let known = move |key: &str| properties.is_some_and(|properties| properties.contains_key(key));
    let given = node.entries().iter().filter(|entry| !matches!(entry.node.value, Value::Null));
    given.filter(move |entry| !known(&entry.key))
}

/// The properties of a definition of the schema; those at the top for no name.
fn properties(definition: &str) -> Option<&'static Map<String, Json>> {
    let schema = if definition.is_empty() { Some(&*SCHEMA) } else { SCHEMA.get("$defs")?.get(definition) };
    schema?.get("properties")?.as_object()
}

/// The keys that people should use.
fn advised(definition: &str) -> impl Iterator<Item = &'static str> {
    let current = |schema: &Json| schema.get("deprecated").is_none();
    let all = properties(definition).into_iter().flatten();
    all.filter(move |(_, schema)| current(schema)).map(|(key, _)| key.as_str())
}

fn of(code: &'static str, entry: &Entry, place: &str, definition: &str) -> Diagnostic {
    let mistake = warning(code, &entry.at, format!("`{}` is not a key of {place}", entry.key));
    mistake.label("is ignored").nearest(&entry.key, advised(definition))
}

/// A key at the top may stand for an environment variable; then it is told of only if it looks like a slip of the pen.
fn at_the_top(entry: &Entry) -> Option<Diagnostic> {
    let advice = nearest(&entry.key, advised(""));
    if advice.is_none() && is_variable(entry) {
        return None;
    }
    let mistake = warning("C102", &entry.at, format!("`{}` is not a key of the configuration", entry.key));
    let mistake = mistake.label("is ignored");
    Some(mistake.help(advice.unwrap_or_else(|| "keys for environment variables are in capitals and have texts".into())))
}

fn is_variable(entry: &Entry) -> bool {
    let capital = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    entry.key.starts_with(|letter: char| letter.is_ascii_uppercase())
        && entry.key.chars().all(capital)
        && entry.node.text().is_some()
}

/// The keys at the top that stand for environment variables, with their values.
pub(super) fn variables(root: &Node) -> impl Iterator<Item = (&str, &str)> {
    // Those that the schema describes as texts and the configuration has no field for are among them.
    let known = |key: &str| {
        let field = properties("").and_then(|properties| properties.get(key));
        field.is_some_and(|schema| schema.get("errorMessage").is_some() || schema.get("type").is_none())
    };
    let entries = root.entries().iter().filter(move |entry| is_variable(entry) && !known(&entry.key));
    entries.filter_map(|entry| Some((entry.key.as_str(), entry.node.text()?))).filter(|(_, value)| !value.is_empty())
}
