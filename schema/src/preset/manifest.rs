//! A preset's file.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Input, When};
use crate::{
    diagnostic::Diagnostic,
    document::{self, Source},
};

/// A preset: what it is, what it asks, what was answered, and the configuration that all of it makes.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// What it is called; also the path that it is served at.
    #[serde(default)]
    pub name: String,
    /// Which edition it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What it is found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// What else it says of itself, by the names that claude-code-router has for it.
    #[serde(flatten)]
    pub about: About,
    /// What it asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema: Vec<Input>,
    /// The configuration, if it is not the manifest itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Map<String, Value>>,
    /// Where answers go that are not named in strings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config_mappings: Vec<Mapping>,
    /// What was answered, by the inputs' ids.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub user_values: Map<String, Value>,
    /// Whether its client talks to the provider itself, without a gateway.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_server: bool,
    /// What Claude Code is told beside where the gateway is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claude_code_settings: Option<Map<String, Value>>,
    /// With `noServer`, the provider in the main configuration that the client talks to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The configuration.
    #[serde(flatten)]
    pub config: Map<String, Value>,
}

/// Where a preset comes from.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// Its source code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Its licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The edition of claude-code-router that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ccr_version: Option<String>,
    /// Where it was installed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What kind of place that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_type: Option<String>,
    /// The digest of what was installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// An answer, or a constant, that goes to a place in the configuration.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Mapping {
    /// The place, such as `Providers[0].api_key`.
    pub target: String,
    /// `#{id}` for an answer as it is, else the constant itself.
    pub value: Value,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

impl Manifest {
    /// Reads a manifest, JSON5.
    ///
    /// # Errors
    /// Text that is not JSON5 (`J001`, `J002`) or not a manifest (`P001`).
    pub fn read(source: &Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let root = document::parse(source)?;
        serde_json::from_value(root.to_json()).map_err(|error| {
            let mut origin = root.origin.clone();
            origin.range.end = (origin.range.start + 1).min(origin.range.end);
            let mistake = Diagnostic::error("P001", &origin, format!("this is no manifest of a preset: {error}"));
            vec![mistake.help("a manifest is a configuration with `name`, and `schema` for what it asks")]
        })
    }
}
