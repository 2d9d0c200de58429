//! Parts of a configuration that are read by their types.

use serde::de::DeserializeOwned;

use super::reader::{Reader, given};
use crate::diagnostic::Diagnostic;
use crate::document::Node;

/// The value at a key, by its type; the type's own default where it is missing or wrong.
pub(super) fn section<T: DeserializeOwned + Default>(root: &Node, key: &str, reader: &mut Reader) -> T {
    let Some(node) = given(root, key) else { return T::default() };
    match serde_json::from_value(node.to_json()) {
        Ok(value) => value,
        Err(error) => {
            // The value itself is not told: it may be a secret.
            let told = error.to_string();
            let told = told.split(" at line ").next().unwrap_or_default();
            let told = match told.strip_prefix("invalid ").and_then(|told| told.split_once(", expected ")) {
                Some((_, expected)) => format!("expected {expected}"),
                None => told.to_owned(),
            };
            reader.tell(Diagnostic::error("C014", &node.origin, format!("`{key}` cannot be read: {told}")));
            T::default()
        }
    }
}
