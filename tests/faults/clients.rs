//! Clients that dribble, leave, read nothing or send too much, in every protocol.

use std::{
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    dialect::{ALL, Dialect},
    support::{
        client::Client,
        gateway::{Gateway, UPSTREAM_KEY},
        http::{Message, PATIENCE},
        upstream::Upstream,
    },
};

/// A gateway with a provider of each dialect at one upstream, which clients of each protocol reach by its name.
pub(crate) fn config(upstream: &Upstream) -> Value {
    let providers = ALL.map(|dialect| {
        let url = format!("http://{}{}", upstream.address, dialect.base());
        let transformer = json!({ "use": [dialect.spec()] });
        json!({
            "name": dialect.spec(), "api_base_url": url, "api_key": UPSTREAM_KEY, "models": ["m"],
            "transformer": transformer,
        })
    });
    json!({ "Providers": providers, "retry": { "attempts": 1 }, "LOG_LEVEL": "warn" })
}

/// What a dialect's model is called.
pub(crate) fn model(dialect: Dialect) -> String {
    format!("{},m", dialect.spec())
}

/// An upstream that is well, in the dialect of the path at which it is asked.
pub(crate) fn well() -> Upstream {
    Upstream::start(|request, peer| {
        let dialect = *ALL.iter().rfind(|dialect| request.target().starts_with(dialect.base())).unwrap();
        peer.whole(200, &[("content-type", "application/json")], dialect.answer().to_string().as_bytes());
    })
}

/// Asks the provider of a dialect that is well; the answer must be its own.
#[track_caller]
pub(crate) fn goes_on(gateway: &Gateway) {
    for face in ALL {
        let body = face.question(&model(face), false).to_string();
        let answer = gateway.post(&face.path(&model(face), false), &[], body);
        assert_eq!((answer.status(), answer.json()), (200, face.answer()), "{face:?}");
    }
}

/// Requires an error of a protocol, all of it.
#[track_caller]
pub(crate) fn is_told(face: Dialect, answer: &Message, status: u16, kind: &str, message: &str) {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.everything());
    assert_eq!((answer.status(), answer.json()), (status, face.error(kind, message)), "{face:?}");
}

/// Begins a request of so many bytes, of which this is sent.
fn half(client: &mut Client, face: Dialect, length: usize, begin: &[u8]) {
    let path = face.path(&model(face), false);
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n");
    client.wire.write(&[head.as_bytes(), begin].concat()).unwrap();
}

#[test]
fn who_stops_within_a_body_is_not_waited_for() {
    let upstream = well();
    let mut config = config(&upstream);
    config["limits"] = json!({ "body_seconds": 1 });
    let gateway = Gateway::start(&config);
    thread::scope(|scope| {
        for face in ALL {
            let gateway = &gateway;
            scope.spawn(move || {
                let mut client = gateway.connect();
                half(&mut client, face, 100, b"{\"model\":");
                let answer = client.wire.message().unwrap().expect("an answer");
                is_told(face, &answer, 408, "timeout", "the rest of the body did not come in time");
                assert!(client.wire.closes_within(PATIENCE));
            });
        }
    });
    assert!(upstream.asked().is_empty());
    goes_on(&gateway);
}

#[test]
fn a_request_that_comes_byte_by_byte_is_answered() {
    let gateway = Gateway::start(&config(&well()));
    for face in ALL {
        let mut client = gateway.connect();
        let body = face.question(&model(face), false).to_string();
        let path = face.path(&model(face), false);
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
        for byte in (head + &body).bytes() {
            client.wire.write(&[byte]).unwrap();
            thread::sleep(Duration::from_micros(50));
        }
        let answer = client.wire.message().unwrap().expect("an answer");
        assert_eq!((answer.status(), answer.json()), (200, face.answer()));
    }
}

#[test]
fn who_leaves_within_a_body_has_asked_nothing() {
    let upstream = well();
    let gateway = Gateway::start(&config(&upstream));
    for face in ALL {
        for resets in [false, true] {
            let mut client = gateway.connect();
            half(&mut client, face, 1 << 20, b"{\"model\":");
            if resets {
                client.wire.dies();
            }
        }
    }
    let end = Instant::now() + PATIENCE;
    while gateway.get("/metrics", &[]).text().lines().all(|line| line != "wireloom_requests_in_flight 0") {
        assert!(Instant::now() < end, "requests are in flight whose clients have left");
        thread::sleep(Duration::from_millis(5));
    }
    assert!(upstream.asked().is_empty());
    goes_on(&gateway);
}

