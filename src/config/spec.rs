//! Which spec a provider is spoken to with.

use wireloom_schema::{
    config::{Config, ProviderConfig, TransformerUse},
    diagnostic::{Diagnostic, Severity},
};

use crate::wire::stream::Facts;

/// The transformers of claude-code-router that change requests and responses in passing. They name no provider, and
/// have no effect yet.
const PASSES: [&str; 11] = [
    "maxtoken",
    "maxcompletiontokens",
    "tooluse",
    "enhancetool",
    "reasoning",
    "forcereasoning",
    "extrathinktag",
    "sampling",
    "cleancache",
    "streamoptions",
    "customparams",
];

/// What a spec is known by in configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecNames {
    /// Its name.
    pub name: &'static str,
    /// The names that it has elsewhere.
    pub aliases: &'static [&'static str],
    /// The hosts that it is spoken at, in lower case; the hosts below them count as well.
    pub hosts: &'static [&'static str],
    /// The options of its transformer that have an effect.
    pub options: Vec<&'static str>,
}

impl SpecNames {
    /// Those of a spec.
    pub fn of(facts: &Facts) -> Self {
        Self { name: facts.name, aliases: facts.aliases, hosts: facts.hosts, options: facts.options().collect() }
    }

    /// The name and the aliases.
    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// The length of the most specific host that is the given one or above it.
    fn reach(&self, host: &str) -> Option<usize> {
        let above =
            |known: &&str| host.strip_suffix(*known).is_some_and(|below| below.is_empty() || below.ends_with('.'));
        self.hosts.iter().copied().filter(above).map(str::len).max()
    }
}

/// The spec of a provider: the first that `transformer.use` names, in whatever case, else that which is spoken at the
/// host of its URL. Without one, the caller has a default.
pub fn spec_for<'s>(provider: &ProviderConfig, specs: &'s [SpecNames]) -> Option<&'s SpecNames> {
    let used = provider.transformers.iter().find_map(|transformer| named(&transformer.name, specs));
    used.or_else(|| {
        let reaching = specs.iter().filter_map(|spec| Some((spec.reach(&provider.host)?, spec)));
        reaching.max_by_key(|(reach, _)| *reach).map(|(_, spec)| spec)
    })
}

fn named<'s>(name: &str, specs: &'s [SpecNames]) -> Option<&'s SpecNames> {
    specs.iter().find(|spec| spec.names().any(|known| known.eq_ignore_ascii_case(name)))
}

/// Warns of the transformers in a configuration that have no effect: of each that is unknown (`C107`), once of all of
/// claude-code-router's passes, and once of the options that their specs do not know (`C101`).
pub fn check_transformers(config: &Config, specs: &[SpecNames]) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut passes: Vec<&TransformerUse> = Vec::new();
    let mut with_options: Vec<&TransformerUse> = Vec::new();
    for transformer in config.providers.iter().flat_map(|provider| &provider.transformers) {
        let name = transformer.name.as_str();
        if let Some(spec) = named(name, specs) {
            if !options_known(transformer, spec) {
                with_options.push(transformer);
            }
        } else if PASSES.iter().any(|pass| pass.eq_ignore_ascii_case(name)) {
            passes.push(transformer);
        } else {
            let valid = specs.iter().flat_map(SpecNames::names).chain(PASSES);
            let message = format!("there is no transformer `{}`", transformer.origin.written());
            warnings.push(warning("C107", transformer, message).label("is ignored").nearest(name, valid));
        }
    }
    warnings.extend(without_effect("these transformers", &passes));
    warnings.extend(without_effect("some options of these transformers", &with_options));
    warnings
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

    const SPECS: [SpecNames; 3] = [
        SpecNames { name: "openai", aliases: &["chat-completions"], hosts: &["api.openai.com"], options: Vec::new() },
        SpecNames { name: "gemini", aliases: &["google"], hosts: &["googleapis.com"], options: Vec::new() },
        SpecNames { name: "vertex", aliases: &[], hosts: &["aiplatform.googleapis.com"], options: Vec::new() },
    ];

    fn spec(host: &str, transformers: &str) -> Option<&'static str> {
        let text = format!(
            "{{ Providers: [{{ name: 'p', api_key: 'k', api_base_url: 'http://{host}/v1',
                transformer: {{ use: {transformers} }} }}] }}"
        );
        let source = Arc::new(Source { path: "config".into(), text });
        let (config, _) = read(&source, |_| None).unwrap();
        spec_for(&config.providers[0], &SPECS).map(|spec| spec.name)
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
