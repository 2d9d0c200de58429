//! Which spec a provider is spoken to with.

use wireloom_schema::{
    config::{Config, PASSES, ProviderConfig, TransformerUse},
    diagnostic::{Diagnostic, Severity},
};

use crate::{
    transform::{self, is_pass},
    wire::stream::Facts,
};

/// What a spec is known by in configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecNames {
    /// Its name.
    pub name: &'static str,
    /// The names that it has elsewhere.
    pub aliases: &'static [&'static str],
    /// The hosts that it is spoken at, in lower case; the hosts below them count as well. With a path behind it, a host
    /// counts for the paths below that one.
    pub hosts: &'static [&'static str],
    /// The options of its transformer that have an effect of their own.
    pub options: Vec<&'static str>,
    /// Whether all other options given with its name are fields of each request's body.
    pub body_options: bool,
}

impl SpecNames {
    /// Those of a spec.
    pub fn of(facts: &Facts) -> Self {
        Self {
            name: facts.name,
            aliases: facts.aliases,
            hosts: facts.hosts,
            options: facts.options().collect(),
            body_options: facts.body_options,
        }
    }

    /// The name and the aliases.
    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Whether a transformer of that name is this spec.
    pub fn is(&self, name: &str) -> bool {
        self.names().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether the options of a transformer are fields of the body: it must name this spec.
    pub fn takes_options_of(&self, transformer: &TransformerUse) -> bool {
        self.is(&transformer.name)
            && self.body_options
            && transformer.options.as_ref().is_some_and(serde_json::Value::is_object)
    }

    /// The length of the most specific host that is the given one or above it; a path beside it must fit, too.
    fn reach(&self, host: &str, path: &str) -> Option<usize> {
        let reaches = |known: &&str| {
            let (known, below) = known.split_once('/').unwrap_or((known, ""));
            let above = host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '-']));
            let inside = path
                .strip_prefix(below)
                .is_some_and(|rest| below.is_empty() || rest.is_empty() || rest.starts_with('/'));
            above && inside
        };
        self.hosts.iter().copied().filter(reaches).map(str::len).max()
    }
}

/// The spec of a provider: the first that `transformer.use` names, in whatever case, else that which is spoken at the
/// host of its URL. Without one, the caller has a default. The options given with its name stand beside it, if the
/// spec knows what to do with them.
pub fn spec_and_options<'s, 'p>(
    provider: &'p ProviderConfig,
    specs: &'s [SpecNames],
) -> (Option<&'s SpecNames>, Option<&'p serde_json::Value>) {
    let mut transformers = provider.transformers.iter();
    let used = transformers.find_map(|transformer| Some((named(&transformer.name, specs)?, transformer)));
    if let Some((spec, transformer)) = used {
        let options = transformer.options.as_ref().filter(|options| spec.body_options && options.is_object());
        return (Some(spec), options);
    }
    let behind = provider
        .api_base_url
        .as_deref()
        .unwrap_or_default()
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'));
    let path = behind.map(|(_, path)| path).unwrap_or_default();
    let reaching = specs.iter().filter_map(|spec| Some((spec.reach(&provider.host, path)?, spec)));
    (reaching.max_by_key(|(reach, _)| *reach).map(|(_, spec)| spec), None)
}

fn named<'s>(name: &str, specs: &'s [SpecNames]) -> Option<&'s SpecNames> {
    specs.iter().find(|spec| spec.is(name))
}

/// Warns of the transformers in a configuration: of each that is unknown (`C107`), of the options of passes (`C120`,
/// `C121`), once of all options that the provider's spec has no use for, and of all other specs that one model names
/// (`C101`).
pub fn check_transformers(config: &Config, specs: &[SpecNames]) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut with_options: Vec<&TransformerUse> = Vec::new();
    let mut of_models: Vec<&TransformerUse> = Vec::new();
    let mut check = |transformer: &TransformerUse| {
        let name = transformer.name.as_str();
        if is_pass(name) {
            warnings.extend(transform::read(transformer).1);
        } else {
            let valid = specs.iter().flat_map(SpecNames::names).chain(PASSES);
            let message = format!("there is no transformer `{}`", transformer.origin.written());
            warnings.push(warning("C107", transformer, message).label("is ignored").nearest(name, valid));
        }
    };
    for provider in &config.providers {
        let (own, effective) = spec_and_options(provider, specs);
        for transformer in &provider.transformers {
            let Some(spec) = named(&transformer.name, specs) else {
                check(transformer);
                continue;
            };
            let options = transformer.options.as_ref();
            let added = options.is_some_and(|options| effective.is_some_and(|found| std::ptr::eq(found, options)));
            if !added && !options_known(transformer, spec) {
                with_options.push(transformer);
            }
        }
        for transformer in provider.model_transformers.iter().flat_map(|(_, transformers)| transformers) {
            match named(&transformer.name, specs) {
                None => check(transformer),
                Some(spec) if own.is_some_and(|own| own.name != spec.name) => of_models.push(transformer),
                Some(spec) if !spec.takes_options_of(transformer) && transformer.options.is_some() => {
                    with_options.push(transformer);
                }
                Some(_) => {}
            }
        }
    }
    warnings.extend(without_effect("some options of these transformers", &with_options));
    let help = "a model that is spoken to otherwise than its provider needs a provider of its own";
    let others = without_effect("these transformers of one model", &of_models);
    warnings.extend(others.map(|warning| warning.help(help)));
    warnings
}

