//! What is kept of the past: `records`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    kind::{Switch, Whole, switch, whole},
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
