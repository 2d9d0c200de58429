//! Other spellings: those that claude-code-router's code takes, and those that its documentation promises.

use super::{
    shown::spliced,
    tell::{given, warning},
};
use crate::{
    diagnostic::Diagnostic,
    document::{Entry, Node, Value},
};

/// Other spellings of keys at the top, with ours; what stands first goes before what stands behind it, and all of them
/// before ours.
pub(super) const TOP_ALIASES: [(&str, &str); 6] = [
    ("providers", "Providers"),
    ("Plugins", "plugins"),
    ("HTTPS_PROXY", "PROXY_URL"),
    ("https_proxy", "PROXY_URL"),
    ("httpsProxy", "PROXY_URL"),
    ("no_proxy", "NO_PROXY"),
];

/// Other spellings of a provider's keys, with ours.
pub(super) const PROVIDER_ALIASES: [(&str, &str); 6] = [
    ("NAME", "name"),
    ("baseUrl", "api_base_url"),
    ("HOST", "api_base_url"),
    ("apiKey", "api_key"),
    ("APIKEY", "api_key"),
    ("MODELS", "models"),
];

/// Gives all keys our spelling, and tells of those that are there twice.
pub(super) fn canonical(root: &mut Node, told: &mut Vec<Diagnostic>) {
    // claude-code-router prefers these to its own.
    for (alias, ours) in TOP_ALIASES.iter().filter(|(_, ours)| *ours == "PROXY_URL") {
        let filled = given(root, alias).is_some_and(|node| node.text().is_none_or(|text| !text.trim().is_empty()));
        if filled && given(root, ours).is_some() {
            let at = entry(root, ours).map(|entry| entry.at.clone());
            told.extend(at.map(|at| beside(&at, ours, alias)));
            remove(root, ours);
        }
    }
    rename(root, &TOP_ALIASES, told);
    if let Some(router) = child(root, "Router") {
        flatten_routes(router, told);
    }
    let global = take_global(root);
    let Some(Value::List(providers)) = child(root, "Providers").map(|node| &mut node.value) else { return };
    for provider in providers {
        rename(provider, &PROVIDER_ALIASES, told);
        use_list(provider, told);
        for one in &global {
            add_global(provider, one);
        }
    }
}

/// The text of a configuration with our spelling of its keys, and all else as it is written.
pub(super) fn respelled(text: &str, root: &Node) -> String {
    let mut keys = other_keys(root, &TOP_ALIASES);
    for providers in
        TOP_ALIASES.iter().filter(|(_, ours)| *ours == "Providers").map(|(alias, _)| *alias).chain(["Providers"])
    {
        let providers = given(root, providers).map(Node::elements).unwrap_or_default();
        keys.extend(providers.iter().flat_map(|provider| other_keys(provider, &PROVIDER_ALIASES)));
    }
    let quoted = |(range, ours): (std::ops::Range<usize>, &str)| {
        let quote = text[range.clone()].chars().next().filter(|first| matches!(first, '"' | '\''));
        let quote = quote.map(String::from).unwrap_or_default();
        (range, format!("{quote}{ours}{quote}"))
    };
    spliced(text, keys.into_iter().map(quoted).collect())
}

/// Where keys stand that are spelled otherwise, with our spelling, unless both are there.
fn other_keys(node: &Node, aliases: &[(&str, &'static str)]) -> Vec<(std::ops::Range<usize>, &'static str)> {
    let of = |(alias, ours): &(&str, &'static str)| {
        let is_alone = given(node, alias).is_some() && entry(node, ours).is_none();
        Some((entry(node, alias).filter(|_| is_alone)?.at.range.clone(), *ours))
    };
    aliases.iter().filter_map(of).collect()
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entries().iter().find(|entry| entry.key == key)
}

fn child<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Object(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node),
        _ => None,
    }
}

fn remove(node: &mut Node, key: &str) {
    if let Value::Object(entries) = &mut node.value {
        entries.retain(|entry| entry.key != key);
    }
}

fn beside(at: &crate::document::Origin, key: &str, other: &str) -> Diagnostic {
    let mistake = warning("C105", at, format!("`{key}` has no effect beside `{other}`"));
    mistake.label("is ignored").help("keep one of the two")
}

fn rename(node: &mut Node, aliases: &[(&str, &str)], told: &mut Vec<Diagnostic>) {
    for (alias, ours) in aliases {
        if given(node, alias).is_none() {
            continue;
        }
        if given(node, ours).is_some() {
            if let Some(entry) = entry(node, alias) {
                told.push(beside(&entry.node.origin, alias, ours));
            }
            remove(node, alias);
            continue;
        }
        remove(node, ours);
        if let Value::Object(entries) = &mut node.value {
            entries.iter_mut().filter(|entry| entry.key == *alias).for_each(|entry| entry.key = (*ours).into());
        }
    }
}

/// `routes` of `Router` stand beside its own keys, which go before them.
fn flatten_routes(router: &mut Node, told: &mut Vec<Diagnostic>) {
    let Value::Object(entries) = &mut router.value else { return };
    let Some(at) = entries.iter().position(|entry| entry.key == "routes") else { return };
    let routes = entries.remove(at);
    let Value::Object(routes) = routes.node.value else { return };
    for route in routes {
        match entries.iter().find(|entry| entry.key == route.key) {
            Some(_) => told.push(beside(&route.at, &format!("routes.{}", route.key), &route.key)),
            None => entries.push(route),
        }
    }
}