#[test]
fn who_leaves_ends_the_upstreams_work_in_every_protocol() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::start(move |_, peer| {
        let tell = tell.lock().unwrap().clone();
        tell.send(false).unwrap();
        tell.send(peer.left_within(PATIENCE)).unwrap();
    });
    let gateway = Gateway::start(&config(&upstream));
    for face in ALL {
        for stream in [false, true] {
            let mut client = gateway.connect();
            let body = face.question(&model(face), stream).to_string();
            client.send("POST", &face.path(&model(face), stream), &[], body.as_bytes());
            assert!(!told.recv_timeout(PATIENCE).unwrap());
            drop(client);
            assert!(told.recv_timeout(PATIENCE).unwrap(), "the upstream works for nobody: {face:?} {stream}");
        }
    }
}

#[test]
fn who_reads_nothing_of_an_answer_is_not_waited_for() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::start(move |_, peer| {
        peer.begin(200, &[("content-type", "text/event-stream")]);
        let words = Dialect::Anthropic.opening() + &Dialect::Anthropic.word(&"word ".repeat(10_000));
        while peer.raw(format!("{:x}\r\n{words}\r\n", words.len()).as_bytes()) {}
        tell.lock().unwrap().send(()).unwrap();
    });
    let mut config = config(&upstream);
    config["limits"] = json!({ "write_seconds": 1 });
    let gateway = Gateway::start(&config);
    for face in [Dialect::Anthropic, Dialect::Chat] {
        let mut client = gateway.connect();
        let body = face.question(&model(Dialect::Anthropic), true).to_string();
        client.send("POST", &face.path("m", true), &[], body.as_bytes());
        told.recv_timeout(PATIENCE).expect("the upstream works for nobody");
    }
}

/// In place of the words of a question, many of them.
fn long(face: Dialect, to: Dialect, size: usize) -> String {
    let (body, words) = (face.question(&model(to), false).to_string(), "long ".repeat(size / 5));
    let (before, after) = body.split_once("Hello?").unwrap();
    [before, &words, after].concat()
}

#[test]
fn thirty_megabytes_reach_the_upstream_whole() {
    let size = 30 << 20;
    let upstream = Upstream::start(move |request, peer| {
        let dialect = *ALL.iter().rfind(|dialect| request.target().starts_with(dialect.base())).unwrap();
        // All of the words, and a little around them.
        let status = if (size..size + 1000).contains(&request.body.len()) { 200 } else { 400 };
        peer.whole(status, &[("content-type", "application/json")], dialect.answer().to_string().as_bytes());
    });
    let gateway = Gateway::start(&config(&upstream));
    for face in ALL {
        let to = face.other();
        let answer = gateway.post(&face.path(&model(to), false), &[], long(face, to, size));
        assert_eq!(answer.status(), 200, "{face:?} to {to:?}: {}", answer.everything());
    }
}

#[test]
fn a_body_that_says_it_is_too_large_is_refused_unread() {
    let upstream = well();
    let mut config = config(&upstream);
    config["limits"] = json!({ "body_mb": 30 });
    let gateway = Gateway::start(&config);
    for face in ALL {
        let mut client = gateway.connect();
        half(&mut client, face, (30 << 20) + 1, b"{");
        let answer = client.wire.message().unwrap().expect("an answer");
        is_told(face, &answer, 413, "too_large", "the body is larger than 30 MiB");
        assert_eq!(answer.header("connection"), Some("close"));
        // One that does not say so is read as far as it may be long.
        let mut client = gateway.connect();
        let path = face.path(&model(face), false);
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
        client.wire.write(head.as_bytes()).unwrap();
        let (chunk, mut sent) = ([b"10000\r\n".as_slice(), &[b' '; 1 << 16], b"\r\n"].concat(), 0);
        while sent < 80 << 20 && client.wire.write(&chunk).is_ok() {
            sent += 1 << 16;
        }
        assert!((30 << 20..60 << 20).contains(&sent), "{sent} bytes are taken");
    }
    assert!(upstream.asked().is_empty());
    goes_on(&gateway);
}

#[test]
fn one_connection_too_many_waits_for_a_place() {
    let mut config = config(&well());
    config["limits"] = json!({ "connections": 2 });
    let gateway = Gateway::start(&config);
    let mut held = [gateway.connect(), gateway.connect()];
    for client in &mut held {
        assert_eq!(client.ask("GET", "/health", &[], &[]).status(), 200);
    }
    let mut waiting = gateway.connect();
    waiting.send("GET", "/health", &[], &[]);
    assert!(!waiting.wire.hears_within(Duration::from_millis(200)), "a connection too many is served");
    drop(held);
    assert_eq!(waiting.wire.message().unwrap().expect("an answer").status(), 200);
}
