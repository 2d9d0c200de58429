//! A client that costs little, so that what is measured is the gateway.

use std::{io, net::SocketAddr, time::Duration};

use memchr::memmem;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Where the head of a message ends, if all of it has come.
pub(crate) fn head_end(read: &[u8]) -> Option<usize> {
    memmem::find(read, b"\r\n\r\n").map(|at| at + 4)
}

/// Where the body ends behind a head that ends there, if all of it has come.
pub(crate) fn body_of(read: &[u8], head: usize) -> Option<usize> {
    let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
    if let Some((_, rest)) = text.split_once("\r\ncontent-length:") {
        let length: usize = rest.split("\r\n").next().unwrap().trim().parse().unwrap();
        return Some(head + length).filter(|end| read.len() >= *end);
    }
    match text.contains("\r\ntransfer-encoding: chunked") {
        // Nobody sends a second message before the first is answered.
        true => (read.ends_with(b"\r\n0\r\n\r\n") || &read[head..] == b"0\r\n\r\n").then_some(read.len()),
        false => Some(head),
    }
}

/// A connection, kept alive.
pub(crate) struct Client {
    address: SocketAddr,
    socket: Option<TcpStream>,
    read: Vec<u8>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, socket: None, read: Vec::new() }
    }

    /// Sends a request.
    pub(crate) async fn send(&mut self, path: &str, headers: &str, body: &str) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => timeout(PATIENCE, TcpStream::connect(self.address)).await??,
        };
        socket.set_nodelay(true)?;
        let socket = self.socket.insert(socket);
        self.read.clear();
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        socket.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await
    }

    /// Reads until the text has come.
    pub(crate) async fn hears(&mut self, text: &str) -> io::Result<()> {
        while memmem::find(&self.read, text.as_bytes()).is_none() {
            self.more().await?;
        }
        Ok(())
    }

    /// Reads the rest of the answer.
    pub(crate) async fn rest(&mut self) -> io::Result<Answer> {
        let (head, end) = loop {
            if let Some(found) = head_end(&self.read).and_then(|head| Some((head, body_of(&self.read, head)?))) {
                break found;
            }
            self.more().await?;
        };
        let start = String::from_utf8_lossy(&self.read[..head]).to_ascii_lowercase();
        let status = start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        if start.contains("\r\nconnection: close") {
            self.socket = None;
        }
        let body = &self.read[head..end];
        let body = if start.contains("\r\ntransfer-encoding: chunked") { unchunked(body) } else { body.to_vec() };
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Leaves, whatever is on its way.
    pub(crate) fn leave(&mut self) {
        self.socket = None;
    }

    async fn more(&mut self) -> io::Result<()> {
        let socket = self.socket.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        match timeout(PATIENCE, socket.read_buf(&mut self.read)).await?? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// What stands in chunks, of which all have come.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(rest.len());
    while let Some(end) = memmem::find(rest, b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&rest[..end]), 16).unwrap();
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
    body
}

impl Answer {
    /// All that a stream says, of either protocol.
    pub(crate) fn text(&self) -> String {
        let frames = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        let frames = frames.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        let text = |frame: Value| {
            let said = [&frame["delta"]["text"], &frame["choices"][0]["delta"]["content"]];
            said.iter().find_map(|text| text.as_str()).unwrap_or_default().to_owned()
        };
        frames.map(text).collect()
    }
}
