//! Clients that abuse HTTP/2: many streams and as many resets, heads without an end, heads that unpack to a lot,
//! connections on which nothing is asked, and answers that nobody reads.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    clients::{config, goes_on, model, well},
    dialect::Dialect,
    support::{gateway::Gateway, http::PATIENCE, upstream::Upstream},
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames, and flags.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
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

/// `POST PATH HTTP/2` of localhost, packed.
fn asking(path: &str) -> Vec<u8> {
    let length = u8::try_from(path.len()).unwrap();
    [&[0x83, 0x86, 0x41, 9], b"localhost".as_slice(), &[0x44, length], path.as_bytes()].concat()
}

/// A gateway that waits for a second at most.
fn hasty(upstream: &Upstream) -> Gateway {
    let mut config = config(upstream);
    config["limits"] = json!({ "idle_seconds": 1, "write_seconds": 1, "body_seconds": 1 });
    Gateway::start(&config)
}

/// Requires that the gateway closes the connection, whatever else the client does meanwhile.
#[track_caller]
fn is_closed(mut stream: TcpStream, mut meanwhile: impl FnMut(&mut TcpStream)) {
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let end = Instant::now() + PATIENCE;
    let mut heard = [0; 4096];
    loop {
        assert!(Instant::now() < end, "it goes on");
        match stream.read(&mut heard) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => return,
        }
        meanwhile(&mut stream);
    }
}

fn pings(stream: &mut TcpStream) {
    let _ = stream.write_all(&frame(PING, 0, 0, &[0; 8]));
}

#[test]
fn a_connection_on_which_nothing_is_asked_is_closed() {
    let gateway = hasty(&well());
    is_closed(connect(&gateway), |_| {});
    is_closed(connect(&gateway), pings);
    // A head that has begun is no request.
    let mut begun = connect(&gateway);
    begun.write_all(&frame(HEADERS, END_STREAM, 1, &head())).unwrap();
    is_closed(begun, pings);
    // What was asked before is over.
    let mut asked = connect(&gateway);
    asked.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &head())).unwrap();
    assert!(std::iter::from_fn(|| next(&mut asked)).any(|(_, stream, _)| stream == 1));
    is_closed(asked, pings);
    goes_on(&gateway);
}

#[test]
fn a_connection_on_which_an_answer_is_waited_for_is_not_idle() {
    let upstream = Upstream::start(|_, peer| {
        std::thread::sleep(Duration::from_secs(4));
        peer.whole(200, &[("content-type", "application/json")], Dialect::Chat.answer().to_string().as_bytes());
    });
    let gateway = hasty(&upstream);
    let mut stream = connect(&gateway);
    let body = Dialect::Chat.question(&model(Dialect::Chat), false).to_string();
    let path = Dialect::Chat.path("m", false);
    stream.write_all(&frame(HEADERS, END_HEADERS, 1, &asking(&path))).unwrap();
    stream.write_all(&frame(DATA, END_STREAM, 1, body.as_bytes())).unwrap();
    let answered = std::iter::from_fn(|| next(&mut stream)).find(|(kind, stream, _)| (*kind, *stream) == (HEADERS, 1));
    assert_eq!(answered.expect("an answer").2[0], 0x88, "not 200");
    is_closed(stream, pings);
}

#[test]
fn requests_whose_bodies_never_come_are_not_waited_for() {
    let gateway = hasty(&well());
    let mut stream = connect(&gateway);
    let path = Dialect::Anthropic.path("m", false);
    for number in 0..100 {
        stream.write_all(&frame(HEADERS, END_HEADERS, number * 2 + 1, &asking(&path))).unwrap();
    }
    let answers = std::iter::from_fn(|| next(&mut stream)).filter(|(kind, ..)| *kind == HEADERS).take(100);
    assert_eq!(answers.filter(|(.., content)| content[0] != 0x88).count(), 100);
    is_closed(stream, pings);
    goes_on(&gateway);
}

/// Answers that wait for the client are no answers of the transport's: it has always something else to write.
#[test]
fn who_lets_no_answer_come_is_not_waited_for() {
    let gateway = hasty(&well());
    let mut stream = connect(&gateway);
    // The initial window of streams is empty.
    stream.write_all(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])).unwrap();
    for number in 0..100 {
        stream.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, number * 2 + 1, &head())).unwrap();
    }
    is_closed(stream, pings);
    goes_on(&gateway);
}

#[test]
fn who_reads_a_stream_byte_by_byte_or_not_at_all_is_not_waited_for() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::start(move |_, peer| {
        peer.begin(200, &[("content-type", "text/event-stream")]);
        let words = Dialect::Anthropic.opening() + &Dialect::Anthropic.word(&"word ".repeat(10_000));
        while peer.raw(format!("{:x}\r\n{words}\r\n", words.len()).as_bytes()) {}
        tell.lock().unwrap().send(()).unwrap();
    });
    let gateway = hasty(&upstream);
    let a_byte = |stream: &mut TcpStream| {
        for id in [0, 1] {
            let _ = stream.write_all(&frame(WINDOW_UPDATE, 0, id, &[0, 0, 0, 1]));
        }
    };
    let clients: [fn(&mut TcpStream); 2] = [pings, a_byte];
    for (face, client) in [Dialect::Anthropic, Dialect::Chat].into_iter().zip(clients) {
        let mut stream = connect(&gateway);
        let body = face.question(&model(Dialect::Anthropic), true).to_string();
        stream.write_all(&frame(HEADERS, END_HEADERS, 1, &asking(&face.path("m", true)))).unwrap();
        stream.write_all(&frame(DATA, END_STREAM, 1, body.as_bytes())).unwrap();
        is_closed(stream, client);
        told.recv_timeout(PATIENCE).expect("the upstream works for nobody");
    }
}
