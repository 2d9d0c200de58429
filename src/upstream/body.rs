//! The body of an answer while it is coming.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use tokio::time::{Instant, Sleep};

use super::error::{UpstreamError, Wait, reason};

/// A batch is handed over when it has this many bytes, even if more have already come.
pub const BATCH: usize = 64 << 10;

/// The body of an answer, as a stream of the chunks in which it comes.
///
/// Dropping it before its end closes the connection, or only the stream within it if the connection is shared, so
/// that the upstream stops working for nobody.
pub struct Body {
    inner: reqwest::Body,
    host: Box<str>,
    silence: Silence,
    state: State,
    /// How many bytes the batch in the making has.
    batched: usize,
    /// Whether the task has just yielded for more frames of the batch in the making.
    yielded: bool,
}

/// How far the body has come.
enum State {
    Coming,
    /// The body died while a batch was in the making, which was handed over first.
    Failed(UpstreamError),
    Over,
}

impl Body {
    pub(super) fn new(inner: reqwest::Body, host: Box<str>, idle: Duration) -> Self {
        Body { inner, host, silence: Silence::new(idle), state: State::Coming, batched: 0, yielded: false }
    }

    /// Takes everything that has already come, up to [`BATCH`] bytes, and says whether the body has ended with it.
    ///
    /// The frames are appended to `batch`, some of them even while the result is still pending, so the same vector has
    /// to be given until this is ready. A connection hands its frames over one by one, through a channel with one
    /// place, so what came in one read of the network takes several turns to get here. That is why a batch in the
    /// making lets the other tasks run once after its last frame, and is handed over as soon as that brought nothing
    /// more. A frame that comes alone is therefore held back for one turn of the scheduler and no longer.
    ///
    /// # Errors
    ///
    /// Fails when the body dies or is silent for too long, but only after all that came before has been handed over.
    pub fn poll_batch(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        batch: &mut Vec<Bytes>,
    ) -> Poll<Result<bool, UpstreamError>> {
        let this = &mut *self;
        while this.batched < BATCH {
            match this.poll_chunk(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    this.batched += chunk.len();
                    this.yielded = false;
                    batch.push(chunk);
                }
                Poll::Ready(None) => {
                    this.batched = 0;
                    return Poll::Ready(Ok(true));
                }
                Poll::Ready(Some(Err(error))) if this.batched == 0 => return Poll::Ready(Err(error)),
                Poll::Ready(Some(Err(error))) => {
                    this.state = State::Failed(error);
                    break;
                }
                Poll::Pending if this.batched == 0 => return Poll::Pending,
                Poll::Pending if this.yielded => break,
                Poll::Pending => {
                    this.yielded = true;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
        this.batched = 0;
        this.yielded = false;
        Poll::Ready(Ok(false))
    }

    /// Reads the body until it has ended or more than `limit` bytes have come, and says whether it has ended.
    ///
    /// # Errors
    ///
    /// Fails when the body dies or is silent for too long.
    pub async fn beginning(&mut self, limit: usize) -> Result<(Vec<Bytes>, bool), UpstreamError> {
        let (mut chunks, mut size) = (Vec::new(), 0);
        while size <= limit {
            let Some(chunk) = poll_fn(|cx| self.poll_chunk(cx)).await.transpose()? else { return Ok((chunks, true)) };
            size += chunk.len();
            chunks.push(chunk);
        }
        Ok((chunks, false))
    }

    /// Reads the whole body if it has at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Fails when the body is larger, dies or is silent for too long.
    pub async fn whole(mut self, limit: usize) -> Result<Bytes, UpstreamError> {
        if self.inner.size_hint().lower() > limit as u64 {
            return Err(self.too_large(limit));
        }
        let mut chunks = Vec::new();
        let mut size = 0;
        while let Some(chunk) = poll_fn(|cx| self.poll_chunk(cx)).await.transpose()? {
            size += chunk.len();
            if size > limit {
                return Err(self.too_large(limit));
            }
            chunks.push(chunk);
        }
        // A body that came in one chunk need not be copied.
        Ok(match chunks.as_mut_slice() {
            [only] => std::mem::take(only),
            chunks => chunks.concat().into(),
        })
    }

    /// Takes the next chunk that is not empty. After an error there is no other.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, UpstreamError>>> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Coming => {}
            State::Failed(error) => return Poll::Ready(Some(Err(error))),
            State::Over => return Poll::Ready(None),
        }
        let error = loop {
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.silence.broken();
                    // Trailers mean nothing here.
                    if let Ok(chunk) = frame.into_data()
                        && !chunk.is_empty()
                    {
                        self.state = State::Coming;
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    break UpstreamError::Broken { host: self.host.clone(), reason: reason(&error) };
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending if self.silence.poll_too_long(cx).is_pending() => {
                    self.state = State::Coming;
                    return Poll::Pending;
                }
                Poll::Pending => {
                    let limit = self.silence.limit;
                    break UpstreamError::Timeout { host: self.host.clone(), wait: Wait::Idle, limit };
                }
            }
        };
        // A body that failed is not read to its end, so its connection must not wait for that.
        self.inner = reqwest::Body::from(Bytes::new());
        Poll::Ready(Some(Err(error)))
    }

    fn too_large(&self, limit: usize) -> UpstreamError {
        UpstreamError::TooLarge { host: self.host.clone(), limit }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, UpstreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Notices when nothing has come for too long.
struct Silence {
    limit: Duration,
    since: Instant,
    /// A timer that may still be set to the end of an earlier silence. Chunks do not touch it: it is set anew only
    /// when it goes off too early, which is at most once in each time limit.
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    fn new(limit: Duration) -> Self {
        Silence { limit, since: Instant::now(), timer: Box::pin(tokio::time::sleep(limit)) }
    }

    /// Something has come.
    fn broken(&mut self) {
        self.since = Instant::now();
    }

    /// Is ready when the silence has lasted too long.
    fn poll_too_long(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let Some(end) = self.since.checked_add(self.limit) else {
                return Poll::Pending;
            };
            if end <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(end);
        }
    }
}
