//! What the environment says in place of the file.

use std::sync::Arc;

use crate::document::{Entry, Node, Origin, Source, Value};

/// Variables of the environment, and the keys that they stand in for. Of two for one key the first counts.
///
/// The bare names are not among them: shells set `HOST` by themselves.
const OVERRIDES: [(&str, &str); 5] = [
    ("WIRELOOM_HOST", "HOST"),
    ("WIRELOOM_PORT", "PORT"),
    ("SERVICE_PORT", "PORT"),
    ("WIRELOOM_APIKEY", "APIKEY"),
    ("WIRELOOM_LOG_LEVEL", "LOG_LEVEL"),
];

/// Puts what the environment has in the place of what the file says.
pub(super) fn apply(root: &mut Node, variable: &impl Fn(&str) -> Option<String>) {
    let Value::Object(entries) = &mut root.value else { return };
    // The first is applied last.
    for (name, key) in OVERRIDES.iter().rev() {
        let Some(value) = variable(name).filter(|value| !value.trim().is_empty()) else { continue };
        let shown = if *key == "APIKEY" { "*".repeat(value.len()) } else { value.clone() };
        let source = Arc::new(Source { path: "the environment".into(), text: format!("{name}={shown}") });
        let place = |range| Origin { source: source.clone(), range };
        let start = name.len() + 1;
        let node = Node { value: Value::Text(value), origin: place(start..start + shown.len()) };
        entries.retain(|entry| entry.key != *key);
        entries.push(Entry { key: (*key).into(), at: place(0..name.len()), node });
    }
}
