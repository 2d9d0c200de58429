//! The thread that writes records.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use prometheus_client::metrics::counter::Counter;
use wireloom_schema::config::RecordsConfig;

use super::{Entry, store::Store};

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
const RETRY: Duration = Duration::from_secs(5);

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
}

enum Message {
    Entry(Box<Entry>),
    /// Everything before this is to be written at once, and then this is to be told.
    Flush(SyncSender<()>),
}

impl Writer {
    /// Starts the thread. It ends when the writer is dropped.
    pub(super) fn start(path: PathBuf, config: &RecordsConfig, dropped: Counter) -> Self {
        let (sender, receiver) = sync_channel(if config.bodies { WAITING_WITH_BODIES } else { WAITING });
        let mut desk = Desk {
            path: path.clone(),
            days: config.days,
            store: None,
            dropped: dropped.clone(),
            closed_until: None,
            complained: None,
            cleaned: None,
        };
        let started = thread::Builder::new().name("records".into()).spawn(move || desk.work(&receiver));
        if let Err(error) = started {
            tracing::error!(%error, "no records are kept: their thread cannot start");
        }
        Self { path, sender, dropped }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
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
    dropped: Counter,
    /// Until when a file that failed is left alone.
    closed_until: Option<Instant>,
    complained: Option<Instant>,
    cleaned: Option<Instant>,
}

impl Desk {
    fn work(&mut self, receiver: &Receiver<Message>) {
        // Old records go, and the file's flaws are told, before the first request.
        self.write(&[]);
        let mut batch = Vec::new();
        let mut due: Option<Instant> = None;
        loop {
            let message = match due {
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
            self.write(&batch);
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

    fn write(&mut self, batch: &[Entry]) {
        if self.closed_until.is_some_and(|until| Instant::now() < until) {
            self.dropped.inc_by(batch.len() as u64);
            return;
        }
        if let Err(error) = self.try_write(batch) {
            self.dropped.inc_by(batch.len() as u64);
            self.store = None;
            self.closed_until = Instant::now().checked_add(RETRY);
            if self.complained.is_none_or(|then| then.elapsed() >= COMPLAINT) {
                self.complained = Some(Instant::now());
                tracing::warn!(file = %self.path.display(), %error, "records cannot be kept; requests go on without");
            }
        }
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
        if !batch.is_empty() {
            store.write(batch)?;
        }
        self.store = Some(store);
        Ok(())
    }
}
