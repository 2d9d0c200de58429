//! What the configuration and presets say of the line. Mistakes elsewhere in them do not matter here.

use std::{path::Path, sync::Arc};

use serde::Deserialize;
use serde_json::Value;
use wireloom_schema::{
    config::StatusLineConfig,
    document::{Source, parse, read_file},
};

use crate::presets::Presets;

/// The key of the configuration that the line is described at.
const LINE: &str = "StatusLine";

/// What is known of the configuration.
#[derive(Default)]
pub(super) struct Settings {
    /// What the line shows.
    pub(super) line: Option<StatusLineConfig>,
    /// The model that most requests go to.
    pub(super) model: Option<String>,
}

impl Settings {
    /// Of a file, as far as it can be read.
    pub(super) fn read(path: Option<&Path>) -> Self {
        let text = path.and_then(|path| read_file(path).ok()).map(|source| source.text.clone());
        let tree = text.or_else(built_in).and_then(parsed);
        tree.map(|tree| Self::of(&tree)).unwrap_or_default()
    }

    fn of(tree: &Value) -> Self {
        let routes = ["/Router/default", "/Router/routes/default"];
        let route = routes.iter().find_map(|pointer| tree.pointer(pointer)?.as_str());
        Self { line: line(tree), model: route.and_then(|route| Some(route.split_once(',')?.1.trim().to_owned())) }
    }
}

/// The configuration that is built into this binary.
fn built_in() -> Option<String> {
    crate::provenance::CONFIG.map(|(_, text)| text.to_owned())
}

fn parsed(text: String) -> Option<Value> {
    parse(&Arc::new(Source { path: String::new(), text })).ok().map(|node| node.to_json())
}

fn line(tree: &Value) -> Option<StatusLineConfig> {
    StatusLineConfig::deserialize(tree.get(LINE)?).ok()
}

/// What a preset says of the line.
pub(super) fn of_preset(presets: &Presets, name: &str) -> Option<StatusLineConfig> {
    let preset = presets.find(name).ok()?;
    // Applied it has the paths of its scripts whole; what it asks is not needed for its line.
    let tree = preset.manifest.apply(&preset.folder).unwrap_or_else(|_| preset.manifest.config.clone());
    line(&Value::Object(tree))
}