/// Warns of the status line's scripts (`C101`), which a build without an engine for them does not run.
#[cfg(not(feature = "custom-router"))]
pub(super) fn check_scripts(tree: &wireloom_schema::document::Node) -> Vec<Diagnostic> {
    let styles = tree.get("StatusLine").map(|line| line.entries()).unwrap_or_default();
    let modules =
        styles.iter().flat_map(|style| style.node.get("modules").map(|list| list.elements()).unwrap_or_default());
    let scripts = modules.filter(|module| module.get("type").and_then(|kind| kind.text()) == Some("script"));
    let told = scripts.map(|module| {
        let mistake =
            Diagnostic::error("C101", &module.origin, "a script of the status line has no effect in this build");
        let help = "build wireloom with the feature `custom-router`";
        Diagnostic { severity: Severity::Warning, ..mistake.label("is not run").help(help) }
    });
    told.collect()
}

/// Whether all options of a transformer have an effect.
fn options_known(transformer: &TransformerUse, spec: &SpecNames) -> bool {
    let names = transformer.options.as_ref().and_then(serde_json::Value::as_object);
    match (names, &transformer.options) {
        (Some(names), _) => names.keys().all(|name| spec.options.contains(&name.as_str())),
        (None, options) => options.is_none(),
    }
}

/// One warning of many transformers, at the first.
fn without_effect(what: &str, transformers: &[&TransformerUse]) -> Option<Diagnostic> {
    let mut names: Vec<String> = Vec::new();
    for transformer in transformers {
        let name = format!("`{}`", transformer.origin.written());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let message = format!("{what} have no effect in this version: {}", names.join(", "));
    transformers.first().map(|first| warning("C101", first, message).label("is the first that is ignored"))
}

fn warning(code: &'static str, at: &TransformerUse, message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, &at.origin, message) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use wireloom_schema::{config::read, document::Source};

    use super::*;

    fn specs() -> [SpecNames; 3] {
        [
            SpecNames {
                options: Vec::new(),
                name: "openai",
                aliases: &["chat-completions"],
                hosts: &["api.openai.com"],
                body_options: true,
            },
            SpecNames {
                options: Vec::new(),
                name: "gemini",
                aliases: &["google"],
                hosts: &["googleapis.com"],
                body_options: false,
            },
            SpecNames {
                name: "vertex",
                aliases: &[],
                hosts: &["aiplatform.googleapis.com", "a.openai.org/v1/vertex"],
                options: Vec::new(),
                body_options: false,
            },
        ]
    }

    fn spec(url: &str, transformers: &str) -> Option<&'static str> {
        read_one(url, transformers).0
    }

    fn read_one(url: &str, transformers: &str) -> (Option<&'static str>, Option<String>) {
        let text = format!(
            "{{ Providers: [{{ name: 'p', api_key: 'k', api_base_url: 'http://{url}',
                transformer: {{ use: {transformers} }} }}] }}"
        );
        let source = Arc::new(Source { path: "config".into(), text });
        let (config, _) = read(&source, |_| None).unwrap();
        let specs = specs();
        let (spec, options) = spec_and_options(&config.providers[0], &specs);
        (spec.map(|spec| spec.name), options.map(ToString::to_string))
    }

    #[test]
    fn options_go_with_the_spec_that_knows_them() {
        let options = |transformers| read_one("localhost", transformers).1;
        assert_eq!(options("[['openai', { a: 1 }], ['Chat-Completions', { b: 2 }]]").as_deref(), Some("{\"a\":1}"));
        assert_eq!(options("['openai', ['openai', { b: 2 }]]"), None);
        assert_eq!(options("[['gemini', { a: 1 }]]"), None);
        assert_eq!(options("[['openai', [1]]]"), None);
    }

    #[test]
    fn a_host_may_count_for_some_paths_alone() {
        assert_eq!(spec("a.openai.org/v1/vertex/models", "[]"), Some("vertex"));
        assert_eq!(spec("a.openai.org/v1/vertex", "[]"), Some("vertex"));
        assert_eq!(spec("a.openai.org/v1/vertexes", "[]"), None);
    }

    #[test]
    fn a_transformer_goes_before_the_host() {
        assert_eq!(spec("api.openai.com", "['maxtoken', ['GOOGLE', {}], 'vertex']"), Some("gemini"));
        assert_eq!(spec("api.openai.com", "['maxtoken', 'other']"), Some("openai"));
        assert_eq!(spec("localhost", "['Chat-Completions']"), Some("openai"));
    }

    #[test]
    fn the_most_specific_host_counts() {
        assert_eq!(spec("API.openai.com:8080", "[]"), Some("openai"));
        assert_eq!(spec("eu.api.openai.com", "[]"), Some("openai"));
        assert_eq!(spec("notapi.openai.com", "[]"), None);
        assert_eq!(spec("generativelanguage.googleapis.com", "[]"), Some("gemini"));
        assert_eq!(spec("eu.aiplatform.googleapis.com", "[]"), Some("vertex"));
        assert_eq!(spec("localhost", "[]"), None);
    }
}
