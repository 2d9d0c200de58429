//! The user's own rules, and the `Router` of a project or session.

use std::sync::Arc;

use super::{
    provider::Declared,
    reader::{Reader, given, opening, unknown_key},
    route::{self, read_one},
    routing::{RouterConfig, RuleConfig},
    variable,
};
use crate::{
    diagnostic::Diagnostic,
    document::{self, Node, Source},
};

/// The keys of a rule.
const KEYS: [&str; 4] = ["name", "when", "to", "fallback"];

/// Reads `rules`.
pub(super) fn read(root: &Node, declared: &Declared, reader: &mut Reader) -> Vec<RuleConfig> {
    let Some(rules) = given(root, "rules") else { return Vec::new() };
    let rules = reader.elements(rules, "a list of rules").iter();
    rules.filter_map(|node| read_rule(node, declared, reader)).collect()
}

fn read_rule(node: &Node, declared: &Declared, reader: &mut Reader) -> Option<RuleConfig> {
    let mut known = true;
    for entry in reader.entries(node, "a rule, which is an object") {
        if !KEYS.contains(&entry.key.as_str()) {
            // A slip in a key would make a rule hold that was meant to hold more rarely.
            let mistake = unknown_key("C016", entry, "a rule");
            reader
                .tell(Diagnostic { severity: crate::diagnostic::Severity::Error, ..mistake }.nearest(&entry.key, KEYS));
            known = false;
        }
    }
    let name = given(node, "name").and_then(|name| reader.text(name, "a name"));
    let name = name.filter(|name| !name.trim().is_empty()).map(|name| name.trim().to_owned());
    let condition = required(node, "when", reader);
    let to = required(node, "to", reader);
    let when = condition.and_then(|node| reader.filled(node, "the condition", "an expression")).map(str::to_owned);
    let to = to.and_then(|node| read_one(node, declared, reader));
    let fallback = given(node, "fallback").map(|list| {
        let routes = reader.elements(list, "a list of routes").iter();
        routes.filter_map(|node| read_one(node, declared, reader)).collect()
    });
    let origin = condition.map(|node| node.origin.clone());
    known.then_some(RuleConfig { name, when: when?, to: to?, fallback, origin })
}

fn required<'n>(node: &'n Node, key: &str, reader: &mut Reader) -> Option<&'n Node> {
    let found = given(node, key);
    if found.is_none() && matches!(node.value, document::Value::Object(_)) {
        let mistake = Diagnostic::error("C017", &opening(node), format!("a rule has no `{key}`"));
        reader.tell(mistake.label(format!("expected `{key}` in it")));
    }
    found
}

/// Reads the `Router` of a file that belongs to a project or a session; none if it has no such key. `providers` are the
/// names that its routes may have.
///
/// # Errors
/// All mistakes at once.
pub fn read_router<'n>(
    source: &Arc<Source>,
    providers: impl IntoIterator<Item = &'n str>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(Option<RouterConfig>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut root = document::parse(source)?;
    let mut mistakes = Vec::new();
    let incomplete = variable::complete(&mut root, source, &environment, &mut mistakes);
    let mut reader = Reader::new(mistakes, incomplete);
    let declared = Declared::of(providers);
    let router = given(&root, "Router").map(|_| route::read(&root, &declared, &mut reader));
    reader.finish(router)
}
