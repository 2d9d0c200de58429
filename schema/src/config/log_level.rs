//! How much is logged.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

use super::kind::VARIABLE;

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
pub(super) const NAMES: [(&str, LogLevel); 6] = [
    ("fatal", LogLevel::Error),
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

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
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }
}

/// Reads a level; an empty text is none.
pub(super) fn maybe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LogLevel>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "" => Ok(None),
        name => LogLevel::named(name).map(Some).ok_or_else(|| D::Error::custom("expected a level's name")),
    }
}

impl JsonSchema for LogLevel {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "LogLevel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // A pattern has no other way to take any case that all readers of patterns know.
        let either = |letter: char| format!("[{letter}{}]", letter.to_ascii_uppercase());
        let in_any_case = |name: &str| name.chars().map(either).collect::<String>();
        let names = NAMES.map(|(name, _)| name);
        json_schema!({
            "anyOf": [
                { "enum": names },
                { "type": "string", "pattern": format!("^({})?$|{VARIABLE}", names.map(in_any_case).join("|")) },
            ],
            "errorMessage": "expected a level's name",
            "errorCode": "C013",
        })
    }
}
