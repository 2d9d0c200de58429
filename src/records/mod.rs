//! What is kept of requests: a record of each, and the numbers that follow from them.
//!
//! A record is written when the last trace of its request is gone, by a thread of its own, in batches. Whatever happens
//! to the file, requests never wait for it and never fail for it: records that it cannot take are dropped and counted.

mod cost;
mod draft;
pub mod export;
mod metrics;
mod names;
mod projects;
pub mod query;
mod record;
pub mod since;
mod store;
mod writer;

use std::{num::NonZeroU32, path::PathBuf, sync::Arc, time::Duration};

use http::HeaderMap;
use wireloom_schema::{
    config::{OtlpConfig, RecordsConfig},
    model::ErrorKind,
};

use crate::{access::pace::Pace, redaction::Redaction, telemetry::Telemetry};

pub use cost::cost;
pub use draft::Draft;
pub use metrics::Metrics;
pub use record::{Kind, Outcome, Record, told};
pub use writer::Condition;

use self::writer::Writer;

/// The file of records, below the home directory.
const FILE: &str = ".wireloom/records.db";

/// How long the end of the service waits for its last records.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many refusals are recorded in a minute; all of them are counted.
const REFUSALS: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);

/// Where records go. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Records(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    metrics: Metrics,
    writer: Option<Writer>,
    bodies: bool,
    telemetry: Option<Telemetry>,
    /// The pace of refusals.
    refusals: Pace,
}

/// A record with the bodies of its request and its answer, if they are kept, and what is secret in them.
#[derive(Debug)]
struct Entry {
    record: Record,
    bodies: Option<Bodies>,
    redaction: Option<Arc<Redaction>>,
}

/// What was said.
#[derive(Debug)]
struct Bodies {
    request: Vec<u8>,
    answer: Vec<u8>,
    /// Whether the request and the answer go on.
    cut: (bool, bool),
}

impl Entry {
    /// Takes out what is secret: keys that stand in names and in what was said.
    fn redact(&mut self) {
        let Some(redaction) = &self.redaction else { return };
        let names = [&mut self.record.requested, &mut self.record.session, &mut self.record.client];
        names.into_iter().flatten().for_each(|name| redaction.hide_in(name));
        if let Some(bodies) = &mut self.bodies {
            bodies.request = redaction.hide(&bodies.request, bodies.cut.0).into_owned();
            bodies.answer = redaction.hide(&bodies.answer, bodies.cut.1).into_owned();
        }
    }
}

impl Records {
    /// Begins to keep records and to send telemetry of them, as a configuration says.
    pub fn start(config: &RecordsConfig, otlp: &OtlpConfig) -> Self {
        let metrics = Metrics::default();
        let file = path(config).filter(|_| config.enabled);
        let writer = file.map(|path| Writer::start(path, config, &metrics));
        let (bodies, refusals) = (config.bodies && writer.is_some(), Pace::new(REFUSALS));
        let telemetry = Telemetry::start(otlp, metrics.unsent.clone());
        Self(Arc::new(Shared { metrics, writer, bodies, telemetry, refusals }))
    }

    /// A new request in a face's protocol, shown with the key of that name.
    pub fn draft(&self, kind: Kind, face: &str, key: Option<&str>, headers: &HeaderMap) -> Draft {
        Draft::new(self.clone(), kind, face, key, headers)
    }

    /// A request that was turned away, in a face's protocol, before anybody knew what it asks. All of them are counted;
    /// but however many come, they neither fill the file nor push other records out of it.
    pub fn refused(&self, face: &str, status: u16, kind: ErrorKind, headers: &HeaderMap) {
        let mut record = names::begun(Kind::Refusal, face, headers);
        (record.status, record.outcome, record.error) = (Some(status), Outcome::Failed, Some(kind.name().to_owned()));
        self.0.metrics.count(&record, false, Duration::ZERO);
        if self.0.writer.is_some() && self.0.refusals.take().is_ok() {
            self.keep(Entry { record, bodies: None, redaction: None });
        }
    }

    /// How the file is doing.
    pub fn condition(&self) -> Condition {
        self.0.writer.as_ref().map_or(Condition::Off, Writer::condition)
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
        if let Some(telemetry) = &self.0.telemetry {
            telemetry.flush(PATIENCE);
        }
    }

    fn telemetry(&self) -> Option<&Telemetry> {
        self.0.telemetry.as_ref()
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
