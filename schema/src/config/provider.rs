//! The services that have models.

use std::collections::BTreeMap;

use http::Uri;

use super::{
    LimitsConfig, Secret, TimeoutsConfig, TokenizersConfig,
    reader::{Reader, given, is_idle, opening, unknown_key},
    section::section,
};
use crate::{
    diagnostic::Diagnostic,
    document::{Node, Origin, Value},
};

/// The keys of a provider.
pub(super) const KEYS: [&str; 11] = [
    "name",
    "api_base_url",
    "api_key",
    "api_keys",
    "models",
    "transformer",
    "tokenizer",
    "headers",
    "proxy",
    "timeouts",
    "limits",
];

/// A service that has models, and how to reach it.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// The name that routes use. It is unique and contains no comma.
    pub name: String,
    /// Where requests are sent: an `http` or `https` URL, as it stands in the file; none for that of the spec that
    /// `transformer.use` names.
    pub api_base_url: Option<String>,
    /// The host in that URL, in lower case, without the port; empty without a URL.
    pub host: String,
    /// The key to send; empty for an API that is signed in to by other means.
    pub api_key: Secret,
    /// The models that are shown to people. Others may be asked for too.
    pub models: Vec<String>,
    /// What `transformer.use` names, in its order.
    pub transformers: Vec<TransformerUse>,
    /// What `transformer.MODEL.use` names, by the model and in its order.
    pub model_transformers: Vec<(String, Vec<TransformerUse>)>,
    /// More keys to send in turn with `api_key`.
    pub api_keys: Vec<Secret>,
    /// Headers that are sent with each request.
    pub headers: BTreeMap<String, Secret>,
    /// The proxy to call it through; `direct` for none.
    pub proxy: Option<Secret>,
    /// How long it is waited for.
    pub timeouts: TimeoutsConfig,
    /// How many requests it takes at once.
    pub limits: LimitsConfig,
    /// How its tokens are counted.
    pub tokenizers: TokenizersConfig,
    /// Where the provider stands in the file.
    pub origin: Origin,
}

/// An element of `transformer.use`.
#[derive(Clone, Debug)]
pub struct TransformerUse {
    /// The transformer's name, as it stands in the file.
    pub name: String,
    /// What it is given, if anything.
    pub options: Option<serde_json::Value>,
    /// Where it stands in the file.
    pub origin: Origin,
}

impl ProviderConfig {
    /// An option that a transformer is given.
    pub fn option(&self, name: &str) -> Option<&serde_json::Value> {
        self.transformers.iter().find_map(|transformer| transformer.options.as_ref()?.get(name))
    }
}

/// The names of all providers, also of those with mistakes, so that a route to such a one is not a second mistake.
#[derive(Default)]
pub(super) struct Declared {
    /// The names, and how they are written: where a variable gives a name, messages do not show its value.
    names: Vec<(String, String)>,
    /// Whether there are providers whose names could not be read.
    nameless: bool,
}

impl Declared {
    /// A provider's name as it is declared, from a name whose case may be another.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let exact = self.names().find(|declared| *declared == name);
        exact.or_else(|| self.names().find(|declared| declared.eq_ignore_ascii_case(name)))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn written(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(_, written)| written.as_str())
    }

    /// Whether a name that is not here is not declared.
    pub(super) fn is_complete(&self) -> bool {
        !self.nameless
    }
}

/// Reads the list of providers: those without mistakes, and the names of all.
pub(super) fn read_all(list: &Node, reader: &mut Reader) -> (Vec<ProviderConfig>, Declared) {
    let nameless = !matches!(list.value, Value::List(_));
    let mut declared = Declared { names: Vec::new(), nameless };
    let elements = reader.elements(list, "a list of providers");
    let providers = elements.iter().filter_map(|node| read(node, &mut declared, reader)).collect();
    (providers, declared)
}

fn read(node: &Node, declared: &mut Declared, reader: &mut Reader) -> Option<ProviderConfig> {
    for entry in reader.entries(node, "a provider, which is an object") {
        if !KEYS.contains(&entry.key.as_str()) {
            reader.tell(unknown_key("C103", entry, "a provider").nearest(&entry.key, KEYS));
        }
    }
    if !matches!(node.value, Value::Object(_)) {
        declared.nameless = true;
        return None;
    }
    let name = read_name(node, declared, reader);
    declared.nameless |= name.is_none();
    // A transformer that is a spec may say where requests go.
    let url = match given(node, "api_base_url").is_some() || given(node, "transformer").is_none() {
        true => required(node, "api_base_url", "a URL", reader)
            .and_then(|(url, at)| read_url(url, at, reader))
            .map(|(url, host)| (Some(url), host)),
        false => Some((None, String::new())),
    };
    // Some of these sign in by other means than a key.
    let key = match given(node, "api_key").is_some() || given(node, "transformer").is_none() {
        true => required(node, "api_key", "a key", reader).map(|(key, _)| key),
        false => Some(""),
    };
    let models = given(node, "models").map(|models| read_models(models, reader)).unwrap_or_default();
    let transformer = given(node, "transformer");
    let transformers = transformer.map(|node| read_transformers(node, reader)).unwrap_or_default();
    let model_transformers = transformer.map(|node| read_model_transformers(node, reader)).unwrap_or_default();
    let (api_base_url, host) = url?;
    Some(ProviderConfig {
        name: name?,
        api_base_url,
        host,
        api_key: Secret::new(key?),
        models,
        transformers,
        model_transformers,
        api_keys: section(node, "api_keys", reader),
        headers: section(node, "headers", reader),
        proxy: section(node, "proxy", reader),
        timeouts: section(node, "timeouts", reader),
        limits: section(node, "limits", reader),
        tokenizers: section(node, "tokenizer", reader),
        origin: node.origin.clone(),
    })
}

