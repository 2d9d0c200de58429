//! How much is logged.

use super::reader::Reader;
use crate::{diagnostic::Diagnostic, document::Node};

/// How much is logged: what is as grave as this, and graver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what may be wrong.
    Warn,
    /// And what happens once for each request.
    Info,
    /// And what helps to find mistakes.
    Debug,
    /// And everything else.
    Trace,
}

/// The names in configurations. Nothing is graver than an error here, so that `fatal` is one.
const NAMES: [(&str, LogLevel); 6] = [
    ("fatal", LogLevel::Error),
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

/// Reads `LOG_LEVEL`.
pub(super) fn read(node: &Node, reader: &mut Reader) -> Option<LogLevel> {
    let text = reader.text(node, "a level's name")?;
    if text.is_empty() {
        return None;
    }
    let level = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, level)| *level);
    if level.is_none() {
        let mistake =
            Diagnostic::error("C013", &node.origin, format!("there is no log level `{}`", node.origin.written()));
        reader.tell(mistake.label("expected a level's name").nearest(text, NAMES.map(|(name, _)| name)));
    }
    level
}
