//! What else the gateway does while it serves (`plugins`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Secret,
    kind::{Listed, Switch, Whole, YEAR, listed, maybe_text, maybe_whole, switch},
};

/// A plugin. The one that there is, is `token-speed`, which tells how fast answers come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("errorMessage" = "expected a plugin, which is an object"))]
pub struct PluginConfig {
    /// The plugin's name.
    #[schemars(extend("errorMessage" = "expected a name", "errorCode" = "C004", "pattern" = "\\S", "examples" = ["token-speed"]))]
    pub name: String,
    /// Whether it is on.
    #[serde(default = "on", deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub enabled: bool,
    /// What it is told.
    #[serde(default)]
    pub options: TokenSpeedConfig,
}

/// What `token-speed` is told.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct TokenSpeedConfig {
    /// Who is told: names of handlers, such as `console`, `temp-file` and `webhook`.
    #[serde(deserialize_with = "listed")]
    #[schemars(with = "Listed")]
    pub reporter: Vec<String>,
    /// The handlers.
    pub output_handlers: Vec<OutputHandlerConfig>,
    /// How it is told.
    pub output_options: OutputOptions,
}

/// A handler of what `token-speed` tells.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("errorMessage" = "expected a handler, which is an object"))]
pub struct OutputHandlerConfig {
    /// Its kind: `console`, `temp-file` or `webhook`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is on.
    #[serde(default = "on", deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub enabled: bool,
    /// What it is told.
    #[serde(default)]
    pub config: HandlerConfig,
}

/// What handlers are told; each reads what is its own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct HandlerConfig {
    /// `console`: as how grave a line is logged; `info` if it is missing.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub level: Option<String>,
    /// `temp-file`: the folder below that of temporary files; `claude-code-router` if it is missing.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub subdirectory: Option<String>,
    /// `temp-file`: how the file's name ends; `json` if it is missing.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub extension: Option<String>,
    /// `temp-file`: how the file's name begins; `session` if it is missing.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub prefix: Option<String>,
    /// `temp-file`: whether each report has a file of its own, with the time in its name.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch")]
    pub include_timestamp: bool,
    /// `webhook`: its URL.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub url: Option<String>,
    /// `webhook`: the method, `POST`, `PUT` or `PATCH`; `POST` if it is missing.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub method: Option<String>,
    /// `webhook`: headers that are sent.
    pub headers: BTreeMap<String, Secret>,
    /// `webhook`: how it is signed in to.
    pub auth: Option<WebhookAuth>,
    /// `webhook`: how failed calls are made again.
    pub retry: WebhookRetry,
    /// `webhook`: how long a call may take, in milliseconds; 30000 if it is missing, and at most.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<1, YEAR>")]
    pub timeout: Option<u64>,
    /// `webhook`: whether failures stay untold.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch")]
    pub silent: bool,
}

/// How a webhook is signed in to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WebhookAuth {
    /// The way: `bearer`, `basic` or `custom`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The token of `bearer`.
    pub token: Option<Secret>,
    /// The name of `basic`.
    pub username: Option<String>,
    /// The password of `basic`.
    pub password: Option<Secret>,
    /// The header of `custom`.
    pub header: Option<String>,
    /// What stands in that header.
    pub value: Option<Secret>,
}

/// How failed calls of a webhook are made again.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct WebhookRetry {
    /// How often it is called at most; 3 times if it is missing.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<0, 100>")]
    pub max_attempts: Option<u32>,
    /// How long it is waited before the next call, in milliseconds; twice as long before each further one.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<0, YEAR>")]
    pub backoff_ms: Option<u64>,
}

/// How `token-speed` tells.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OutputOptions {
    /// The form of `console` and `temp-file`: `text`, `json` or `markdown`.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub format: Option<String>,
    /// Whether the time is told.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch")]
    pub timestamp: bool,
    /// What stands before it.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub prefix: Option<String>,
    /// What a webhook is told beside it.
    pub metadata: Option<serde_json::Value>,
}

fn on() -> bool {
    true
}
