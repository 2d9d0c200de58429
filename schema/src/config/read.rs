//! From a text to a configuration.

use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use super::{
    Config, Route, Secret, check, mask, overrides,
    routes::Declared,
    spelling,
    tell::given,
    unknown,
    validate::{self, SCHEMA},
    variable,
};
use crate::{
    diagnostic::{Diagnostic, Mistakes, Severity},
    document::{self, Node, Source, Value},
};

/// All keys that configurations have, which are no secrets.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| super::json_schema::keys(&SCHEMA));

/// What has been found in a file.
#[derive(Debug)]
pub struct Reading {
    /// The configuration, if nothing in the file is an error.
    pub config: Option<Config>,
    /// What the file says, in our spelling and with the values of variables, so with secrets; nothing, if it is not JSON5.
    pub tree: Option<Node>,
    /// All mistakes and warnings, in the order of their places. Their excerpts have stars in place of secrets.
    pub told: Vec<Diagnostic>,
}

/// Reads a configuration, with `variable` as the environment.
///
/// Returns it with warnings, or all mistakes at once together with the warnings. The excerpts that diagnostics show
/// have stars in place of secrets.
pub fn read(
    source: &Arc<Source>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
    let Reading { config, told, .. } = examine(source, variable, |_| {});
    config.map(|config| (config, told.clone())).ok_or(told)
}

/// Reads a configuration as [`read`] does, with what the environment has in place of its own: `WIRELOOM_HOST`,
/// `WIRELOOM_PORT` (or `SERVICE_PORT`), `WIRELOOM_APIKEY` and `WIRELOOM_LOG_LEVEL`.
pub fn study(source: &Arc<Source>, variable: impl Fn(&str) -> Option<String>) -> Reading {
    examine(source, &variable, |root| overrides::apply(root, &variable))
}

/// What a text says in our spelling, as it is written: variables are not completed. Nothing, if it is not JSON5.
pub fn spelled(source: &Arc<Source>) -> Option<Node> {
    let mut root = document::parse(source).ok()?;
    spelling::canonical(&mut root, &mut Vec::new());
    Some(root)
}

fn examine(
    source: &Arc<Source>,
    variable: impl Fn(&str) -> Option<String>,
    override_by: impl FnOnce(&mut Node),
) -> Reading {
    let hidden = |text| Arc::new(Source { path: source.path.clone(), text });
    let mut root = match document::parse(source) {
        Ok(root) => root,
        Err(mut told) => {
            let broken = told.iter().any(|mistake| mistake.code == "J001");
            let known = |word: &str| KEYS.iter().any(|key| key == word);
            let masked = hidden(if broken { mask::mask_broken(&source.text, known) } else { mask::mask(&source.text) });
            told.iter_mut().for_each(|mistake| mistake.origin.source = masked.clone());
            return Reading { config: None, tree: None, told };
        }
    };
    let mut told = Vec::new();
    let incomplete = variable::complete(&mut root, &hidden(mask::mask(&source.text)), &variable, &mut told);
    override_by(&mut root);
    unknown::tell(&root, &mut told);
    validate::validate(&root, &incomplete, &mut told);
    spelling::canonical(&mut root, &mut told);
    check::check(&root, &Declared::of(&root, &incomplete), &mut told);
    let usable = told.iter().all(|mistake| mistake.severity == Severity::Warning);
    let config = if usable { typed(&root, &mut told) } else { None };
    let mut mistakes = Mistakes::default();
    told.into_iter().for_each(|mistake| mistakes.push(mistake));
    Reading { config, tree: Some(root), told: mistakes.unless_any(()).err().unwrap_or_default() }
}

/// The configuration of a tree without mistakes. What a variable's value spoils may be found here alone: then there is
/// none, and it is told.
fn typed(root: &Node, told: &mut Vec<Diagnostic>) -> Option<Config> {
    let mut config: Config = match serde_path_to_error::deserialize(without_null(root)) {
        Ok(config) => config,
        Err(error) => {
            let (at, key) = error.path().iter().fold((root, String::new()), |(node, key), step| {
                let step = step.to_string();
                let element = || node.elements().get(step.trim_matches(['[', ']']).parse::<usize>().ok()?);
                match node.get(&step).or_else(element) {
                    Some(node) => (node, step),
                    None => (node, key),
                }
            });
            // What serde says may quote the value, which may be a secret.
            let words = error.inner().to_string();
            let words = words.strip_prefix("expected ").map_or("expected another value", |_| words.as_str());
            told.push(Diagnostic::error("C014", &at.origin, format!("`{key}` cannot be read")).label(words));
            return None;
        }
    };
    let nodes = root.get("Providers").map(Node::elements).unwrap_or_default();
    config.providers.iter_mut().zip(nodes).for_each(|(provider, node)| provider.place(node));
    let rules = root.get("rules").map(Node::elements).unwrap_or_default();
    for (rule, node) in config.rules.iter_mut().zip(rules) {
        rule.origin = node.get("when").map(|when| when.origin.clone());
    }
    config.variables = unknown::variables(root).map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    settle(&mut config);
    Some(config)
}

