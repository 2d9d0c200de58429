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

impl LogLevel {
    /// Its name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        }
    }

    /// The level of a name, in whatever case.
    pub fn named(text: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, level)| *level)
    }
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
    let level = LogLevel::named(text);
    if level.is_none() {
        let mistake =
            Diagnostic::error("C013", &node.origin, format!("there is no log level `{}`", node.origin.written()));
        reader.tell(mistake.label("expected a level's name").nearest(text, NAMES.map(|(name, _)| name)));
    }
    level
}
