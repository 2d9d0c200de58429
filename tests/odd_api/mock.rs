//! The invented APIs' own server.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::http::Message;

/// The key that it wants.
pub(crate) const KEY: &str = "loom-key";

pub(crate) struct Mock {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Mock {
    /// Serves on a free port until the test ends.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mock = Mock { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = mock.asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                respond(&mut stream.unwrap(), &asked);
            }
        });
        mock
    }

    /// The last request.
    pub(crate) fn asked(&self) -> Value {
        self.asked_at().1
    }

    /// The same with where it was asked.
    pub(crate) fn asked_at(&self) -> (String, Value) {
        self.asked.lock().unwrap().pop().unwrap()
    }
}

fn respond(stream: &mut TcpStream, asked: &Mutex<Vec<(String, Value)>>) {
    let message = Message::read(stream);
    if message.first.starts_with("POST /token ") {
        return whole(stream, 200, &json!({ "access_token": "t-1", "expires_in": 3600, "token_type": "Bearer" }));
    }
    let request: Value = serde_json::from_str(&message.body).unwrap();
    let target = message.first.split(' ').nth(1).unwrap().to_owned();
    if target.contains("/birds/") {
        asked.lock().unwrap().push((target.clone(), request));
        return match target.contains(":flow?as=events") {
            true => streamed(stream, "text/event-stream", &flight()),
            false => whole(
                stream,
                200,
                &json!({ "flight": "f-2", "letter": { "who": "bird", "text": "Coo." }, "end": "landed" }),
            ),
        };
    }
    let (engine, live) = (request["engine"].clone(), request["live"] == true);
    asked.lock().unwrap().push((target.clone(), request));
    let shown = message.header("authorization").unwrap_or_default();
    let knows = match target.as_str() {
        "/vaults/p-1/weave" => shown == "Bearer t-1",
        _ if shown.contains("/north-1/loom/aws4_request") => shown.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"),
        _ => message.header("x-loom-token") == Some(KEY),
    };
    let knows = knows && message.header("x-loom-edition") == Some("7");
    if !target.ends_with("/weave") {
        whole(stream, 404, &json!({ "oops": { "what": message.first, "sort": "nowhere" } }));
    } else if !knows {
        whole(stream, 401, &json!({ "oops": { "what": "who are you?", "sort": "stranger" } }));
    } else if engine == "breathless" {
        whole(stream, 430, &json!({ "oops": { "what": "the loom is out of breath", "sort": "breathless" } }));
    } else if live {
        let torn = json!({ "ev": "oops", "oops": { "what": "the thread tore", "sort": "crowded" } });
        let mut lines = lines();
        if engine == "torn" {
            lines.truncate(3);
            lines.push(torn);
        }
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        streamed(stream, "application/x-ndjson", &body);
    } else {
        whole(stream, 200, &answer());
    }
}

fn tally() -> Value {
    json!({ "eaten": { "fresh": 10, "warm": 4, "stored": 1 }, "spoken": { "all": 7, "mused": 2 } })
}

fn answer() -> Value {
    json!({
        "answer": { "ticket": "ans-1", "by": "weaver-1", "born": 1_700_000_000 },
        "says": [
            { "kind": "musing", "body": "Oak, then.", "seal": "seal-1" },
            { "kind": "words", "body": "It is “oak”." },
            { "kind": "errand", "ticket": "call_2", "errand": { "tool": "look", "with": "{\"at\":\"oak\"}" } },
        ],
        "why": { "word": "errand" },
        "tally": tally(),
    })
}

fn lines() -> Vec<Value> {
    vec![
        json!({ "ev": "hi", "answer": { "ticket": "ans-1", "by": "weaver-1" } }),
        json!({ "ev": "mus", "d": "Oak, " }),
        json!({ "ev": "mus", "d": "then." }),
        json!({ "ev": "seal", "d": "seal-1" }),
        json!({ "ev": "hum" }),
        json!({ "ev": "tok", "d": "It is " }),
        json!({ "ev": "tok", "d": "“oak”." }),
        json!({ "ev": "run", "n": 0, "ticket": "call_2", "tool": "look" }),
        json!({ "ev": "arg", "n": 0, "d": "{\"at\":" }),
        json!({ "ev": "arg", "n": 0, "d": " \"oak\"}" }),
        json!({ "ev": "why", "word": "errand" }),
        json!({ "ev": "sum", "tally": tally() }),
        json!({ "ev": "bye" }),
    ]
}

fn whole(stream: &mut TcpStream, status: u16, body: &Value) {
    let body = body.to_string();
    let size = body.len();
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n"
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
}

/// The second API's stream: several steps in a frame, and a count in more than one.
fn flight() -> String {
    let frames = [
        json!({ "flight": "f-1", "bird": "dove", "piece": { "thoughts": "Home?" }, "words": { "words_in": 3 } }),
        json!({ "flight": "f-1", "piece": { "text": "Coo." } }),
        json!({ "piece": { "skills": [{ "n": 0, "call": "c-1", "skill": "look" }] } }),
        json!({ "piece": { "skills": [{ "n": 0, "input": "{\"at\":\"sea\"}" }] } }),
        json!({ "piece": {}, "end": "needs_skill", "words": { "words_in": 3, "words_out": 5 } }),
    ];
    let frames: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
    frames + "data: [LANDED]\n\n"
}

/// In pieces that end where no line does.
fn streamed(stream: &mut TcpStream, kind: &str, body: &str) {
    stream.set_nodelay(true).unwrap();
    let head = format!("HTTP/1.1 200 -\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    for piece in body.as_bytes().chunks(37) {
        // A client that has heard of an error is gone.
        if stream.write_all(piece).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}
