//! Clients that abuse HTTP/2: many streams and as many resets, heads without an end, heads that unpack to a lot.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use super::{
    clients::{config, goes_on, well},
    support::{gateway::Gateway, http::PATIENCE},
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames, and flags.
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), content].concat()
}

/// `GET / HTTP/2` of localhost, packed.
fn head() -> Vec<u8> {
    [&[0x82, 0x84, 0x86, 0x41, 9], b"localhost".as_slice()].concat()
}

/// A connection on which both sides have said hello.
fn connect(gateway: &Gateway) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).unwrap();
    stream
}

/// The next frame; none at the end of the connection.
fn next(stream: &mut TcpStream) -> Option<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let mut content = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
    stream.read_exact(&mut content).ok()?;
    Some((head[3], u32::from_be_bytes(head[5..9].try_into().unwrap()), content))
}

/// Whether the gateway ends the connection, be it with a word.
#[track_caller]
fn is_sent_away(mut stream: TcpStream) {
    let end = Instant::now() + PATIENCE;
    while let Some((kind, ..)) = next(&mut stream) {
        assert!(Instant::now() < end, "it goes on");
        if kind == GO_AWAY {
            return;
        }
    }
}

#[test]
fn a_request_over_a_shared_connection_is_answered() {
    let gateway = Gateway::start(&config(&well()));
    let mut stream = connect(&gateway);
    stream.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &head())).unwrap();
    let answered = std::iter::from_fn(|| next(&mut stream)).find(|(_, stream, _)| *stream == 1).expect("an answer");
    assert_eq!((answered.0, answered.2[0]), (HEADERS, 0x88), "not 200");
}

#[test]
fn who_opens_streams_only_to_reset_them_is_sent_away() {
    let gateway = Gateway::start(&config(&well()));
    let mut stream = connect(&gateway);
    for number in 0..200_000_u32 {
        let id = number * 2 + 1;
        let opened = frame(HEADERS, END_STREAM | END_HEADERS, id, &head());
        if stream.write_all(&[opened, frame(RESET, 0, id, &[0, 0, 0, 8])].concat()).is_err() {
            break;
        }
    }
    is_sent_away(stream);
    goes_on(&gateway);
}

#[test]
fn a_head_without_an_end_is_sent_away() {
    let gateway = Gateway::start(&config(&well()));
    let mut stream = connect(&gateway);
    stream.write_all(&frame(HEADERS, END_STREAM, 1, &head())).unwrap();
    // A literal that is never indexed: a name of one letter, and a value.
    let header = [&[0, 1, b'x', 127, 0x81, 0x07][..], &[b'x'; 256]].concat();
    let more = frame(CONTINUATION, 0, 1, &header.repeat(60));
    let begun = Instant::now();
    while stream.write_all(&more).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "it listens on");
    }
    goes_on(&gateway);
}

#[test]
fn a_head_that_unpacks_to_a_lot_is_refused() {
    let gateway = Gateway::start(&config(&well()));
    let mut stream = connect(&gateway);
    // One large header that the table keeps, and then a byte for each time that it is meant.
    let kept = [&[0x40, 1, b'x', 127, 0xa1, 0x1e][..], &[b'x'; 4000]].concat();
    let mut bomb = [head(), kept].concat();
    bomb.extend([0xbe; 10_000]);
    stream.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &bomb)).unwrap();
    let end = std::iter::from_fn(|| next(&mut stream)).find(|(kind, id, _)| *id == 1 || *kind == GO_AWAY);
    // The status, 431, as four bytes behind its name; or the stream or the connection is ended.
    let refused = end.is_none_or(|(kind, _, content)| kind != HEADERS || content[0] != 0x88);
    assert!(refused, "it is answered");
    goes_on(&gateway);
}

#[test]
fn who_only_ever_pings_is_answered_and_holds_nobody_up() {
    let gateway = Gateway::start(&config(&well()));
    let mut stream = connect(&gateway);
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    for _ in 0..20_000 {
        if stream.write_all(&frame(PING, 0, 0, &[0; 8])).is_err() {
            break;
        }
    }
    goes_on(&gateway);
}