/// A string that each provider must have, and its place.
fn required<'n>(node: &'n Node, key: &str, expected: &str, reader: &mut Reader) -> Option<(&'n str, &'n Origin)> {
    if let Some(value) = given(node, key) {
        return reader.filled(value, &format!("`{key}`"), expected).map(|text| (text, &value.origin));
    }
    let mistake = Diagnostic::error("C006", &opening(node), format!("a provider has no `{key}`"));
    let mistake = mistake.label("in this provider");
    reader.tell(match key {
        "api_key" => mistake.help("add `api_key`; any text will do for a server that asks for none"),
        "api_base_url" => mistake.help("add `api_base_url`, the URL that requests are sent to"),
        _ => mistake.help(format!("add `{key}`, which routes use")),
    });
    None
}

fn read_name(node: &Node, declared: &mut Declared, reader: &mut Reader) -> Option<String> {
    let (name, at) = required(node, "name", "a name", reader)?;
    let written = at.written();
    if name.contains(',') {
        let mistake = Diagnostic::error("C007", at, format!("the provider's name `{written}` has a comma"));
        reader.tell(mistake.label("expected no comma").help("in `provider,model` the comma ends the provider's name"));
    }
    if declared.names().any(|other| other == name) {
        let mistake = Diagnostic::error("C008", at, format!("there are two providers `{written}`"));
        reader.tell(mistake.label("the second").help("give each provider its own name"));
    }
    declared.names.push((name.to_owned(), written.to_owned()));
    Some(name.to_owned())
}

/// The URL and its host. The message does not show the URL, because a URL may carry a password.
fn read_url(url: &str, at: &Origin, reader: &mut Reader) -> Option<(String, String)> {
    let parsed = url.parse::<Uri>().ok();
    let parsed = parsed.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let host = parsed.as_ref().and_then(Uri::host).filter(|host| !host.is_empty()).map(str::to_ascii_lowercase);
    if host.is_none() {
        let mistake = Diagnostic::error("C009", at, "`api_base_url` is not an http or https URL");
        let help = "write all of it, like `https://api.example.com/v1/chat/completions`";
        reader.tell(mistake.label("expected a URL").help(help));
    }
    host.map(|host| (url.to_owned(), host))
}

fn read_models(models: &Node, reader: &mut Reader) -> Vec<String> {
    let elements = reader.elements(models, "a list of models' names");
    let names = elements.iter().filter_map(|node| reader.filled(node, "a model's name", "a model's name"));
    names.map(str::to_owned).collect()
}

fn read_model_transformers(node: &Node, reader: &mut Reader) -> Vec<(String, Vec<TransformerUse>)> {
    let models = node.entries().iter().filter(|entry| entry.key != "use" && !is_idle(&entry.node.value));
    models.map(|entry| (entry.key.clone(), read_transformers(&entry.node, reader))).collect()
}

fn read_transformers(node: &Node, reader: &mut Reader) -> Vec<TransformerUse> {
    if !matches!(node.value, Value::Object(_)) {
        reader.wrong_kind(node, "an object with `use`");
    }
    let Some(list) = given(node, "use") else { return Vec::new() };
    let elements = reader.elements(list, "a list of transformers");
    elements.iter().filter_map(|element| read_use(element, reader)).collect()
}

/// A name, or a list of a name and options.
fn read_use(element: &Node, reader: &mut Reader) -> Option<TransformerUse> {
    let expected = "a transformer's name or `[name, options]`";
    let (name, options) = match element.elements() {
        [] => (element, None),
        [name] => (name, None),
        [name, options] => (name, Some(options)),
        _ => {
            reader.wrong_kind(element, expected);
            return None;
        }
    };
    let options = options.filter(|options| !is_idle(&options.value)).map(Node::to_json);
    let text = reader.filled(name, "a transformer's name", expected)?;
    Some(TransformerUse { name: text.to_owned(), options, origin: name.origin.clone() })
}