/// `transformers` of a provider are `transformer.use`.
fn use_list(provider: &mut Node, told: &mut Vec<Diagnostic>) {
    if given(provider, "transformers").is_none() {
        return;
    }
    if given(provider, "transformer").is_some_and(|transformer| given(transformer, "use").is_some()) {
        if let Some(entry) = entry(provider, "transformers") {
            told.push(beside(&entry.at, "transformers", "transformer"));
        }
        return remove(provider, "transformers");
    }
    let Value::Object(entries) = &mut provider.value else { return };
    let Some(at) = entries.iter().position(|entry| entry.key == "transformers") else { return };
    let list = entries.remove(at);
    let elements = match list.node.value {
        Value::List(elements) => elements,
        _ => return,
    };
    for element in elements {
        push_use(provider, None, element);
    }
}

/// A transformer for many providers or models.
struct Global {
    providers: Option<Vec<String>>,
    models: Option<Vec<String>>,
    element: Node,
}

/// The entries of `transformers` that name a built-in transformer.
fn take_global(root: &Node) -> Vec<Global> {
    let list = given(root, "transformers").map(Node::elements).unwrap_or_default();
    let names = |node: &Node, key: &str| {
        let names = given(node, key)?.elements().iter();
        Some(names.filter_map(Node::text).map(str::to_owned).collect())
    };
    let global = |node: &Node| {
        let name = given(node, "name").filter(|_| given(node, "path").is_none())?;
        let mut elements = vec![name.clone()];
        elements.extend(given(node, "options").cloned());
        let element = Node { value: Value::List(elements), origin: name.origin.clone() };
        Some(Global { providers: names(node, "providers"), models: names(node, "models"), element })
    };
    list.iter().filter_map(global).collect()
}

fn add_global(provider: &mut Node, global: &Global) {
    let name = given(provider, "name").and_then(Node::text).unwrap_or_default();
    let meant = |names: &Vec<String>| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    if !global.providers.as_ref().is_none_or(meant) {
        return;
    }
    match &global.models {
        None => push_use(provider, None, global.element.clone()),
        Some(models) => {
            let own = given(provider, "models").map(Node::elements).unwrap_or_default();
            let own: Vec<&str> = own.iter().filter_map(Node::text).collect();
            let own = |model: &&String| global.providers.is_some() || own.contains(&model.as_str());
            let models: Vec<String> = models.iter().filter(own).cloned().collect();
            for model in models {
                push_use(provider, Some(&model), global.element.clone());
            }
        }
    }
}

/// Adds an element to `transformer.use`, or to `transformer.MODEL.use`.
fn push_use(provider: &mut Node, model: Option<&str>, element: Node) {
    let keys = std::iter::once("transformer").chain(model);
    let mut node = provider;
    for key in keys {
        node = match below(node, key, &element, || Value::Object(Vec::new())) {
            Some(node) => node,
            None => return,
        };
    }
    if let Some(Value::List(elements)) =
        below(node, "use", &element, || Value::List(Vec::new())).map(|node| &mut node.value)
    {
        elements.push(element);
    }
}

/// The value at a key, which is made if it is not there.
fn below<'n>(node: &'n mut Node, key: &str, place: &Node, empty: impl Fn() -> Value) -> Option<&'n mut Node> {
    let Value::Object(entries) = &mut node.value else { return None };
    let at = match entries.iter().position(|entry| entry.key == key) {
        Some(at) => at,
        None => {
            let node = Node { value: empty(), origin: place.origin.clone() };
            entries.push(Entry { key: key.into(), at: place.origin.clone(), node });
            entries.len() - 1
        }
    };
    let found = entries.get_mut(at).map(|entry| &mut entry.node)?;
    if matches!(found.value, Value::Null) {
        found.value = empty();
    }
    Some(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use crate::{config::read, document::Source};

    #[test]
    fn what_other_spellings_say_arrives() {
        let text = include_str!("../../../tests/config/promised.json5");
        let source = Arc::new(Source { path: "promised".into(), text: text.into() });
        let (config, warnings) = read(&source, |_| None).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        let [a, b] = config.providers.as_slice() else { panic!("{:?}", config.providers) };
        assert_eq!((a.name.as_str(), a.api_base_url.as_deref()), ("a", Some("http://a.example/v1")));
        assert_eq!((a.host.as_str(), a.models.as_slice()), ("a.example", ["m".to_owned()].as_slice()));
        assert!(a.api_key.matches("s3cr3t") && b.api_key.matches("s3cr3t"));
        assert_eq!(a.transformers[0].name, "deepseek");
        assert_eq!((b.transformers.len(), a.model_transformers.len()), (0, 0));
        let (model, uses) = &b.model_transformers[0];
        assert_eq!((model.as_str(), uses[0].name.as_str()), ("n", "maxtoken"));
        assert_eq!(uses[0].options, Some(serde_json::json!({ "max_tokens": 100 })));
        let background = config.router.background.unwrap();
        assert_eq!((background.provider.as_str(), background.model.as_str()), ("b", "n"));
        assert_eq!(config.proxy_url.unwrap().reveal(), "http://u:pa55@proxy:8080");
        assert_eq!(
            (config.no_proxy.as_slice(), config.plugins.len()),
            (["localhost".to_owned(), ".internal".into()].as_slice(), 1)
        );
        assert_eq!(config.api_timeout.as_secs(), 900);
    }
}
