//! Environment variables within strings.

use std::{ops::Range, sync::Arc};

use super::UNSET_VARIABLE;
use crate::{
    diagnostic::Diagnostic,
    document::{Node, Origin, Source, Value},
};

/// A part of a string that stands for a variable but has no value.
#[derive(Debug, PartialEq, Eq)]
struct Fault<'t> {
    /// As it is written.
    written: &'t str,
    kind: FaultKind<'t>,
}

#[derive(Debug, PartialEq, Eq)]
enum FaultKind<'t> {
    Unset(&'t str),
    Unclosed,
    Unnamed,
}

/// Replaces the variables in every string below a node, and the source of every place by the masked one. Returns the
/// places of the strings that could not be completed, with the mistakes in `mistakes`.
pub(super) fn complete(
    node: &mut Node,
    masked: &Arc<Source>,
    variable: &impl Fn(&str) -> Option<String>,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Range<usize>> {
    let mut incomplete = Vec::new();
    walk(node, masked, variable, &mut |node, faults| {
        incomplete.push(node.range.clone());
        mistakes.extend(faults.iter().map(|fault| fault.diagnostic(node)));
    });
    incomplete
}

fn walk(
    node: &mut Node,
    masked: &Arc<Source>,
    variable: &impl Fn(&str) -> Option<String>,
    report: &mut impl FnMut(&Origin, &[Fault<'_>]),
) {
    node.origin.source = masked.clone();
    match &mut node.value {
        Value::Text(text) => match interpolate(text, variable) {
            Ok(whole) => *text = whole,
            Err(faults) => report(&node.origin, &faults),
        },
        Value::List(nodes) => nodes.iter_mut().for_each(|node| walk(node, masked, variable, report)),
        Value::Object(entries) => {
            for entry in entries {
                entry.at.source = masked.clone();
                walk(&mut entry.node, masked, variable, report);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A string with `$NAME`, `${NAME}`, `${NAME:-default}` and `$$` replaced, or all that cannot be. A dollar before
/// anything else stands for itself.
fn interpolate<'t>(text: &'t str, variable: &impl Fn(&str) -> Option<String>) -> Result<String, Vec<Fault<'t>>> {
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    let mut whole = String::with_capacity(text.len());
    let mut faults = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(before);
        let dollar = &rest[before.len()..];
        let fault = |length: usize, kind| Fault { written: &dollar[..length], kind };
        if let Some(after) = after.strip_prefix('$') {
            whole.push('$');
            rest = after;
        } else if let Some(braced) = after.strip_prefix('{') {
            let Some((inner, after)) = braced.split_once('}') else {
                faults.push(fault(dollar.len(), FaultKind::Unclosed));
                rest = "";
                break;
            };
            let length = inner.len() + "${}".len();
            let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
            match value(name).or_else(|| default.map(str::to_owned)) {
                _ if name.is_empty() => faults.push(fault(length, FaultKind::Unnamed)),
                Some(value) => whole.push_str(&value),
                None => faults.push(fault(length, FaultKind::Unset(name))),
            }
            rest = after;
        } else {
            let length = name_length(after);
            let (name, after) = after.split_at(length);
            match value(name) {
                _ if name.is_empty() => whole.push('$'),
                Some(value) => whole.push_str(&value),
                None => faults.push(fault(length + 1, FaultKind::Unset(name))),
            }
            rest = after;
        }
    }
    whole.push_str(rest);
    if faults.is_empty() { Ok(whole) } else { Err(faults) }
}

/// How many bytes of the text are a variable's name outside braces: `[A-Z_][A-Z0-9_]*`.
fn name_length(text: &str) -> usize {
    let end = |letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    let length = text.find(end).unwrap_or(text.len());
    if text.starts_with(|letter: char| letter.is_ascii_digit()) { 0 } else { length }
}

impl Fault<'_> {
    fn diagnostic(&self, string: &Origin) -> Diagnostic {
        let at = self.place(string);
        match self.kind {
            FaultKind::Unset(name) => {
                Diagnostic::error(UNSET_VARIABLE, &at, format!("the environment variable `{name}` is not set or empty"))
                    .label("stands for its value")
                    .help(format!("set `{name}`, or give a default: `${{{name}:-default}}`; `$$` is a dollar"))
            }
            FaultKind::Unclosed => Diagnostic::error("C003", &at, "a variable that begins with `${` has no `}`")
                .label("not closed")
                .help("write `${NAME}`; `$$` is a dollar"),
            FaultKind::Unnamed => Diagnostic::error("C003", &at, "a variable has no name")
                .label("expected a name in the braces")
                .help("write `${NAME}`; `$$` is a dollar"),
        }
    }

    /// The place of the variable, or that of the whole string if an escape keeps it from standing there as it is.
    fn place(&self, string: &Origin) -> Origin {
        let text = string.source.text.get(string.range.clone()).unwrap_or_default();
        // The masked text shows the names of variables but may hide the rest of what is written.
        let shown = match self.kind {
            FaultKind::Unset(name) => &self.written[..self.written.find(name).unwrap_or(0) + name.len()],
            FaultKind::Unclosed | FaultKind::Unnamed => "${",
        };
        let Some(offset) = text.find(shown) else { return string.clone() };
        let start = string.range.start + offset;
        let end = (start + self.written.len()).min(string.range.end);
        if string.source.text.is_char_boundary(end) {
            Origin { source: string.source.clone(), range: start..end }
        } else {
            string.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        match name {
            "A" => Some("a".into()),
            "B_2" => Some("$A".into()),
            "EMPTY" => Some(String::new()),
            "lower" => Some("l".into()),
            _ => None,
        }
    }

    #[test]
    fn replaces_variables() {
        let cases = [
            ("", ""),
            ("x$A-y", "xa-y"),
            ("${A}${lower}", "al"),
            ("$B_2", "$A"),
            ("${NONE:-d:-e}${EMPTY:-}${A:-d}", "d:-ea"),
            ("$$A$$", "$A$"),
            ("$ $a $1 a$", "$ $a $1 a$"),
        ];
        for (text, expected) in cases {
            assert_eq!(interpolate(text, &variable).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn names_all_that_are_unset() {
        let unset = |written, name| Fault { written, kind: FaultKind::Unset(name) };
        let faults = vec![
            unset("$NONE", "NONE"),
            unset("${EMPTY}", "EMPTY"),
            Fault { written: "${}", kind: FaultKind::Unnamed },
            Fault { written: "${A", kind: FaultKind::Unclosed },
        ];
        assert_eq!(interpolate("$NONE $A ${EMPTY} ${} ${A", &variable), Err(faults));
    }
}
