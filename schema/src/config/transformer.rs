//! What `transformer.use` and `transformers` name: specs of providers, and passes over requests.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::document::{Node, Origin, Value};

/// An element of `transformer.use`.
#[derive(Clone, Debug)]
pub struct TransformerUse {
    /// The transformer's name, as it stands in the file.
    pub name: String,
    /// What it is given, if anything.
    pub options: Option<serde_json::Value>,
    /// Where the options stand in the file, by their names.
    pub option_origins: Vec<(String, Origin)>,
    /// Where it stands in the file.
    pub origin: Origin,
}

impl JsonSchema for TransformerUse {
    fn schema_name() -> Cow<'static, str> {
        "TransformerUse".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<TransformerName>();
        json_schema!({
            "description": "A transformer's name, or a list of its name and its options.",
            "anyOf": [
                name,
                { "type": "array", "prefixItems": [name, true], "minItems": 1, "maxItems": 2, "items": false },
            ],
            "examples": ["deepseek", ["maxtoken", { "max_tokens": 16_384 }]],
            "errorMessage": "expected a transformer's name or `[name, options]`",
            "errorCode": "C004",
        })
    }
}

/// The name of a spec or a pass. Editors complete those that are known; a custom binary has more.
pub(super) struct TransformerName;

impl JsonSchema for TransformerName {
    fn schema_name() -> Cow<'static, str> {
        "TransformerName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A spec of a provider, which says how it is spoken to, or a pass, which changes requests and answers.",
            "anyOf": [{ "type": "string", "pattern": r"\S" }],
        })
    }
}

/// `transformer` of a provider: `use`, and the names of models with a `use` each.
#[derive(JsonSchema)]
#[schemars(extend("errorMessage" = "expected an object with `use`"))]
#[allow(dead_code, reason = "it describes what `uses` and `model_uses` read")]
pub(super) struct TransformerConfig {
    /// For all models of the provider, in this order: the spec that it is spoken to with, and passes.
    #[schemars(extend("errorMessage" = "expected a list of transformers"))]
    #[serde(default)]
    r#use: Vec<TransformerUse>,
    /// For one model, by its name: passes that go before those of the provider.
    #[serde(flatten)]
    models: BTreeMap<String, ModelTransformerConfig>,
}

/// `transformer` of one model.
#[derive(JsonSchema)]
#[schemars(extend("errorMessage" = "expected an object with `use`"))]
#[allow(dead_code, reason = "it describes what `model_uses` reads")]
struct ModelTransformerConfig {
    /// What that model has besides what the provider has.
    #[schemars(extend("errorMessage" = "expected a list of transformers"))]
    #[serde(default)]
    r#use: Vec<TransformerUse>,
}

/// What a `transformer` names for all models.
pub(super) fn uses(transformer: &Node) -> Vec<TransformerUse> {
    transformer.get("use").map(Node::elements).unwrap_or_default().iter().filter_map(one).collect()
}

/// What a `transformer` names for single models, by the model.
pub(super) fn model_uses(transformer: &Node) -> Vec<(String, Vec<TransformerUse>)> {
    let models = transformer.entries().iter().filter(|entry| entry.key != "use");
    let models = models.map(|entry| (entry.key.clone(), uses(&entry.node)));
    models.filter(|(_, uses)| !uses.is_empty()).collect()
}

/// A name, or a list of a name and options.
fn one(element: &Node) -> Option<TransformerUse> {
    let (name, options) = match element.elements() {
        [] => (element, None),
        [name, rest @ ..] => (name, rest.first()),
    };
    let options = options.filter(|options| !is_idle(&options.value));
    let entries = options.iter().flat_map(|options| options.entries());
    let option_origins = entries.map(|entry| (entry.key.clone(), entry.at.clone())).collect();
    let text = name.text()?.trim().to_owned();
    Some(TransformerUse {
        name: text,
        options: options.map(Node::to_json),
        option_origins,
        origin: name.origin.clone(),
    })
}

/// Whether a value asks for nothing, like `false` or an empty list.
fn is_idle(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.is_empty(),
        Value::List(nodes) => nodes.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// An entry of `transformers`: a built-in transformer for many providers or models at once.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("errorMessage" = "expected a transformer, which is an object"))]
pub struct GlobalTransformer {
    /// The transformer's name.
    pub name: Option<String>,
    /// What it is given.
    pub options: Option<serde_json::Value>,
    /// The names of the providers that it is for; all if it is missing.
    pub providers: Option<Vec<String>>,
    /// The names of the models that it is for; all if it is missing.
    pub models: Option<Vec<String>>,
    /// The file of a transformer in JavaScript. It has no effect: a provider of one's own is a spec file.
    pub path: Option<String>,
}

/// The passes: transformers that change requests and answers on their way, and name no spec.
pub const PASSES: [&str; 11] = [
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
