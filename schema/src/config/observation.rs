//! What is told of requests: `records`, which are kept, and `otlp`, to where traces and metrics are sent.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Secret,
    kind::{Switch, Whole, maybe_text, switch, whole},
    settings::maybe_path,
};

/// What is recorded of requests, and where (`records`). It is read when the service starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("examples" = [{ "path": "~/.wireloom/records.db", "days": 30, "bodies": false }]))]
pub struct RecordsConfig {
    /// Whether anything is.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub enabled: bool,
    /// The file; `~/.wireloom/records.db` if it is missing.
    #[serde(deserialize_with = "maybe_path")]
    #[schemars(with = "String", extend("errorMessage" = "expected a path"))]
    pub path: Option<PathBuf>,
    /// How many days a record is kept.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, 36_500>")]
    pub days: u32,
    /// Whether the bodies of requests and answers are kept too: what people said, and what they were told.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = false))]
    pub bodies: bool,
}

impl Default for RecordsConfig {
    fn default() -> Self {
        Self { enabled: true, path: None, days: 30, bodies: false }
    }
}

/// Where traces and metrics are sent for OpenTelemetry (`otlp`), over HTTP as protobuf. It is read when the service
/// starts. The standard variables `OTEL_EXPORTER_OTLP_ENDPOINT` and their kin say the same where this does not.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("examples" = [{ "endpoint": "http://127.0.0.1:4318", "propagate": true }]))]
pub struct OtlpConfig {
    /// Whether anything is, whatever the variables say.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub enabled: bool,
    /// The URL of a collector, below which `/v1/traces` and `/v1/metrics` stand.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String", extend("errorMessage" = "expected a URL: `http://HOST:4318`", "pattern" = URL))]
    pub endpoint: Option<String>,
    /// Headers for the collector, such as its key.
    pub headers: BTreeMap<String, Secret>,
    /// The name of this service there; `wireloom` if neither this nor `OTEL_SERVICE_NAME` says it.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub service: Option<String>,
    /// Whether traces are sent.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub traces: bool,
    /// Whether metrics are sent.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub metrics: bool,
    /// Whether calls to providers carry the trace on, as `traceparent`.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = false))]
    pub propagate: bool,
}

/// A URL, or one with variables in it.
const URL: &str = r"^\s*(https?://[^\s?#]+|.*\$.*)$";

impl PartialEq for OtlpConfig {
    fn eq(&self, other: &Self) -> bool {
        let headers = |config: &Self| -> Vec<(String, String)> {
            config.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect()
        };
        let switches = |config: &Self| (config.enabled, config.traces, config.metrics, config.propagate);
        (switches(self), &self.endpoint, &self.service) == (switches(other), &other.endpoint, &other.service)
            && headers(self) == headers(other)
    }
}

impl Eq for OtlpConfig {}

impl Default for OtlpConfig {
    fn default() -> Self {
        let (traces, metrics) = (true, true);
        Self {
            enabled: true,
            endpoint: None,
            headers: BTreeMap::new(),
            service: None,
            traces,
            metrics,
            propagate: false,
        }
    }
}
