//! The thread that writes records.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use serde::Serialize;
use wireloom_schema::config::RecordsConfig;

use super::{Entry, Metrics, projects::Projects, store::Store};

/// The longest that a record waits to be written: so much is lost when the process is killed.
const DELAY: Duration = Duration::from_millis(500);

/// How long the thread lets records gather before it looks for more: woken for each of them, it would take requests more
/// time than the writing.
const GATHERING: Duration = Duration::from_millis(20);

/// The most records that are written at once.
const BATCH: usize = 512;

/// How many records may wait; with their bodies, which are large, fewer.
const WAITING: usize = 16 * 1024;
const WAITING_WITH_BODIES: usize = 512;

/// How long a file that cannot be written is left alone.
const RETRY: Duration = Duration::from_secs(1);

/// How often it is told that records are dropped.
const COMPLAINT: Duration = Duration::from_secs(60);

/// How often old records are looked for.
const CLEANING: Duration = Duration::from_secs(3600);

/// Sends records to the thread that writes them.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    sender: SyncSender<Message>,
    dropped: Counter,
    failing: Gauge,
}

/// How the file of records is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// Records are kept.
    Kept,
    /// They cannot be kept at present, and are dropped.
    Failing,
    /// None are to be kept.
    Off,
}

enum Message {
    Entry(Box<Entry>),
    /// Everything before this is to be written at once, and then this is to be told.
    Flush(SyncSender<()>),
}

impl Writer {
    /// Starts the thread. It ends when the writer is dropped.
    pub(super) fn start(path: PathBuf, config: &RecordsConfig, metrics: &Metrics) -> Self {
        let (sender, receiver) = sync_channel(if config.bodies { WAITING_WITH_BODIES } else { WAITING });
        let mut desk = Desk {
            path: path.clone(),
            days: config.days,
            store: None,
            projects: Projects::new(crate::config::home()),
            dropped: metrics.dropped.clone(),
            failing: metrics.failing.clone(),
            lost: 0,
            closed_until: None,
            complained: None,
            cleaned: None,
        };
        let started = thread::Builder::new().name("records".into()).spawn(move || desk.work(&receiver));
        if let Err(error) = started {
            tracing::error!(%error, "no records are kept: their thread cannot start");
        }
        Self { path, sender, dropped: metrics.dropped.clone(), failing: metrics.failing.clone() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How the file is doing.
    pub(super) fn condition(&self) -> Condition {
        if self.failing.get() == 0 { Condition::Kept } else { Condition::Failing }
    }

    /// Takes a record, or drops it where too many wait.
    pub(super) fn take(&self, entry: Entry) {
        if self.sender.try_send(Message::Entry(Box::new(entry))).is_err() {
            self.dropped.inc();
        }
    }

    /// Waits until all records are written, but not longer than that.
    pub(super) fn flush(&self, patience: Duration) {
        let (told, done) = sync_channel(1);
        let end = Instant::now() + patience;
        let mut message = Message::Flush(told);
        while let Err(TrySendError::Full(back)) = self.sender.try_send(message) {
            if Instant::now() >= end {
                return;
            }
            message = back;
            thread::sleep(Duration::from_millis(5));
        }
        let _ = done.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

/// The next message that comes until then.
fn gathered(receiver: &Receiver<Message>, due: Instant) -> Result<Message, RecvTimeoutError> {
    loop {
        match receiver.try_recv() {
            Ok(message) => return Ok(message),
            Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
            Err(TryRecvError::Empty) => {}
        }
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(RecvTimeoutError::Timeout);
        }
        thread::sleep(left.min(GATHERING));
    }
}

/// What the thread works with.
struct Desk {
    path: PathBuf,
    days: u32,
    store: Option<Store>,
    projects: Projects,
    dropped: Counter,
    failing: Gauge,
    /// How many records were lost since they could last be kept.
    lost: u64,
    /// Until when a file that failed is left alone.
    closed_until: Option<Instant>,
    complained: Option<Instant>,
    cleaned: Option<Instant>,
}

impl Desk {
    fn work(&mut self, receiver: &Receiver<Message>) {
        // Old records go, and the file's flaws are told, before the first request.
        self.write(&mut []);
        let mut batch = Vec::new();
        let mut due: Option<Instant> = None;
        loop {
            let message = match due {
                // Whether it can be written again is to be known soon, whether requests come or not.
                None if self.failing.get() != 0 => receiver.recv_timeout(RETRY),
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => gathered(receiver, due),
            };
            let (mut told, mut over) = (None, false);
            match message {
                Ok(Message::Entry(entry)) => {
                    batch.push(*entry);
                    due = due.or_else(|| Instant::now().checked_add(DELAY));
                    if batch.len() < BATCH {
                        continue;
                    }
                }
                Ok(Message::Flush(done)) => told = Some(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => over = true,
            }
            self.write(&mut batch);
            batch.clear();
            due = None;
            if let Some(told) = told {
                let _ = told.try_send(());
            }
            if over {
                return;
            }
        }
    }

    fn write(&mut self, batch: &mut [Entry]) {
        if self.closed_until.is_some_and(|until| Instant::now() < until) {
            return self.lose(batch.len());
        }
        for entry in batch.iter_mut() {
            entry.redact();
            let record = &mut entry.record;
            record.project = record.session.as_deref().and_then(|session| self.projects.of(session));
        }
        match self.try_write(batch) {
            Ok(()) if self.failing.get() != 0 => {
                tracing::info!(file = %self.path.display(), lost = self.lost, "records are kept again");
                self.failing.set(0);
                (self.lost, self.closed_until) = (0, None);
            }
            Ok(()) => {}
            Err(error) => {
                self.failing.set(1);
                self.lose(batch.len());
                self.store = None;
                self.closed_until = Instant::now().checked_add(RETRY);
                if self.complained.is_none_or(|then| then.elapsed() >= COMPLAINT) {
                    self.complained = Some(Instant::now());
                    tracing::warn!(file = %self.path.display(), %error, "records cannot be kept; requests go on without");
                }
            }
        }
    }

    fn lose(&mut self, count: usize) {
        self.lost += count as u64;
        self.dropped.inc_by(count as u64);
    }

    fn try_write(&mut self, batch: &[Entry]) -> rusqlite::Result<()> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => Store::open(&self.path)?,
        };
        if self.cleaned.is_none_or(|then| then.elapsed() >= CLEANING) {
            self.cleaned = Some(Instant::now());
            store.forget(self.days)?;
        }
        match batch {
            [] if self.failing.get() != 0 => store.probe()?,
            [] => {}
            batch => store.write(batch)?,
        }
        self.store = Some(store);
        Ok(())
    }
}
