//! Words and places that many diagnostics of configurations share.

use crate::{
    diagnostic::{Diagnostic, Severity},
    document::{Node, Origin, Value},
};

/// A mistake that does not keep the gateway from starting.
pub(super) fn warning(code: &'static str, at: &Origin, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, at, message) }
}

/// The first byte of an object or list, where all of it would fill a screen.
pub(super) fn opening(node: &Node) -> Origin {
    let Origin { source, range } = node.origin.clone();
    Origin { source, range: range.start..(range.start + 1).min(range.end) }
}

/// The value at a key, unless it is `null`.
pub(super) fn given<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !matches!(value.value, Value::Null))
}

/// A text at a key, without the space around it, unless it is empty.
pub(super) fn filled<'n>(node: &'n Node, key: &str) -> Option<(&'n str, &'n Origin)> {
    let value = given(node, key)?;
    let text = value.text()?.trim();
    (!text.is_empty()).then_some((text, &value.origin))
}
