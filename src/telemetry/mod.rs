//! Traces and metrics for OpenTelemetry, with its semantic conventions for generative AI.
//!
//! Both are made of the same finished records that are kept, on a thread of their own. A request waits for nothing: where
//! more ends than can be sent, what is beyond is dropped and counted. Where nothing is configured, there is no thread, and
//! a request pays nothing.

mod conventions;
mod numbers;
mod sender;
mod settings;
mod spans;
mod trace;
mod worker;

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderName, HeaderValue};
use prometheus_client::metrics::counter::Counter;
use wireloom_schema::config::OtlpConfig;

use crate::records::Record;

pub use trace::Trace;

use self::{settings::Settings, worker::Worker};

/// The headers that carry a trace from one service to the next.
const PARENT: HeaderName = HeaderName::from_static("traceparent");
const STATE: HeaderName = HeaderName::from_static("tracestate");

/// Sends traces and metrics.
#[derive(Debug)]
pub struct Telemetry {
    sender: SyncSender<Message>,
    dropped: Counter,
    settings: Settings,
}

/// A request that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its record.
    pub record: Record,
    /// Its trace.
    pub trace: Box<Trace>,
    /// How long it took.
    pub duration: Duration,
    /// Whether the configuration names the model.
    pub listed: bool,
}

enum Message {
    Ended(Box<Ended>),
    /// Everything before this is to be sent at once, and then this is to be told.
    Flush(SyncSender<()>),
}

impl Telemetry {
    /// Begins to send, as a configuration and the standard variables of the environment say; not at all, where they name
    /// no collector. What cannot be sent is counted as dropped.
    pub fn start(config: &OtlpConfig, dropped: Counter) -> Option<Self> {
        let settings = Settings::of(config, |name| std::env::var(name).ok())?;
        let (sender, receiver) = sync_channel(settings.waiting);
        let worker = match Worker::new(config, settings, dropped.clone()) {
            Ok(worker) => worker,
            Err(error) => {
                tracing::error!(error, "neither traces nor metrics are sent");
                return None;
            }
        };
        let started = thread::Builder::new().name("telemetry".into()).spawn(move || worker.work(&receiver));
        if let Err(error) = started {
            tracing::error!(%error, "neither traces nor metrics are sent: their thread cannot start");
            return None;
        }
        Some(Self { sender, dropped, settings })
    }

    /// The trace of a request that has just come with these headers: that of its client, if it tells one.
    pub fn begin(&self, headers: &HeaderMap) -> Box<Trace> {
        Box::new(Trace::begin(headers, self.settings.sampling))
    }

    /// The headers with which a call carries the trace on, where the configuration wants that.
    pub fn carry(&self, trace: &Trace, headers: &mut HeaderMap) {
        if !self.settings.propagate {
            return;
        }
        if let Ok(value) = HeaderValue::from_str(&trace.parent_of_call()) {
            headers.insert(PARENT, value);
        }
        if let Some(state) = trace.state() {
            headers.insert(STATE, state);
        }
    }

    /// Takes a request that has ended, or drops it where too many wait.
    pub fn take(&self, ended: Ended) {
        if self.sender.try_send(Message::Ended(Box::new(ended))).is_err() {
            self.dropped.inc();
        }
    }

    /// Waits until all is sent, but not longer than that. It blocks.
    pub fn flush(&self, patience: Duration) {
        let (told, done) = sync_channel(1);
        let end = Instant::now() + patience;
        if self.sender.try_send(Message::Flush(told)).is_ok() {
            let _ = done.recv_timeout(end.saturating_duration_since(Instant::now()));
        }
    }
}
