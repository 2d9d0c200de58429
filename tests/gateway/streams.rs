//! Streams while they come, and how they end.

use std::{
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    BOTH, CHAT, MESSAGES, chat_answer, delta, messages_answer, question,
    support::{
        gateway::{Gateway, anthropic_config, config},
        http::PATIENCE,
        sse::{anthropic, events},
        upstream::{Peer, Upstream},
    },
    told_in,
};

pub(super) const STREAM: [(&str, &str); 1] = [("content-type", "text/event-stream")];

/// A frame with a piece of text, in the dialect that a client at `path` does not speak.
pub(super) fn word(path: &str, text: &str) -> String {
    if path == MESSAGES {
        format!("data: {}\n\n", delta(json!({ "content": text }), None))
    } else {
        let delta = json!({ "type": "text_delta", "text": text });
        anthropic(&[json!({ "type": "content_block_delta", "index": 0, "delta": delta })])
    }
}

/// What comes before the words.
pub(super) fn opening(path: &str) -> String {
    if path == MESSAGES {
        return format!("data: {}\n\n", delta(json!({ "role": "assistant", "content": "" }), None));
    }
    let block = json!({ "type": "text", "text": "" });
    anthropic(&[
        json!({ "type": "message_start", "message": messages_answer() }),
        json!({ "type": "content_block_start", "index": 0, "content_block": block }),
    ])
}

/// What comes after them.
pub(super) fn ending(path: &str) -> String {
    if path == MESSAGES {
        return format!("data: {}\n\ndata: [DONE]\n\n", delta(json!({}), Some("stop")));
    }
    anthropic(&[
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 1 } }),
        json!({ "type": "message_stop" }),
    ])
}

/// The configuration in which a client at `path` has an upstream of the other dialect.
pub(super) fn across(path: &str, upstream: &Upstream) -> Value {
    if path == MESSAGES { config(upstream) } else { anthropic_config(upstream) }
}

/// The same, of its own dialect.
pub(super) fn along(path: &str, upstream: &Upstream) -> Value {
    if path == MESSAGES { anthropic_config(upstream) } else { config(upstream) }
}

/// Requires a stream that ends with an error event, and gives its type and message.
#[track_caller]
pub(super) fn ends_with_an_error(path: &str, text: &str) -> (String, String) {
    assert!(!text.contains("message_stop") && !text.contains("[DONE]"), "it seems complete: {text}");
    if path == MESSAGES {
        assert!(text.contains("event: error\ndata: "), "{text}");
    }
    let events = events(text);
    let last = events.last().expect("an event");
    if path == MESSAGES {
        return told_in(path, last);
    }
    let text = |key: &str| last["error"][key].as_str().unwrap_or_else(|| panic!("no {key}: {last}")).to_owned();
    (text("type"), text("message"))
}

