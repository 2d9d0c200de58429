//! What is kept of the past: `records`, and the files of the log.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// What is recorded of requests, and where (`records`). It is read when the service starts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecordsConfig {
    /// Whether anything is.
    pub enabled: bool,
    /// The file; `~/.wireloom/records.db` if it is missing.
    pub path: Option<PathBuf>,
    /// How many days a record is kept.
    pub days: u32,
    /// Whether the bodies of requests and answers are kept too: what people said, and what they were told.
    pub bodies: bool,
}

impl Default for RecordsConfig {
    fn default() -> Self {
        Self { enabled: true, path: None, days: 30, bodies: false }
    }
}
