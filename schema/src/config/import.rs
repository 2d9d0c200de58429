//! Other people's files made ours: claude-code-router's configurations, and manifests of presets.

use std::{fmt, path::Path, sync::Arc};

use serde_json::{Map, Value as Json};

use super::{
    edit::{EditError, merge},
    spelling::{self, PROVIDER_ALIASES, TOP_ALIASES},
    tell::given,
};
use crate::{
    diagnostic::Diagnostic,
    document::{self, Node, Origin, Source, Value},
    preset::{InputKind, Manifest, Mapping, Unready},
};

/// What manifests of presets say of themselves.
const METADATA: [&str; 13] = [
    "name",
    "version",
    "description",
    "author",
    "homepage",
    "repository",
    "license",
    "keywords",
    "ccrVersion",
    "source",
    "sourceType",
    "checksum",
    "metadata",
];

/// What manifests of presets have besides the configuration.
const QUESTIONS: [&str; 4] = ["schema", "template", "configMappings", "userValues"];

/// What only the starter of claude-code-router reads.
const STARTER: [&str; 3] = ["noServer", "claudeCodeSettings", "provider"];

/// How well a part of a file is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It means the same.
    Exact,
    /// It means nearly the same.
    Approximate,
    /// It is left out, or has no effect.
    Unsupported,
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Fit::Exact => "exact",
            Fit::Approximate => "approximate",
            Fit::Unsupported => "unsupported",
        })
    }
}

/// What becomes of a part of a file.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it stands.
    pub origin: Origin,
    /// What it is, as a path of keys.
    pub path: String,
    /// How well it is taken over.
    pub fit: Fit,
    /// In which way it differs; empty if it does not.
    pub note: String,
}

/// A file in our spelling, and what became of each part of it.
#[derive(Debug)]
pub struct Imported {
    /// The configuration, with variables as they are written: a configuration's own text, with its comments, or what a
    /// preset makes, written anew.
    pub text: String,
    /// What became of the file, in its order.
    pub parts: Vec<Part>,
}

/// Makes a configuration of claude-code-router's, or of a preset's manifest. `is_transformer` tells which names of
/// transformers are known.
pub fn import(source: &Arc<Source>, is_transformer: impl Fn(&str) -> bool) -> Result<Imported, Vec<Diagnostic>> {
    let root = document::parse(source)?;
    let mut parts = Parts { parts: Vec::new(), is_transformer };
    let preset = QUESTIONS.iter().any(|key| root.get(key).is_some()) || root.get("ccrVersion").is_some();
    let (mut config, text) = if preset {
        let answered = Answered::of(Manifest::read(source)?);
        parts.of_manifest(&root, &answered);
        let config = answered.config(Path::new(&source.path).parent().unwrap_or(Path::new(""))).map_err(|unready| {
            let mistake = Diagnostic::error("P002", &root.origin, unready.to_string());
            vec![mistake.help("`wireloom preset install` asks for what is missing")]
        })?;
        let text = serde_json::to_string_pretty(&config).unwrap_or_default();
        (reparsed(source, &text)?, text)
    } else {
        parts.of_top(&root);
        let text = spelling::respelled(&source.text, &root);
        (root, text)
    };
    let before = reparsed(source, &text)?.to_json();
    spelling::canonical(&mut config, &mut Vec::new());
    drop_unsupported(&mut config);
    let text = merge(&text, &before, &config.to_json()).map_err(|error| match error {
        EditError::Unreadable(mistakes) => mistakes,
        error => vec![Diagnostic::error("J001", &config.origin, error.to_string())],
    })?;
    let mut parts = parts.parts;
    parts.sort_by_key(|part| part.origin.range.start);
    Ok(Imported { text, parts })
}

/// Another text in place of a source's.
fn reparsed(source: &Source, text: &str) -> Result<Node, Vec<Diagnostic>> {
    document::parse(&Arc::new(Source { path: source.path.clone(), text: text.to_owned() }))
}

/// Leaves out what has no effect.
fn drop_unsupported(root: &mut Node) {
    let Value::Object(entries) = &mut root.value else { return };
    // Those that name a built-in transformer stand with the providers now.
    entries.retain(|entry| entry.key != "transformers" && !STARTER.contains(&entry.key.as_str()));
}

struct Parts<F> {
    parts: Vec<Part>,
    is_transformer: F,
}

impl<F: Fn(&str) -> bool> Parts<F> {
    fn tell(&mut self, origin: &Origin, path: impl Into<String>, fit: Fit, note: impl Into<String>) {
        self.parts.push(Part { origin: origin.clone(), path: path.into(), fit, note: note.into() });
    }

    fn of_top(&mut self, root: &Node) {
        for entry in root.entries() {
            let key = entry.key.as_str();
            let alias = TOP_ALIASES.iter().find(|(alias, _)| *alias == key).map(|(_, ours)| *ours);
            match alias.unwrap_or(key) {
                "Providers" => {
                    entry.node.elements().iter().enumerate().for_each(|(index, node)| self.of_provider(index, node))
                }
                "Router" | "fallback" => {
                    for route in entry.node.entries() {
                        self.tell(&route.at, format!("{key}.{}", route.key), Fit::Exact, "");
                    }
                }
                "transformers" => {
                    for (index, node) in entry.node.elements().iter().enumerate() {
                        self.of_global(index, node);
                    }
                }
                "plugins" => {
                    for (index, node) in entry.node.elements().iter().enumerate() {
                        let known = given(node, "name").and_then(Node::text) == Some("token-speed");
                        let (fit, note) = match known {
                            true => (Fit::Exact, ""),
                            false => (Fit::Unsupported, "there is no such plugin"),
                        };
                        self.tell(&node.origin, format!("plugins[{index}]"), fit, note);
                    }
                }
                "API_TIMEOUT_MS" => {
                    let note =
                        "bounds the wait for the first byte of an answer, too, and not only what Claude Code is told";
                    self.tell(&entry.at, key, Fit::Approximate, note);
                }
                _ if STARTER.contains(&key) => {
                    self.tell(&entry.at, key, Fit::Unsupported, "is read by claude-code-router's starter alone");
                }
                ours if ours != key => {
                    self.tell(&entry.at, key, Fit::Exact, format!("is written as `{ours}`"));
                }
                _ => self.tell(&entry.at, key, Fit::Exact, ""),
            }
        }
    }