/// Gives the providers that routes name the names that they have themselves.
fn settle(config: &mut Config) {
    let names: Vec<String> = config.providers.iter().map(|provider| provider.name.clone()).collect();
    let settle = |route: &mut Route| {
        if let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(&route.provider))
            && !names.contains(&route.provider)
        {
            route.provider.clone_from(name);
        }
    };
    let (router, fallback) = (&mut config.router, &mut config.fallback);
    let routes = [
        &mut router.default,
        &mut router.background,
        &mut router.think,
        &mut router.long_context,
        &mut router.web_search,
        &mut router.image,
    ];
    routes.into_iter().flatten().for_each(settle);
    let lists = [
        &mut fallback.default,
        &mut fallback.background,
        &mut fallback.think,
        &mut fallback.long_context,
        &mut fallback.web_search,
        &mut fallback.image,
    ];
    lists.into_iter().flatten().for_each(settle);
    for rule in &mut config.rules {
        settle(&mut rule.to);
        rule.fallback.iter_mut().flatten().for_each(settle);
    }
}

/// The JSON of a node without the keys that are null, which count as not given.
pub(super) fn without_null(node: &Node) -> Json {
    match &node.value {
        Value::List(nodes) => nodes.iter().map(without_null).collect(),
        Value::Object(entries) => {
            let given = entries.iter().filter(|entry| !matches!(entry.node.value, Value::Null));
            given.map(|entry| (entry.key.clone(), without_null(&entry.node))).collect::<serde_json::Map<_, _>>().into()
        }
        _ => node.to_json(),
    }
}

/// The node at a JSON pointer.
pub(super) fn at<'n>(root: &'n Node, pointer: &str) -> Option<&'n Node> {
    pointer.split('/').skip(1).try_fold(root, |node, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        match &node.value {
            Value::List(nodes) => nodes.get(step.parse::<usize>().ok()?),
            _ => given(node, &step),
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::LogLevel;

    fn config(text: &str) -> Config {
        let source = Arc::new(Source { path: "config".into(), text: text.into() });
        read(&source, |name| (name == "PORT").then(|| "4000".into())).unwrap().0
    }

    #[test]
    fn an_empty_file_has_the_defaults() {
        let config = config("{ HOST: '', PORT: null, APIKEY: '', Router: { default: '' }, retry: null }");
        assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 3456));
        assert_eq!(config.api_timeout, Duration::from_millis(600_000));
        assert!(config.api_key.is_none() && config.router.default.is_none() && config.log_level.is_none());
    }

    #[test]
    fn values_arrive() {
        let config = config(
            "{ HOST: '[::1]', PORT: '$PORT', APIKEY: ' k\n', API_TIMEOUT_MS: 9e5, LOG_LEVEL: 'fatal',
               providers: [{ name: 'Hub', api_base_url: 'https://H.example:8443/v1/', api_key: 'p', models: ['a'],
                             transformer: { use: ['x', ['y', { z: 1 }]], a: { use: ['w'] } } }],
               Router: { default: 'hub,b,c' }, AWS_REGION: 'eu' }",
        );
        assert_eq!((config.host.as_str(), config.port), ("::1", 4000));
        assert!(config.api_key.as_ref().is_some_and(|key| key.matches("k")));
        assert_eq!(config.api_timeout, Duration::from_secs(900));
        assert_eq!(config.log_level, Some(LogLevel::Error));
        assert_eq!(config.router.default, Some(Route { provider: "Hub".into(), model: "b,c".into() }));
        assert_eq!(config.variable("AWS_REGION").as_deref(), Some("eu"));
        let provider = &config.providers[0];
        assert_eq!(
            (provider.api_base_url.as_deref(), provider.host.as_str()),
            (Some("https://H.example:8443/v1/"), "h.example")
        );
        assert_eq!((provider.api_key.reveal(), provider.models.as_slice()), ("p", ["a".to_owned()].as_slice()));
        let uses: Vec<_> = provider.transformers.iter().map(|one| (one.name.as_str(), one.options.clone())).collect();
        assert_eq!(uses, [("x", None), ("y", Some(serde_json::json!({ "z": 1 })))]);
        assert_eq!((provider.model_transformers[0].0.as_str(), provider.model_transformers[0].1.len()), ("a", 1));
    }
}
