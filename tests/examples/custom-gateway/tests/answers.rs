//! The example as it runs: its router and its pass, between a client and two upstreams.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the support is that of more tests")]

#[path = "../../../support/client.rs"]
mod client;
#[path = "../../../support/http.rs"]
mod http;
#[path = "../../../support/sse.rs"]
mod sse;
#[path = "../../../support/upstream.rs"]
mod upstream;

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use self::{client::Client, http::Message, upstream::Upstream};

const MESSAGES: &str = "/v1/messages";
const CHAT: &str = "/v1/chat/completions";

/// A running example. It is killed when it is dropped.
struct Gateway {
    process: Child,
    address: SocketAddr,
    _home: tempfile::TempDir,
}

impl Gateway {
    fn start(large: &Upstream, small: &Upstream) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.json5");
        let provider = |name: &str, upstream: &Upstream, model: &str| {
            let url = format!("http://{}{CHAT}", upstream.address);
            json!({ "name": name, "api_base_url": url, "api_key": "sk-upstream", "models": [model] })
        };
        let providers = [provider("large", large, "big-1"), provider("small", small, "tiny-1")];
        let config = json!({ "Providers": providers, "Router": { "default": "large,big-1" },
            "rules": [{ "when": "true", "to": "large,big-1" }] });
        fs::write(&path, config.to_string()).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_custom-gateway"))
            .args(["start", "--port", "0", "--config"])
            .arg(&path)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let address = line.split("listens on http://").nth(1)?;
            address.split(' ').next()?.parse().ok()
        });
        std::thread::spawn(move || lines.for_each(drop));
        Self { address: address.expect("it starts"), process, _home: home }
    }

    fn ask(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Message {
        let answer = Client::connect(self.address).ask("POST", path, headers, body.to_string().as_bytes());
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn question(text: &str, stream: bool) -> Value {
    let messages = json!([{ "role": "user", "content": text }]);
    json!({ "model": "any", "max_tokens": 99, "messages": messages, "stream": stream })
}

/// An upstream that says one thing.
fn saying(text: &'static str) -> Upstream {
    let choice = move |key: &str| {
        let message = json!({ "role": "assistant", "content": text });
        json!({ "id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            { "index": 0, key: message, "finish_reason": "stop" },
        ] })
    };
    Upstream::start(move |request, peer| match request.json()["stream"] == true {
        false => {
            let body = choice("message").to_string();
            peer.whole(200, &[("content-type", "application/json")], body.as_bytes());
        }
        true => {
            peer.begin(200, &[("content-type", "text/event-stream")]);
            peer.piece(&sse::openai(&[choice("delta")]));
            peer.end();
        }
    })
}

#[test]
fn the_router_chooses_before_the_configuration() {
    let (large, small) = (saying("From the large one."), saying("From the small one."));
    let gateway = Gateway::start(&large, &small);
    let willing = [("x-small-talk", "yes")];
    let answer = gateway.ask(MESSAGES, &willing, &question("Hello?", false));
    assert_eq!(answer.json()["content"][0]["text"], "From the small one.");
    assert_eq!(small.only().json()["model"], "tiny-1");
    let mut with_tools = question("Hello?", false);
    with_tools["tools"] = json!([{ "name": "look", "input_schema": { "type": "object" } }]);
    for (headers, body) in [(&willing[..], &with_tools), (&[], &question("Hello?", false))] {
        let answer = gateway.ask(MESSAGES, headers, body);
        assert_eq!(answer.json()["content"][0]["text"], "From the large one.");
    }
    assert_eq!((large.asked().len(), small.asked().len()), (2, 1));
}

#[test]
fn the_pass_changes_requests_and_answers() {
    let large = saying("Project-7 is late.");
    let gateway = Gateway::start(&large, &saying(""));
    // In both protocols, one of which is the upstream's own and would pass through.
    for (path, stream) in [(MESSAGES, false), (MESSAGES, true), (CHAT, false), (CHAT, true)] {
        let answer = gateway.ask(path, &[], &question("How is Bluebird?", stream)).text();
        assert!(answer.contains("Bluebird is late.") && !answer.contains("Project-7"), "{path} {answer}");
        let asked = large.asked().pop().unwrap().text();
        assert!(asked.contains("How is Project-7?") && !asked.contains("Bluebird"), "{asked}");
    }
    // What it has nothing to do with passes through as it is.
    let answer = gateway.ask(CHAT, &[], &question("How is it?", false)).text();
    assert!(answer.contains("Project-7 is late."), "{answer}");
}
