//! Carrying bytes from a source to a client on a task of its own.
//!
//! A source that arrives in many small pieces wakes its reader often. That reader is a light task here and not the
//! server's connection, which is woken only when there is something to write. When the client leaves, the task ends
//! at once, and with it the source.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;

/// Pieces that may wait for the client; behind them the source waits too.
const WAITING: usize = 16;

/// Something that gives bytes, piece by piece, until it ends.
pub trait Source: Send + 'static {
    /// The next bytes; none at the end.
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow>;
}

/// Whether more will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// More will come.
    Goes,
    /// That was all.
    Ends,
    /// It broke off, and the client must see that.
    Breaks,
}

/// The client's end.
#[derive(Debug)]
pub struct Relay {
    pieces: mpsc::Receiver<Result<Bytes, Broken>>,
    /// Whether a piece was given out and nobody has waited since.
    unwritten: bool,
    /// The break that comes next.
    broken: Option<Broken>,
}

/// The source broke off.
#[derive(Clone, Copy, Debug)]
pub struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the upstream's answer broke off")
    }
}

impl std::error::Error for Broken {}

impl Relay {
    /// Starts to carry.
    pub fn start(source: impl Source) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(carry(source, sender));
        Self { pieces: receiver, unwritten: false, broken: None }
    }
}

async fn carry(mut source: impl Source, sender: mpsc::Sender<Result<Bytes, Broken>>) {
    let mut pieces = Vec::new();
    loop {
        let flow = tokio::select! {
            biased;
            flow = poll_fn(|cx| source.poll_bytes(cx, &mut pieces)) => flow,
            () = sender.closed() => return,
        };
        for piece in pieces.drain(..) {
            if sender.send(Ok(piece)).await.is_err() {
                return;
            }
        }
        match flow {
            Flow::Goes => {}
            Flow::Ends => return,
            Flow::Breaks => {
                let _ = sender.send(Err(Broken)).await;
                return;
            }
        }
    }
}

impl Stream for Relay {
    type Item = Result<Bytes, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(broken) = self.broken.take() {
            return Poll::Ready(Some(Err(broken)));
        }
        let piece = self.pieces.poll_recv(cx);
        let was_unwritten = std::mem::replace(&mut self.unwritten, matches!(piece, Poll::Ready(Some(Ok(_)))));
        match piece {
            // A server writes when it has to wait. At a break it drops what it has not written, and the client would
            // never see what came just before.
            Poll::Ready(Some(Err(broken))) if was_unwritten => {
                self.broken = Some(broken);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            piece => piece,
        }
    }
}
