//! The line that Claude Code shows below its prompt (`StatusLine`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::{Switch, maybe_text, switch};

/// What the line shows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(extend("errorMessage" = "expected an object of styles"))]
pub struct StatusLineConfig {
    /// Whether there is one.
    #[serde(deserialize_with = "switch")]
    #[schemars(with = "Switch")]
    pub enabled: bool,
    /// The style that is shown.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String", extend("examples" = ["default", "powerline"]))]
    pub current_style: Option<String>,
    /// The font in which it is meant to be seen.
    #[serde(deserialize_with = "maybe_text")]
    #[schemars(with = "String")]
    pub font_family: Option<String>,
    /// The styles, by their names.
    #[serde(flatten)]
    pub styles: BTreeMap<String, StatusLineStyle>,
}

/// A style of the line.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StatusLineStyle {
    /// What it shows, from left to right.
    pub modules: Vec<StatusLineModule>,
}

/// A part of the line.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct StatusLineModule {
    /// What it tells: `workDir`, `gitBranch`, `model`, `usage`, `speed`, `script`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What stands before the text.
    pub icon: Option<String>,
    /// The text, with `{{name}}` for what is told.
    pub text: String,
    /// The color of the text: a name or `#rrggbb`.
    pub color: Option<String>,
    /// The color behind it: `bg_` and a color.
    pub background: Option<String>,
    /// The script whose answer is shown by `script`.
    pub script_path: Option<String>,
    /// What the script is told.
    pub options: Option<serde_json::Value>,
}
