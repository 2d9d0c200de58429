//! A client of the gateway.

use std::{io, net::SocketAddr};

use super::http::{Message, Wire};

/// One connection, kept alive.
pub(crate) struct Client {
    pub(crate) wire: Wire,
    host: SocketAddr,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self { wire: Wire::connect(address), host: address }
    }

    /// Sends a request and waits for its whole answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Message {
        self.send(method, target, headers, body);
        self.wire.message().unwrap().expect("an answer")
    }

    /// Sends a request and waits for the head of its answer.
    #[track_caller]
    pub(crate) fn begin(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Message {
        self.send(method, target, headers, body);
        self.wire.head().unwrap().expect("an answer")
    }

    /// What comes of a stream, and whether it ends properly.
    pub(crate) fn rest(&mut self) -> (String, io::Result<()>) {
        let mut text = Vec::new();
        let end = loop {
            match self.wire.piece() {
                Ok(Some(piece)) => text.extend(piece),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        (String::from_utf8(text).unwrap(), end)
    }

    /// Reads pieces until the text ends so; whether there is such text.
    pub(crate) fn hears(&mut self, text: &str) -> bool {
        let mut heard = String::new();
        while !heard.contains(text) {
            match self.wire.piece() {
                Ok(Some(piece)) => heard += &String::from_utf8(piece).unwrap(),
                _ => return false,
            }
        }
        true
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\n", self.host);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let says = |name: &str| headers.iter().any(|(known, _)| *known == name);
        if method == "POST" || !body.is_empty() {
            if !says("content-type") {
                head += "content-type: application/json\r\n";
            }
            if !says("content-length") {
                head += &format!("content-length: {}\r\n", body.len());
            }
        }
        // Who refuses a long body may answer before all of it is sent.
        let _ = self.wire.write(&[head.as_bytes(), b"\r\n", body].concat());
    }
}
