//! Routes, and whether what they name is there.

use std::ops::Range;

use super::{
    Route,
    tell::{filled, given, opening, warning},
};
use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
};

/// The scenarios that may have routes of their own.
const SCENARIOS: [&str; 6] = ["default", "background", "think", "longContext", "webSearch", "image"];

/// The providers of a file, also those with mistakes, so that a route to such a one is not a second mistake.
pub(super) struct Declared<'n> {
    providers: Vec<Provider<'n>>,
    /// Whether the names of all providers can be read.
    complete: bool,
    /// Strings with variables that are not set.
    incomplete: &'n [Range<usize>],
}

struct Provider<'n> {
    name: &'n str,
    /// How the name is written: where a variable gives it, messages do not show its value.
    written: &'n str,
    models: Vec<(&'n str, &'n str)>,
}

impl<'n> Declared<'n> {
    /// Those of a file in our spelling.
    pub(super) fn of(root: &'n Node, incomplete: &'n [Range<usize>]) -> Self {
        let list = given(root, "Providers");
        let is_known = |node: &&Node| !incomplete.contains(&node.origin.range);
        let nodes = list.map(Node::elements).unwrap_or_default();
        let provider = |node: &'n Node| {
            let (name, at) = filled(node, "name")?;
            given(node, "name").filter(is_known)?;
            let models = given(node, "models").map(Node::elements).unwrap_or_default();
            let models = models.iter().filter_map(|model| Some((model.text()?.trim(), model.origin.written())));
            Some(Provider { name, written: at.written(), models: models.collect() })
        };
        let providers: Vec<Provider<'_>> = nodes.iter().filter_map(provider).collect();
        let readable = list.is_none_or(|list| matches!(list.value, Value::List(_)));
        Self { complete: readable && providers.len() == nodes.len(), providers, incomplete }
    }

    /// Whether all variables in a string are set.
    pub(super) fn is_known(&self, node: &Node) -> bool {
        !self.incomplete.contains(&node.origin.range)
    }

    fn find(&self, name: &str) -> Option<&Provider<'n>> {
        let exact = self.providers.iter().find(|provider| provider.name == name);
        exact.or_else(|| self.providers.iter().find(|provider| provider.name.eq_ignore_ascii_case(name)))
    }
}

/// Tells of routes to what is not there, and of fallbacks that help nobody.
pub(super) fn check(root: &Node, declared: &Declared<'_>, told: &mut Vec<Diagnostic>) {
    let empty = Node { value: Value::Object(Vec::new()), origin: root.origin.clone() };
    let router = given(root, "Router").unwrap_or(&empty);
    let fallback = given(root, "fallback").unwrap_or(&empty);
    for scenario in SCENARIOS {
        let own = given(router, scenario);
        let primary = own.and_then(|node| check_one(node, declared, told));
        let list = given(fallback, scenario);
        check_list(list, primary.as_ref(), declared, told);
        let unused = |list: &&Node| scenario != "default" && !list.elements().is_empty();
        let routed = own.is_some_and(|node| node.text().is_none_or(|text| !text.trim().is_empty()));
        if let Some(list) = list.filter(unused).filter(|_| !routed && matches!(router.value, Value::Object(_))) {
            let message = format!("`fallback.{scenario}` is never tried, because `Router.{scenario}` is not set");
            let mistake = warning("C112", &opening(list), message).label("is ignored");
            told.push(mistake.help(format!("set `Router.{scenario}`, or add these to `fallback.default`")));
        }
    }
    for rule in given(root, "rules").map(Node::elements).unwrap_or_default() {
        let primary = given(rule, "to").and_then(|node| check_one(node, declared, told));
        check_list(given(rule, "fallback"), primary.as_ref(), declared, told);
    }
    for entry in given(root, "prices").map(Node::entries).unwrap_or_default() {
        match Route::parse(&entry.key) {
            None => {
                let mistake = Diagnostic::error("C010", &entry.at, format!("`{}` is not a route", entry.key));
                let label = "expected a provider's name, a comma and a model's name";
                told.push(mistake.label(label).help("write `provider,model`"));
            }
            Some(route) if declared.complete && declared.find(&route.provider).is_none() => {
                let mistake = warning("C108", &entry.at, format!("there is no provider for `{}`", entry.key));
                let names = declared.providers.iter().map(|provider| provider.written);
                told.push(mistake.label("is ignored").nearest(&route.provider, names));
            }
            Some(_) => {}
        }
    }
}

/// A list of routes that are tried behind another.
fn check_list(list: Option<&Node>, primary: Option<&Route>, declared: &Declared<'_>, told: &mut Vec<Diagnostic>) {
    let mut before: Vec<Route> = primary.cloned().into_iter().collect();
    for node in list.map(Node::elements).unwrap_or_default() {
        let Some(route) = check_one(node, declared, told) else { continue };
        if before.contains(&route) {
            let message = format!("`{}` has been tried already", node.origin.written());
            let mistake = warning("C111", &node.origin, message).label("is the same as a route before it");
            told.push(mistake.help("name another provider or model"));
        }
        before.push(route);
    }
}

/// A route, whose provider must be there, with the name that the provider has itself.
fn check_one(node: &Node, declared: &Declared<'_>, told: &mut Vec<Diagnostic>) -> Option<Route> {
    let mut route = Route::parse(node.text().filter(|_| declared.is_known(node))?)?;
    let written = node.origin.written();
    let Some(provider) = declared.find(&route.provider) else {
        if declared.complete {
            let mistake = Diagnostic::error("C011", &node.origin, format!("there is no provider for `{written}`"));
            let names = declared.providers.iter().map(|provider| provider.written);
            let mistake = mistake.help("declare it in `Providers`").nearest(&route.provider, names);
            told.push(mistake.label("names a provider that is not in `Providers`"));
        }
        return Some(route);
    };
    route.provider = provider.name.to_owned();
    let listed = provider.models.iter().any(|(model, _)| model.eq_ignore_ascii_case(&route.model));
    if !listed && !provider.models.is_empty() {
        let message = format!("the provider `{}` lists no model for `{written}`", provider.written);
        let mistake = warning("C110", &node.origin, message).label("is asked for all the same");
        let mistake = mistake.help("add it to the provider's `models`, if it is there");
        told.push(mistake.nearest(&route.model, provider.models.iter().map(|(_, written)| *written)));
    }
    Some(route)
}
