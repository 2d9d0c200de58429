//! An upstream that follows a script and remembers what it was asked.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::http::{Message, Wire};

/// A server on a free port of this machine, until the test's process ends.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Message>>>,
    connections: Arc<AtomicUsize>,
}

/// One connection to it, while a request is being answered.
pub(crate) struct Peer {
    wire: Wire,
    /// Whether the connection can serve another request.
    reusable: bool,
}

impl Upstream {
    /// Answers every request by a script.
    pub(crate) fn start(script: impl Fn(&Message, &mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<Message>>>::default();
        let connections = Arc::<AtomicUsize>::default();
        let (script, log, count) = (Arc::new(script), asked.clone(), connections.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::Relaxed);
                let (script, log) = (script.clone(), log.clone());
                let mut peer = Peer { wire: Wire::new(stream.unwrap()), reusable: true };
                thread::spawn(move || {
                    while let Ok(Some(request)) = peer.wire.message() {
                        log.lock().unwrap().push(request.clone());
                        script(&request, &mut peer);
                        if !peer.reusable {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, asked, connections }
    }

    /// Answers every request with the same JSON.
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        let body = body.into();
        Self::start(move |_, peer| peer.whole(status, &[("content-type", "application/json")], body.as_bytes()))
    }

    /// Answers every request with the same event stream, all of it at once.
    pub(crate) fn events(stream: impl Into<String>) -> Self {
        let stream = stream.into();
        Self::start(move |_, peer| {
            peer.begin(200, &[("content-type", "text/event-stream")]);
            peer.piece(&stream);
            peer.end();
        })
    }

    /// How many connections were made to it.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Message> {
        self.asked.lock().unwrap().clone()
    }

    /// The one request that it got.
    #[track_caller]
    pub(crate) fn only(&self) -> Message {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{:?}", asked.iter().map(|request| &request.start).collect::<Vec<_>>());
        asked.remove(0)
    }
}

impl Peer {
    /// A whole answer.
    pub(crate) fn whole(&mut self, status: u16, headers: &[(&str, &str)], body: &[u8]) {
        let head = head(status, headers) + &format!("content-length: {}\r\n\r\n", body.len());
        self.write(&[head.as_bytes(), body].concat());
    }

    /// The head of an answer that comes in pieces.
    pub(crate) fn begin(&mut self, status: u16, headers: &[(&str, &str)]) {
        self.write((head(status, headers) + "transfer-encoding: chunked\r\n\r\n").as_bytes());
    }

    /// A piece of it.
    pub(crate) fn piece(&mut self, text: &str) {
        self.write(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes());
    }

    /// Its end.
    pub(crate) fn end(&mut self) {
        self.write(b"0\r\n\r\n");
    }

    /// Closes the connection, whatever was promised.
    pub(crate) fn cut(&mut self) {
        self.reusable = false;
    }

    /// Whether the gateway gives up the request in time.
    pub(crate) fn left_within(&mut self, limit: Duration) -> bool {
        self.reusable = false;
        self.wire.closes_within(limit)
    }

    /// Any bytes, whatever they mean; whether the gateway still listens.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> bool {
        self.write(bytes);
        self.reusable
    }

    /// Closes the connection as a process does that has died: what is on its way is lost.
    pub(crate) fn reset(&mut self) {
        self.reusable = false;
        self.wire.dies();
    }

    fn write(&mut self, bytes: &[u8]) {
        // The gateway may have left, as some tests want it to.
        self.reusable &= self.wire.write(bytes).is_ok();
    }
}

fn head(status: u16, headers: &[(&str, &str)]) -> String {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Told\r\n{lines}")
}