    fn of_provider(&mut self, index: usize, node: &Node) {
        let path = format!("Providers[{index}]");
        for entry in node.entries() {
            let (key, at) = (entry.key.as_str(), &entry.at);
            let alias = PROVIDER_ALIASES.iter().find(|(alias, _)| *alias == key).map(|(_, ours)| *ours);
            match (key, alias) {
                ("transformer", _) => self.of_transformer(&format!("{path}.transformer"), &entry.node),
                ("transformers", _) => self.of_uses(&format!("{path}.transformers"), &entry.node),
                (_, Some(ours)) => {
                    let note = format!("is written as `{ours}`; claude-code-router ignores it");
                    self.tell(at, format!("{path}.{key}"), Fit::Approximate, note);
                }
                _ => self.tell(at, format!("{path}.{key}"), Fit::Exact, ""),
            }
        }
    }

    fn of_transformer(&mut self, path: &str, node: &Node) {
        for entry in node.entries() {
            match entry.key.as_str() {
                "use" => self.of_uses(&format!("{path}.use"), &entry.node),
                model => {
                    if let Some(list) = given(&entry.node, "use") {
                        self.of_uses(&format!("{path}.{model}.use"), list);
                    }
                }
            }
        }
    }

    fn of_uses(&mut self, path: &str, list: &Node) {
        for (index, element) in list.elements().iter().enumerate() {
            let name = element.text().or_else(|| element.elements().first()?.text()).unwrap_or_default();
            let (fit, note) = match (self.is_transformer)(name) {
                true => (Fit::Exact, String::new()),
                false => (Fit::Unsupported, format!("there is no transformer `{name}`: write a provider spec")),
            };
            self.tell(&element.origin, format!("{path}[{index}]"), fit, note);
        }
    }

    fn of_global(&mut self, index: usize, node: &Node) {
        let path = format!("transformers[{index}]");
        if given(node, "path").is_some() {
            let note = "is a program in JavaScript: write a provider spec in its place";
            return self.tell(&node.origin, path, Fit::Unsupported, note);
        }
        let name = given(node, "name").and_then(Node::text).unwrap_or_default();
        let (fit, note) = match (self.is_transformer)(name) {
            true => (Fit::Approximate, "is written at each provider; claude-code-router ignores it".to_owned()),
            false => (Fit::Unsupported, format!("there is no transformer `{name}`")),
        };
        self.tell(&node.origin, path, fit, note);
    }

    /// A preset: what it says of itself, what it asks, and the configuration that it has.
    fn of_manifest(&mut self, root: &Node, answered: &Answered) {
        let is_told = |key: &str| METADATA.contains(&key) || QUESTIONS.contains(&key);
        for entry in root.entries() {
            let key = entry.key.as_str();
            match key {
                "configMappings" => {
                    for (index, (node, mapping)) in
                        entry.node.elements().iter().zip(&answered.manifest.config_mappings).enumerate()
                    {
                        let (fit, note) = match (&mapping.when, answered.holds(mapping)) {
                            (None, _) => (Fit::Exact, ""),
                            (_, true) => (Fit::Approximate, "its condition holds for these answers: it is filled in"),
                            (_, false) => (Fit::Approximate, "its condition fails for these answers: it is left out"),
                        };
                        self.tell(&node.origin, format!("{key}[{index}]"), fit, note);
                    }
                }
                "schema" | "userValues" => {
                    let note = "answers are filled in; what was not answered, and each password, is a variable";
                    self.tell(&entry.at, key, Fit::Approximate, note);
                }
                _ if METADATA.contains(&key) => self.tell(&entry.at, key, Fit::Unsupported, "tells of the preset"),
                _ => {}
            }
        }
        let mut config = given(root, "template").unwrap_or(root).clone();
        if let Value::Object(entries) = &mut config.value {
            entries.retain(|entry| !is_told(entry.key.as_str()));
        }
        self.of_top(&config);
    }
}

/// A preset whose questions all have answers: where there is none, and for each password, it is a variable.
struct Answered {
    manifest: Manifest,
}

impl Answered {
    fn of(mut manifest: Manifest) -> Self {
        let Manifest { schema, user_values, .. } = &mut manifest;
        for input in schema {
            let answer = user_values.get(&input.id).unwrap_or(&input.default_value);
            let is_answered = !answer.is_null() && answer.as_str() != Some("");
            if input.kind == InputKind::Password || !is_answered && input.applies(user_values) {
                user_values.insert(input.id.clone(), format!("${{{}}}", variable(&input.id)).into());
            }
        }
        Self { manifest }
    }

    fn holds(&self, mapping: &Mapping) -> bool {
        let answers = self.manifest.answers().unwrap_or_default();
        mapping.when.as_ref().is_none_or(|when| when.holds(&answers))
    }

    /// The configuration that the answers make, of a manifest in that folder.
    fn config(&self, folder: &Path) -> Result<Map<String, Json>, Unready> {
        self.manifest.apply(folder)
    }
}

/// The name of the variable for an answer.
fn variable(id: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    id.chars().map(letter).collect()
}
