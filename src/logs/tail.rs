//! Listening to the log while it is written.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel, error::TrySendError},
    time::{Interval, MissedTickBehavior, interval},
};

/// How many lines may wait for one who listens; further ones are not told to them.
const WAITING: usize = 512;

/// How often a sign of life is given.
const LIFE: Duration = Duration::from_secs(15);

/// Those who listen.
#[derive(Debug, Default)]
pub(super) struct Tail {
    listeners: Mutex<Vec<Sender<Bytes>>>,
    heard: AtomicBool,
}

impl Tail {
    /// Whether anyone listens: nothing is made for nobody.
    pub(super) fn is_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    pub(super) fn listen(&self) -> Listener {
        let (sender, lines) = channel(WAITING);
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        self.heard.store(true, Ordering::Relaxed);
        let mut life = interval(LIFE);
        life.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Listener { lines, life }
    }

    pub(super) fn end(&self) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.heard.store(false, Ordering::Relaxed);
    }

    fn tell(&self, line: &[u8]) {
        let event = Bytes::from([b"data: ", line.trim_ascii_end(), b"\n\n"].concat());
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| !matches!(listener.try_send(event.clone()), Err(TrySendError::Closed(_))));
        self.heard.store(!listeners.is_empty(), Ordering::Relaxed);
    }
}

/// Takes one line of the log.
pub(super) struct Line(pub(super) Arc<Tail>);

impl io::Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.tell(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged from now on, as server-sent events whose data are lines of JSON.
#[derive(Debug)]
pub struct Listener {
    lines: Receiver<Bytes>,
    life: Interval,
}

impl Stream for Listener {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(line) = self.lines.poll_recv(cx) {
            return Poll::Ready(line.map(Ok));
        }
        // The first comes at once: the head of the answer waits for no line.
        self.life.poll_tick(cx).map(|_| Some(Ok(Bytes::from_static(b": listening\n\n"))))
    }
}
