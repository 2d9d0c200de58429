//! What is kept of requests: a record of each, and the numbers that follow from them.
//!
//! A record is written when the last trace of its request is gone, by a thread of its own, in batches. Whatever happens
//! to the file, requests never wait for it and never fail for it: records that it cannot take are dropped and counted.

mod cost;
mod draft;
pub mod export;
mod metrics;
pub mod query;
mod record;
pub mod since;
mod store;
mod writer;

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderMap;
use wireloom_schema::config::RecordsConfig;

pub use cost::cost;
pub use draft::Draft;
pub use metrics::Metrics;
pub use record::{Outcome, Record, told};

use self::writer::Writer;

/// The file of records, below the home directory.
const FILE: &str = ".wireloom/records.db";

/// How long the end of the service waits for its last records.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where records go. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Records(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    metrics: Metrics,
    writer: Option<Writer>,
    bodies: bool,
}

/// A record with the bodies of its request and its answer, if they are kept.
#[derive(Debug)]
struct Entry {
    record: Record,
    bodies: Option<(Bytes, Vec<u8>)>,
}

impl Records {
    /// Begins to keep records, as a configuration says.
    pub fn start(config: &RecordsConfig) -> Self {
        let metrics = Metrics::default();
        let file = path(config).filter(|_| config.enabled);
        let writer = file.map(|path| Writer::start(path, config, metrics.dropped.clone()));
        Self(Arc::new(Shared { bodies: config.bodies && writer.is_some(), metrics, writer }))
    }

    /// A new request in a face's protocol, shown with the key of that name.
    pub fn draft(&self, face: &str, key: Option<&str>, headers: &HeaderMap) -> Draft {
        Draft::new(self.clone(), face, key, headers)
    }

    /// The numbers.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The file, if there is one.
    pub fn file(&self) -> Option<&std::path::Path> {
        self.0.writer.as_ref().map(Writer::path)
    }

    /// Waits until what has ended is written, but not long. It blocks.
    pub fn flush(&self) {
        if let Some(writer) = &self.0.writer {
            writer.flush(PATIENCE);
        }
    }

    fn keeps_bodies(&self) -> bool {
        self.0.bodies
    }

    fn keep(&self, entry: Entry) {
        if let Some(writer) = &self.0.writer {
            writer.take(entry);
        }
    }
}

/// Where records are kept; nowhere, if there is no home.
pub fn path(config: &RecordsConfig) -> Option<PathBuf> {
    match &config.path {
        Some(path) => match path.strip_prefix("~") {
            Ok(rest) => Some(crate::config::home()?.join(rest)),
            Err(_) => Some(path.clone()),
        },
        None => Some(crate::config::home()?.join(FILE)),
    }
}
