//! How the configuration stands, as people ask for it.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

/// Which configuration answers, and whether a newer one could not. It has no secrets.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// The file; none for the configuration that is built in.
    pub path: Option<PathBuf>,
    /// When it was taken over.
    #[serde(serialize_with = "in_seconds")]
    pub loaded_at: Timestamp,
    /// Its number, from 1: each that is taken over has the next.
    pub generation: u64,
    /// Why the last one was not taken over, if it was not; lines with places.
    pub error: Option<String>,
}

impl Standing {
    /// Of the first one.
    pub(super) fn first(path: Option<PathBuf>) -> Self {
        Self { path, loaded_at: Timestamp::now(), generation: 1, error: None }
    }

    /// Of the next one.
    pub(super) fn next(&self, path: Option<PathBuf>) -> Self {
        Self { path, loaded_at: Timestamp::now(), generation: self.generation + 1, error: None }
    }

    /// Of the same, after another could not be taken over.
    pub(super) fn failed(&self, error: String) -> Self {
        Self { error: Some(error), ..self.clone() }
    }
}

fn in_seconds<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.0}"))
}