fn stream_of(path: &str, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> (u16, String) {
    let upstream = Upstream::start(move |_, peer| script(peer));
    let gateway = Gateway::start(&across(path, &upstream));
    let mut client = gateway.connect();
    let head = client.begin("POST", path, &[], question("any", true).as_bytes());
    let (text, end) = client.rest();
    end.unwrap();
    (head.status(), text)
}

#[test]
fn every_chunk_reaches_the_client_before_the_next_one_is_sent() {
    for path in BOTH {
        for is_across in [true, false] {
            let (heard, confirmed) = mpsc::channel();
            let confirmed = Mutex::new(confirmed);
            let words: Vec<String> = (0..40).map(|number| format!("w{number};")).collect();
            let (sent, other) = (words.clone(), if is_across { path } else { BOTH[usize::from(path == MESSAGES)] });
            let upstream = Upstream::start(move |_, peer| {
                peer.begin(200, &STREAM);
                peer.piece(&opening(other));
                for text in &sent {
                    peer.piece(&word(other, text));
                    // Nothing more is sent until the client has seen this.
                    confirmed.lock().unwrap().recv_timeout(PATIENCE).unwrap();
                }
                peer.piece(&ending(other));
                peer.end();
            });
            let gateway = Gateway::start(&if is_across { across(path, &upstream) } else { along(path, &upstream) });
            let mut client = gateway.connect();
            assert_eq!(client.begin("POST", path, &[], question("any", true).as_bytes()).status(), 200);
            for text in &words {
                assert!(client.hears(text), "{text} does not come at {path}");
                heard.send(()).unwrap();
            }
            client.rest().1.unwrap();
        }
    }
}

#[test]
fn frames_that_are_cut_anywhere_are_put_together() {
    for path in BOTH {
        let (_, text) = stream_of(path, move |peer| {
            peer.begin(200, &STREAM);
            let stream = opening(path) + &word(path, "naïve 🧶") + &ending(path);
            for character in stream.chars() {
                peer.piece(character.encode_utf8(&mut [0; 4]));
            }
            peer.end();
        });
        assert!(text.contains("naïve 🧶"), "{text}");
        let end = if path == MESSAGES {
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        } else {
            "data: [DONE]\n\n"
        };
        assert!(text.ends_with(end), "{text}");
    }
}

#[test]
fn a_stream_that_is_cut_ends_with_an_error() {
    for path in BOTH {
        let (status, text) = stream_of(path, move |peer| {
            peer.begin(200, &STREAM);
            peer.piece(&(opening(path) + &word(path, "half")));
            peer.cut();
        });
        assert_eq!(status, 200);
        assert!(text.contains("half"), "{text}");
        let (_, message) = ends_with_an_error(path, &text);
        assert!(message.contains("broke off"), "{message}");
    }
}

#[test]
fn a_stream_that_stops_without_its_last_frames_ends_with_an_error() {
    for path in BOTH {
        let (_, text) = stream_of(path, move |peer| {
            peer.begin(200, &STREAM);
            peer.piece(&(opening(path) + &word(path, "half")));
            peer.end();
        });
        ends_with_an_error(path, &text);
    }
}

#[test]
fn a_stream_that_stops_before_it_says_anything_is_an_error() {
    for path in BOTH {
        for said in [String::new(), opening(path)] {
            let (status, text) = stream_of(path, move |peer| {
                peer.begin(200, &STREAM);
                if !said.is_empty() {
                    peer.piece(&said);
                }
                peer.end();
            });
            assert_eq!(status, 502);
            assert!(told_in(path, &serde_json::from_str(&text).unwrap()).1.contains("ended before"), "{text}");
        }
    }
}

#[test]
fn an_error_within_a_stream_is_told_in_the_clients_protocol() {
    for path in BOTH {
        let error = match path {
            MESSAGES => "data: {\"error\":{\"message\":\"Too busy.\",\"type\":\"overloaded_error\",\"code\":null}}\n\n"
                .to_owned(),
            _ => anthropic(&[
                json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Too busy." } }),
            ]),
        };
        let (_, text) = stream_of(path, move |peer| {
            peer.begin(200, &STREAM);
            peer.piece(&(opening(path) + &word(path, "half") + &error));
            peer.end();
        });
        assert_eq!(ends_with_an_error(path, &text), ("overloaded_error".into(), "Too busy.".into()));
    }
}

#[test]
fn a_frame_that_is_no_json_ends_the_stream_with_an_error() {
    for path in BOTH {
        let (_, text) = stream_of(path, move |peer| {
            peer.begin(200, &STREAM);
            let words = opening(path) + &word(path, "before");
            peer.piece(&(words + "data: {\"half\n\n" + &word(path, "after") + &ending(path)));
            peer.end();
        });
        assert!(ends_with_an_error(path, &text).1.contains("cannot be read"));
    }
}

#[test]
fn a_whole_answer_to_a_request_for_a_stream_comes_as_a_stream() {
    for path in BOTH {
        let (_, text) = stream_of(path, move |peer| {
            let body = if path == MESSAGES { chat_answer() } else { messages_answer() };
            peer.whole(200, &[("content-type", "application/json; charset=utf-8")], body.to_string().as_bytes());
        });
        assert!(text.contains("Hi."), "{text}");
        let end = if path == MESSAGES { "event: message_stop\n" } else { "data: [DONE]\n\n" };
        assert!(text.contains(end), "{text}");
        events(&text);
    }
}

#[test]
fn a_client_that_leaves_a_stream_takes_its_request_back() {
    for path in BOTH {
        for is_across in [true, false] {
            let (tell, told) = mpsc::channel();
            let tell = Mutex::new(tell);
            let other = if is_across { path } else { BOTH[usize::from(path == MESSAGES)] };
            let upstream = Upstream::start(move |_, peer| {
                peer.begin(200, &STREAM);
                peer.piece(&(opening(other) + &word(other, "first")));
                tell.lock().unwrap().send(peer.left_within(Duration::from_secs(2))).unwrap();
            });
            let gateway = Gateway::start(&if is_across { across(path, &upstream) } else { along(path, &upstream) });
            let mut client = gateway.connect();
            client.begin("POST", path, &[], question("any", true).as_bytes());
            assert!(client.hears("first"));
            drop(client);
            assert!(told.recv_timeout(PATIENCE).unwrap(), "the upstream goes on at {path}");
        }
    }
}

#[test]
fn small_answers_do_not_wait_for_delayed_acknowledgements() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    for path in BOTH {
        let mut client = gateway.connect();
        let body = question("any", false);
        client.ask("POST", path, &[], body.as_bytes());
        let begin = Instant::now();
        for _ in 0..20 {
            assert_eq!(client.ask("POST", path, &[], body.as_bytes()).status(), 200);
        }
        // Each wait would be 40 ms.
        assert!(begin.elapsed() < Duration::from_millis(20 * 40 / 2), "{:?} at {path}", begin.elapsed());
    }
    assert_eq!(upstream.asked().len(), 42);
}

#[test]
fn usage_comes_in_a_stream_only_to_openai_clients_that_want_it() {
    let upstream = Upstream::events(opening(CHAT) + &word(CHAT, "x") + &ending(CHAT));
    let gateway = Gateway::start(&anthropic_config(&upstream));
    for wanted in [false, true] {
        let mut body: Value = serde_json::from_str(&question("any", true)).unwrap();
        body["stream_options"] = json!({ "include_usage": wanted });
        let answer = gateway.post(CHAT, &[], body.to_string());
        let found = events(&answer.text()).iter().filter(|event| event["usage"].is_object()).count();
        assert_eq!(found, usize::from(wanted));
    }
}
