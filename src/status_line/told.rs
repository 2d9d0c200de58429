//! What Claude Code tells of a session.

use std::path::PathBuf;

use serde_json::Value;

/// An object whose parts may be missing, `null` or of another kind: then they are not there.
pub(super) struct Told(Value);

impl Told {
    /// From JSON.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(Value::is_object).map(Self)
    }

    /// A text that is not empty, by its JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// A number, by its JSON pointer.
    pub(super) fn number(&self, pointer: &str) -> Option<f64> {
        self.0.pointer(pointer)?.as_f64()
    }

    /// A whole number, by its JSON pointer.
    pub(super) fn whole(&self, pointer: &str) -> Option<i64> {
        self.number(pointer).map(|number| number.round() as i64)
    }

    /// The folder that the session works in.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.text("/workspace/current_dir").or_else(|| self.text("/cwd")).map(PathBuf::from)
    }
}
