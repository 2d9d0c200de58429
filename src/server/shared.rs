//! Connections that requests share, as those of HTTP/2 do. No clock of the transport holds for them: a client may leave
//! answers unread or ask nothing, and pass the time with pings. They are closed when an answer lies unread for too long, and
//! when nothing has been asked on them for a while.

use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderValue, Version, header};
use salvo::{
    BoxedError, Request, Response,
    conn::ConnCtrl,
    http::body::{BytesFrame, ResBody},
};
use tokio::{
    task::AbortHandle,
    time::{Instant, sleep, sleep_until},
};
use wireloom_schema::config::ServiceLimits;

/// The largest piece of an answer that is written at once: what a client does not read stays where it can be seen.
const PIECE: usize = 16 << 10;

/// How long a client may take to leave once it is told to.
const FAREWELL: Duration = Duration::from_secs(2);

/// The connections that may be shared. Cheap to clone.
#[derive(Clone)]
pub(super) struct Connections {
    known: Arc<Mutex<HashMap<SocketAddr, Arc<Connection>>>>,
    idle: Duration,
    unread: Duration,
}

struct Connection {
    ctrl: ConnCtrl,
    usage: Mutex<Use>,
}

/// How many requests are answered on a connection, and since when that is so.
struct Use {
    running: usize,
    since: Instant,
}

impl Connections {
    pub(super) fn new(limits: &ServiceLimits) -> Self {
        let seconds = |seconds: std::num::NonZeroU32| Duration::from_secs(seconds.get().into());
        Self { known: Arc::default(), idle: seconds(limits.idle_seconds), unread: seconds(limits.write_seconds) }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<SocketAddr, Arc<Connection>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches over a new connection until what is returned is dropped.
    pub(super) fn watch(&self, address: SocketAddr, ctrl: &ConnCtrl) -> Watch {
        let since = Instant::now();
        let connection = Arc::new(Connection { ctrl: ctrl.clone(), usage: Mutex::new(Use { running: 0, since }) });
        self.known().insert(address, connection.clone());
        let clock = tokio::spawn(close_when_idle(connection.clone(), self.clone(), address)).abort_handle();
        Watch { connections: self.clone(), address, connection, clock }
    }

    /// A request has come. Until what is returned is dropped, its connection is in use; none, if no other request can share
    /// the connection, which other clocks watch over.
    pub(super) fn enter(&self, req: &Request) -> Option<Running> {
        let address = req.remote_addr().clone().into_std()?;
        if req.version() != Version::HTTP_2 {
            self.known().remove(&address);
            return None;
        }
        let connection = self.known().get(&address).cloned()?;
        connection.used(|running| running + 1);
        Some(Running { connection, unread: self.unread })
    }
}

impl Connection {
    fn used(&self, change: impl FnOnce(usize) -> usize) {
        let mut used = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        *used = Use { running: change(used.running), since: Instant::now() };
    }

    /// When it is to be looked at again; none, if it is idle for too long.
    fn next_look(&self, idle: Duration) -> Option<Instant> {
        let used = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        match used.running {
            0 => Some(used.since + idle).filter(|end| *end > Instant::now()),
            _ => Some(Instant::now() + idle),
        }
    }
}

async fn close_when_idle(connection: Arc<Connection>, connections: Connections, address: SocketAddr) {
    while let Some(next) = connection.next_look(connections.idle) {
        sleep_until(next).await;
        // One that is not shared is none of these any more.
        if !connections.known().get(&address).is_some_and(|known| Arc::ptr_eq(known, &connection)) {
            return;
        }
    }
    connection.ctrl.graceful_shutdown();
    sleep(FAREWELL).await;
    connection.ctrl.abort();
}

/// Watches over a connection.
pub(super) struct Watch {
    connections: Connections,
    address: SocketAddr,
    connection: Arc<Connection>,
    clock: AbortHandle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.clock.abort();
        let mut known = self.connections.known();
        if known.get(&self.address).is_some_and(|known| Arc::ptr_eq(known, &self.connection)) {
            known.remove(&self.address);
        }
    }
}

/// A request that is being answered on a shared connection.
pub(super) struct Running {
    connection: Arc<Connection>,
    unread: Duration,
}

impl Running {
    /// Stays with the answer until that is written.
    pub(super) fn stay(self, res: &mut Response) {
        let body = res.take_body();
        if body.is_none() {
            return;
        }
        if let Some(size) = body.size() {
            res.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
        }
        let given = Arc::new(Mutex::new(Some(Instant::now())));
        let clock = tokio::spawn(close_when_unread(given.clone(), self.unread, self.connection.ctrl.clone()));
        res.stream(Written { body, rest: Bytes::new(), given, clock: clock.abort_handle(), _running: self });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.connection.used(|running| running - 1);
    }
}

/// Since when a piece is given out after which nobody has asked; none while an answer is waited for.
type Given = Arc<Mutex<Option<Instant>>>;

async fn close_when_unread(given: Given, patience: Duration, ctrl: ConnCtrl) {
    loop {
        let since = *given.lock().unwrap_or_else(PoisonError::into_inner);
        match since {
            Some(since) if since.elapsed() >= patience => break,
            Some(since) => sleep_until(since + patience).await,
            None => sleep(patience).await,
        }
    }
    tracing::warn!("a connection is closed: an answer lies unread");
    ctrl.abort();
}

/// An answer that is being written to a shared connection.
struct Written {
    body: ResBody,
    /// What of the last piece is not given out yet.
    rest: Bytes,
    given: Given,
    clock: AbortHandle,
    _running: Running,
}

impl Written {
    fn note(&self, given: Option<Instant>) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = given;
    }
}

impl Stream for Written {
    type Item = Result<BytesFrame, BoxedError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.rest.is_empty() {
            self.note(None);
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.rest = bytes,
                    Err(frame) => return Poll::Ready(Some(Ok(BytesFrame(frame)))),
                },
                Some(Err(broken)) => return Poll::Ready(Some(Err(broken.into()))),
                None => return Poll::Ready(None),
            }
        }
        self.note(Some(Instant::now()));
        let most = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(most).into())))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.clock.abort();
    }
}
