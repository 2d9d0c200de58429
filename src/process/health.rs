//! Asking a service whether it is there, over its own address.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use jiff::Timestamp;
use serde::Deserialize;

use super::control::Refused;

/// How long each step of it may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most bytes of an answer.
const MOST: u64 = 64 << 10;

/// What `/health` tells.
#[derive(Clone, Debug, Deserialize)]
pub struct Health {
    /// What tells this service from any other.
    pub instance: String,
    /// When it was started, as a date and a time in UTC.
    pub started_at: String,
    /// Wireloom's version.
    pub version: String,
    /// How its configuration stands.
    pub config: Standing,
    /// Restarts that it has not made.
    pub restart: Option<Refused>,
}

/// How a service's configuration stands.
#[derive(Clone, Debug, Deserialize)]
pub struct Standing {
    /// The file, unless it is built in.
    pub path: Option<PathBuf>,
    /// When it was taken over, as a date and a time in UTC.
    pub loaded_at: String,
    /// Its number, from 1.
    pub generation: u64,
    /// Why a newer one was not taken over.
    pub error: Option<String>,
}

impl Health {
    /// For how many seconds it has run.
    pub fn uptime(&self) -> i64 {
        let since = |started: Timestamp| Timestamp::now().as_second() - started.as_second();
        self.started_at.parse().map_or(0, since).max(0)
    }
}

/// Asks whoever listens at an address; none, if that is no wireloom, or does not answer. It waits for the answer.
pub fn ask(address: SocketAddr) -> Option<Health> {
    let address = reached(address);
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    // An answer of this version ends with its connection. There is no need of encryption, of proxies and of a pool.
    write!(stream, "GET /health HTTP/1.0\r\nhost: {address}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}

/// Where this machine reaches what listens at an address: on all of them, at its own.
pub fn reached(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// What is made of an answer.
    fn told(answer: &'static str) -> Option<Health> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let peer = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // What is left unread would break the connection.
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                let mut some = [0; 1024];
                let count = stream.read(&mut some).unwrap();
                asked.extend_from_slice(&some[..count]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let health = ask(address);
        peer.join().unwrap();
        health
    }

    #[test]
    fn only_a_wireloom_is_one() {
        let health = told(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"status\":\"ok\",\"instance\":\"a\",\"version\":\"1\",\
             \"started_at\":\"2026-01-01T00:00:00Z\",\"config\":{\"path\":null,\"loaded_at\":\"\",\"generation\":2,\"error\":null}}",
        );
        let health = health.unwrap();
        assert_eq!((health.instance.as_str(), health.config.generation), ("a", 2));
        assert!(health.uptime() > 0);
        for other in ["", "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"ok\"}", "SSH-2.0-OpenSSH_9\r\n"] {
            assert!(told(other).is_none(), "{other}");
        }
    }

    #[test]
    fn what_listens_everywhere_is_reached_here() {
        let at = |text: &str| reached(text.parse().unwrap()).to_string();
        assert_eq!(
            (at("0.0.0.0:1"), at("[::]:1"), at("10.0.0.1:2")),
            ("127.0.0.1:1".into(), "[::1]:1".into(), "10.0.0.1:2".into())
        );
    }
}
