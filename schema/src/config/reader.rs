//! Values of the kinds that a configuration has, and the mistakes where they are not.

use std::ops::Range;

use crate::{
    diagnostic::{Diagnostic, Mistakes, Severity},
    document::{Entry, Node, Origin, Value},
};

/// Takes values from nodes and collects what is wrong with them. A value that is `null` counts as not given.
#[derive(Default)]
pub(super) struct Reader {
    mistakes: Vec<Diagnostic>,
    /// Strings with variables that are not set: they are neither right nor wrong, and have been told of already.
    incomplete: Vec<Range<usize>>,
}

impl Reader {
    pub(super) fn new(mistakes: Vec<Diagnostic>, incomplete: Vec<Range<usize>>) -> Self {
        Self { mistakes, incomplete }
    }

    pub(super) fn tell(&mut self, mistake: Diagnostic) {
        self.mistakes.push(mistake);
    }

    /// Tells that something is accepted but ignored, once for each message.
    pub(super) fn no_effect(&mut self, at: &Origin, subject: &str) {
        let message = format!("{subject} has no effect in this version");
        if self.mistakes.iter().all(|mistake| mistake.message != message) {
            self.tell(warning("C101", at, message).label("is ignored"));
        }
    }

    /// A string, if it is one and complete.
    pub(super) fn text<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n str> {
        if self.incomplete.contains(&node.origin.range) {
            return None;
        }
        let text = node.text();
        if text.is_none() {
            self.wrong_kind(node, expected);
        }
        text
    }

    /// A string that is not empty either.
    pub(super) fn filled<'n>(&mut self, node: &'n Node, what: &str, expected: &str) -> Option<&'n str> {
        let text = self.text(node, expected)?.trim();
        if text.is_empty() {
            self.tell(
                Diagnostic::error("C004", &node.origin, format!("{what} is empty"))
                    .label(format!("expected {expected}")),
            );
            return None;
        }
        Some(text)
    }

    /// A whole number in a range; a string of digits counts, because a variable's value is one.
    pub(super) fn number(&mut self, node: &Node, what: &str, range: Range<u64>) -> Option<u64> {
        let number = match &node.value {
            Value::Number(_) => {
                let json = node.to_json();
                let float = || json.as_f64().filter(|float| float.fract() == 0.0 && *float >= 0.0);
                json.as_u64().or_else(|| float().map(|float| float as u64))
            }
            _ => self.text(node, "a number")?.trim().parse().ok(),
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!("{what} is not a whole number from {} to {}", range.start, range.end - 1);
            self.tell(Diagnostic::error("C005", &node.origin, message).label("expected a number in this range"));
        }
        number
    }

    /// The elements of a list.
    pub(super) fn elements<'n>(&mut self, node: &'n Node, expected: &str) -> &'n [Node] {
        if !matches!(node.value, Value::List(_)) {
            self.wrong_kind(node, expected);
        }
        node.elements()
    }

    /// The entries of an object that have values.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, expected: &str) -> impl Iterator<Item = &'n Entry> + use<'n> {
        if !matches!(node.value, Value::Object(_)) {
            self.wrong_kind(node, expected);
        }
        node.entries().iter().filter(|entry| !matches!(entry.node.value, Value::Null))
    }

    /// Tells that a value is not what is expected; `expected` says what is.
    pub(super) fn wrong_kind(&mut self, node: &Node, expected: &str) {
        let message = format!("expected {expected}, found {}", node.kind());
        self.tell(Diagnostic::error("C001", &node.origin, message).label(format!("expected {expected}")));
    }

    /// The result with its warnings, or all mistakes and warnings if one of them is an error; in the order of their
    /// places.
    pub(super) fn finish<T>(self, result: T) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut mistakes = Mistakes::default();
        self.mistakes.into_iter().for_each(|mistake| mistakes.push(mistake));
        let told = mistakes.unless_any(()).err().unwrap_or_default();
        let usable = told.iter().all(|mistake| mistake.severity == Severity::Warning);
        if usable { Ok((result, told)) } else { Err(told) }
    }
}

/// A mistake that does not keep the gateway from starting.
pub(super) fn warning(code: &'static str, at: &Origin, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, at, message) }
}

/// A key that `place` does not have.
pub(super) fn unknown_key(code: &'static str, entry: &Entry, place: &str) -> Diagnostic {
    warning(code, &entry.at, format!("`{}` is not a key of {place}", entry.key)).label("is ignored")
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

/// Whether a value asks for nothing, like `false` or an empty list.
pub(super) fn is_idle(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.is_empty(),
        Value::List(nodes) => nodes.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}
