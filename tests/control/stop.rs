//! Ending: what runs is finished, within a limit.

use std::{
    net::TcpStream,
    process::Stdio,
    sync::{Mutex, mpsc},
};

use serde_json::{Value, json};

use super::{
    home::{Done, Home, config, signal, until},
    support::{client::Client, http::PATIENCE, upstream::Upstream},
};

const CHAT: &str = "/v1/chat/completions";

/// An upstream that streams a word, and another one when it is told.
pub(crate) fn slow() -> (Upstream, mpsc::Sender<()>) {
    let (goes, go) = mpsc::channel::<()>();
    let go = Mutex::new(go);
    let chunk = |word: &str, finish: Value| {
        let choice = json!({ "index": 0, "delta": { "content": word }, "finish_reason": finish });
        format!(
            "data: {}\n\n",
            json!({ "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "a", "choices": [choice] })
        )
    };
    let upstream = Upstream::start(move |_, peer| {
        peer.begin(200, &[("content-type", "text/event-stream")]);
        peer.piece(&chunk("first", Value::Null));
        let _ = go.lock().unwrap().recv_timeout(PATIENCE);
        peer.piece(&(chunk("last", json!("stop")) + "data: [DONE]\n\n"));
        peer.end();
    });
    (upstream, goes)
}

/// A configuration with it.
pub(crate) fn slow_config(upstream: &Upstream, limit: u32) -> Value {
    let mut config = config();
    config["Providers"][0]["api_base_url"] = format!("http://{}{CHAT}", upstream.address).into();
    config["limits"] = json!({ "shutdown_seconds": limit });
    config
}

/// Begins to hear a stream.
#[track_caller]
pub(crate) fn listen(home: &Home) -> Client {
    let mut client = home.connect();
    let question = json!({ "model": "any", "stream": true, "messages": [{ "role": "user", "content": "Hello?" }] });
    assert_eq!(client.begin("POST", CHAT, &[], question.to_string().as_bytes()).status(), 200);
    assert!(client.hears("first"));
    client
}

#[test]
fn it_waits_until_running_answers_are_finished() {
    let (upstream, goes) = slow();
    let home = Home::new(&slow_config(&upstream, 30));
    let address = home.start();
    let mut client = listen(&home);
    let mut stop = home.command(["stop"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = std::io::BufRead::lines(std::io::BufReader::new(stop.stderr.take().unwrap()));
    let waits = told.next().unwrap().unwrap();
    assert!(waits.contains("running answers are finished first") && waits.contains("30 s"), "{waits}");
    assert!(TcpStream::connect(address).is_err());
    assert_eq!(stop.try_wait().unwrap(), None);
    // It is there, and takes no more requests.
    let done = home.run(&["status"]);
    assert!(done.code == Some(3) && done.out.contains("does not answer"), "{done:?}");
    goes.send(()).unwrap();
    let (text, end) = client.rest();
    assert!(text.contains("last") && text.contains("[DONE]") && end.is_ok(), "{text}");
    drop(client);
    assert!(told.next().unwrap().unwrap().contains("has ended"));
    assert_eq!(stop.wait().unwrap().code(), Some(0));
    assert!(!home.file(".wireloom/service.json").exists());
    home.run(&["stop"]).well().tells(&["does not run"]);
}

#[test]
fn told_so_it_does_not_wait() {
    let (upstream, _goes) = slow();
    let home = Home::new(&slow_config(&upstream, 3600));
    home.start();
    let mut client = listen(&home);
    home.run(&["stop", "--now"]).well().tells(&["has ended"]);
    let (text, end) = client.rest();
    assert!(!text.contains("last") && end.is_err(), "{text}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for name in ["INT", "TERM"] {
        let (upstream, _goes) = slow();
        let home = Home::new(&slow_config(&upstream, 3600));
        let mut service = home.command(["start"]).spawn().unwrap();
        until("it starts", || home.file(".wireloom/service.json").exists());
        let _client = listen(&home);
        let address = home.address();
        signal(name, service.id().into());
        until("it takes no more requests", || TcpStream::connect(address).is_err());
        assert_eq!(service.try_wait().unwrap(), None);
        signal(name, service.id().into());
        assert_eq!(service.wait().unwrap().code(), Some(0));
        assert!(!home.file(".wireloom/service.json").exists());
    }
}

#[test]
fn after_the_configured_limit_it_ends_all_the_same() {
    let (upstream, _goes) = slow();
    let home = Home::new(&slow_config(&upstream, 0));
    home.start();
    assert_eq!(home.card()["shutdown_seconds"], 0);
    let mut client = listen(&home);
    let stop = home.command(["stop"]).spawn().unwrap();
    assert!(client.rest().1.is_err());
    Done::from(stop.wait_with_output().unwrap()).well();
}
