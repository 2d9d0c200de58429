//! Starting and stopping.

use std::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

use serde_json::json;

use super::{
    BOTH, CHAT, MESSAGES, question,
    streams::{STREAM, across, ending, opening, word},
    support::{
        gateway::{Gateway, config, refusal},
        http::PATIENCE,
        sse::events,
        upstream::Upstream,
    },
};

#[test]
fn without_a_configuration_it_answers_with_a_simulation() {
    let gateway = Gateway::unconfigured();
    let answer = gateway.post(MESSAGES, &[], question("claude-opus-5-5", false));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let message = answer.json();
    assert_eq!((&message["type"], &message["stop_reason"]), (&json!("message"), &json!("end_turn")));
    assert!(message["content"].to_string().contains("Hello?"), "{message}");
    let answer = gateway.post(CHAT, &[], question("gpt-5", true));
    assert_eq!(answer.status(), 200);
    let text = answer.text();
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    assert!(events(&text).len() > 2);
    let models = gateway.get("/v1/models", &[]).json();
    assert_eq!(models["data"][0]["id"], "demo,simulation");
    let log = gateway.log();
    assert!(log.contains("built-in simulation"), "{log}");
}

#[test]
fn it_does_not_start_open_to_other_machines_without_a_key() {
    let upstream = Upstream::json(200, "");
    let (code, said) = refusal(&config(&upstream), &["--host", "0.0.0.0", "--port", "0"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("0.0.0.0") && said.contains("set APIKEY"), "{said}");
    assert!(!said.contains("listens on"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, said) = refusal(&config(&Upstream::json(200, "")), &["--port", &port]);
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("127.0.0.1:{port} cannot be listened on")) && said.contains("--port"), "{said}");
}

#[test]
fn a_running_stream_is_finished_before_it_ends() {
    for path in BOTH {
        let (goes, go) = mpsc::channel::<()>();
        let go = Mutex::new(go);
        let upstream = Upstream::start(move |_, peer| {
            peer.begin(200, &STREAM);
            peer.piece(&(opening(path) + &word(path, "first")));
            go.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            peer.piece(&(word(path, "last") + &ending(path)));
            peer.end();
        });
        let mut gateway = Gateway::start(&across(path, &upstream));
        let mut client = gateway.connect();
        client.begin("POST", path, &[], question("any", true).as_bytes());
        assert!(client.hears("first"));
        gateway.terminate();
        gateway.refuses_connections();
        goes.send(()).unwrap();
        let (text, end) = client.rest();
        let last = if path == MESSAGES { "message_stop" } else { "[DONE]" };
        assert!(text.contains("last") && text.contains(last) && end.is_ok(), "{text} {end:?}");
        drop(client);
        assert_eq!(gateway.ended(), Some(0));
    }
}

#[test]
fn it_ends_at_once_when_nothing_runs() {
    let mut gateway = Gateway::unconfigured();
    // A connection that is merely kept alive holds nothing up.
    let mut idle = gateway.connect();
    assert_eq!(idle.ask("GET", "/health", &[], &[]).status(), 200);
    gateway.terminate();
    assert_eq!(gateway.ended(), Some(0));
}
