//! The services that have models.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use http::Uri;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use super::{
    LimitsConfig, Secret, TimeoutsConfig, TokenizersConfig, TransformerUse,
    kind::{Switch, maybe_secret, maybe_text, secret, switch, text},
    transformer::{TransformerConfig, model_uses, uses},
};
use crate::document::{Node, Origin, Source};

/// A service that has models, and how to reach it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend(
    "errorMessage" = "expected a provider, which is an object",
    "examples" = [{
        "name": "ds",
        "api_base_url": "https://api.deepseek.com/chat/completions",
        "api_key": "$DEEPSEEK_KEY",
        "models": ["deepseek-chat"],
        "transformer": { "use": ["deepseek"] },
    }],
))]
pub struct ProviderConfig {
    /// The name that routes use. It is unique and contains no comma.
    #[serde(default, deserialize_with = "text")]
    #[schemars(extend("errorMessage" = "expected a name", "errorCode" = "C004", "pattern" = "\\S"))]
    pub name: String,
    /// Where requests are sent: an `http` or `https` URL, the whole one of a call or the base below which calls are; none
    /// for that of the spec that `transformer.use` names.
    #[serde(default, deserialize_with = "maybe_text")]
    #[schemars(with = "String", extend(
        "errorMessage" = "expected a URL",
        "errorCode" = "C009",
        "pattern" = "^\\s*[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#]|\\$",
        "examples" = ["https://api.deepseek.com/chat/completions"],
    ))]
    pub api_base_url: Option<String>,
    /// The host in that URL, in lower case, without the port; empty without a URL.
    #[serde(skip)]
    pub host: String,
    /// The key to send; empty for an API that is signed in to by other means. Any text will do for a server that asks for none.
    #[serde(default = "keyless", deserialize_with = "secret")]
    #[schemars(extend("errorCode" = "C004", "pattern" = "\\S", "examples" = ["$DEEPSEEK_KEY"]))]
    pub api_key: Secret,
    /// The models that are shown to people. Others may be asked for too.
    #[serde(default)]
    #[schemars(with = "Vec<ModelName>", extend("errorMessage" = "expected a list of models' names"))]
    pub models: Vec<String>,
    /// Which spec the provider is spoken to with, and which passes its requests and answers go through.
    #[serde(rename = "transformer", default, deserialize_with = "later")]
    #[schemars(with = "TransformerConfig")]
    pub transformers: Vec<TransformerUse>,
    /// What `transformer.MODEL.use` names, by the model and in its order.
    #[serde(skip)]
    pub model_transformers: Vec<(String, Vec<TransformerUse>)>,
    /// More keys to send in turn with `api_key`.
    #[serde(default)]
    #[schemars(extend("errorMessage" = "expected a list of keys"))]
    pub api_keys: Vec<Secret>,
    /// Headers that are sent with each request.
    #[serde(default)]
    #[schemars(extend(
        "errorMessage" = "expected an object of headers",
        "propertyNames" = {
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", "errorMessage": "expected a header's name", "errorCode": "C018",
        },
        "examples" = [{ "x-title": "wireloom" }],
    ))]
    pub headers: BTreeMap<String, Secret>,
    /// The proxy to call it through, in place of `PROXY_URL`; `direct` for none.
    #[serde(default, deserialize_with = "maybe_secret")]
    #[schemars(with = "Secret", extend("errorMessage" = "expected a proxy's URL or `direct`", "examples" = ["direct"]))]
    pub proxy: Option<Secret>,
    /// How long it is waited for.
    #[serde(default)]
    pub timeouts: TimeoutsConfig,
    /// How many requests it takes at once.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// How its tokens are counted. Without it the model's name decides.
    #[serde(default)]
    pub tokenizer: TokenizersConfig,
    /// Whether it is there: what `false` switches off is asked by nobody, and routes that name it are passed over.
    #[serde(default = "yes", deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub enabled: bool,
    /// Where the provider stands in the file.
    #[serde(skip, default = "nowhere")]
    pub origin: Origin,
}

impl ProviderConfig {
    /// An option that a transformer is given.
    pub fn option(&self, name: &str) -> Option<&serde_json::Value> {
        self.transformers.iter().find_map(|transformer| transformer.options.as_ref()?.get(name))
    }

    /// Takes what a file's node knows and its value does not: places.
    pub(super) fn place(&mut self, node: &Node) {
        self.origin = node.origin.clone();
        self.host = self.api_base_url.as_deref().and_then(host).unwrap_or_default();
        if let Some(transformer) = node.get("transformer") {
            self.transformers = uses(transformer);
            self.model_transformers = model_uses(transformer);
        }
    }
}

/// A model's name.
struct ModelName;

impl JsonSchema for ModelName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ModelName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": r"\S", "errorMessage": "expected a model's name", "errorCode": "C004",
        })
    }
}

/// The host of an `http` or `https` URL, in lower case.
pub(super) fn host(url: &str) -> Option<String> {
    let parsed = url.trim().parse::<Uri>().ok();
    let parsed = parsed.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    parsed.as_ref().and_then(Uri::host).filter(|host| !host.is_empty()).map(str::to_ascii_lowercase)
}

fn yes() -> bool {
    true
}

fn keyless() -> Secret {
    Secret::new("")
}

fn nowhere() -> Origin {
    Origin { source: Arc::new(Source { path: String::new(), text: String::new() }), range: 0..0 }
}

/// Leaves a value to those who know its place.
fn later<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TransformerUse>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| Vec::new())
}
