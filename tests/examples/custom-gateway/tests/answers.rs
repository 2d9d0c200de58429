//! The example as it runs: its router, its agent and its pass, between a client and two upstreams.

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
            .env("HOME", home.path())
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

/// An upstream whose model says something, looks words up, and says more once it knows. With the word `both` it calls a
/// tool of the client's in the same breath, and again when it knows.
fn curious() -> Upstream {
    Upstream::start(|request, peer| {
        let asked = request.json();
        let (text, messages) = (request.text(), asked["messages"].as_array().unwrap());
        let knows = messages.last().unwrap()["role"] == "tool";
        let call = |index: usize, name: &str, arguments: &str| {
            let function = json!({ "name": name, "arguments": arguments });
            json!({ "index": index, "id": format!("call_{name}_{index}"), "type": "function", "function": function })
        };
        let own = call(0, "look", "{\"at\":\"it\"}");
        let (said, calls) = match knows {
            false if text.contains("endless") => ("", vec![call(0, "glossary", "{}")]),
            false => {
                let word = r#"{"word":"loom"}"#;
                let both = [call(0, "glossary", word), call(1, "look", "{}")];
                ("Let me see. ", both[..if text.contains("both") { 2 } else { 1 }].to_vec())
            }
            true if text.contains("endless") => ("", vec![call(0, "glossary", "{}")]),
            true if text.contains("both") => ("So I look.", vec![own]),
            true => ("It stands in hall 2.", vec![]),
        };
        let finish = if calls.is_empty() { "stop" } else { "tool_calls" };
        let usage = json!({ "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15 });
        let answer = |key: &str| {
            let mut message = json!({ "role": "assistant", "content": said });
            if !calls.is_empty() {
                message["tool_calls"] = json!(calls);
            }
            json!({ "id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "usage": usage, "choices": [
                { "index": 0, key: message, "finish_reason": finish },
            ] })
        };
        match asked["stream"] == true {
            false => peer.whole(200, &[("content-type", "application/json")], answer("message").to_string().as_bytes()),
            true => {
                peer.begin(200, &[("content-type", "text/event-stream")]);
                peer.piece(&sse::openai(&[answer("delta")]));
                peer.end();
            }
        }
    })
}

fn with_look(text: &str, stream: bool) -> Value {
    let mut question = question(text, stream);
    question["tools"] = json!([{ "name": "look", "input_schema": { "type": "object" } }]);
    question
}

#[test]
fn the_agent_runs_its_tools_between_the_turns() {
    let large = curious();
    let gateway = Gateway::start(&large, &saying(""));
    let willing = [("x-glossary", "yes")];
    let answer = gateway.ask(MESSAGES, &willing, &with_look("Where is the loom?", false)).json();
    let texts: Vec<&str> =
        answer["content"].as_array().unwrap().iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Let me see. ", "It stands in hall 2."]);
    assert_eq!(
        (&answer["stop_reason"], &answer["usage"]["input_tokens"], &answer["usage"]["output_tokens"]),
        (&json!("end_turn"), &json!(20), &json!(10))
    );
    let asked = large.asked();
    assert_eq!(asked.len(), 2);
    let names = |request: &Message| -> Vec<String> {
        request.json()["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["function"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (names(&asked[0]), names(&asked[1])),
        (vec!["look".into(), "glossary".into()], vec!["look".into(), "glossary".into()])
    );
    let messages = asked[1].json()["messages"].clone();
    assert_eq!(messages[1]["content"], "Let me see. ");
    assert_eq!(
        messages[1]["tool_calls"][0]["function"],
        json!({ "name": "glossary", "arguments": "{\"word\":\"loom\"}" })
    );
    assert_eq!((&messages[2]["role"], &messages[2]["content"]), (&json!("tool"), &json!("The machine in hall 2.")));
    // Whoever is not willing is asked nothing of the kind.
    gateway.ask(MESSAGES, &[], &with_look("Where is it? Tell me nothing.", false));
    assert_eq!(names(&large.asked()[2]), ["look"]);
}

#[test]
fn a_streamed_answer_of_several_turns_is_one_answer() {
    let large = curious();
    let gateway = Gateway::start(&large, &saying(""));
    let answer = gateway.ask(MESSAGES, &[("x-glossary", "yes")], &with_look("Where is the loom?", true)).text();
    let events: Vec<Value> =
        answer.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
    let kinds: Vec<&str> =
        events.iter().map(|event| event["type"].as_str().unwrap()).filter(|kind| *kind != "ping").collect();
    let part = ["content_block_start", "content_block_delta", "content_block_stop"];
    let expected = [&["message_start"][..], &part, &part, &["message_delta", "message_stop"]].concat();
    assert_eq!(kinds, expected, "{answer}");
    let numbers: Vec<&Value> =
        events.iter().filter(|event| event["type"] == "content_block_start").map(|event| &event["index"]).collect();
    assert_eq!(numbers, [&json!(0), &json!(1)]);
    assert!(
        answer.contains("Let me see. ") && answer.contains("It stands in hall 2.") && !answer.contains("glossary"),
        "{answer}"
    );
    let end = events.iter().find(|event| event["type"] == "message_delta").unwrap();
    assert_eq!((&end["delta"]["stop_reason"], &end["usage"]["output_tokens"]), (&json!("end_turn"), &json!(10)));
    assert_eq!(large.asked().len(), 2);
}

#[test]
fn calls_of_the_clients_tools_wait_for_those_of_the_agents() {
    for stream in [false, true] {
        let large = curious();
        let gateway = Gateway::start(&large, &saying(""));
        let answer = gateway.ask(MESSAGES, &[("x-glossary", "yes")], &with_look("Look it up, both.", stream)).text();
        assert!(
            answer.contains("So I look.") && answer.contains("call_look_0") && answer.contains("tool_use"),
            "{answer}"
        );
        assert!(!answer.contains("glossary") && !answer.contains("call_look_1"), "{answer}");
        let messages = large.asked()[1].json()["messages"].clone();
        assert_eq!(messages[1]["tool_calls"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_model_that_never_answers_is_an_error_for_the_client() {
    let large = curious();
    let gateway = Gateway::start(&large, &saying(""));
    let body = with_look("Be endless.", false).to_string();
    let answer = Client::connect(gateway.address).ask("POST", MESSAGES, &[("x-glossary", "yes")], body.as_bytes());
    assert_eq!(answer.status(), 500, "{}", answer.text());
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("32 turns"), "{}", answer.text());
    let answer = gateway.ask(MESSAGES, &[("x-glossary", "yes")], &with_look("Be endless.", true)).text();
    assert!(answer.contains("event: error") && answer.contains("32 turns"), "{answer}");
    // A call that cannot be run is told to the model.
    assert!(large.asked()[1].text().contains("`word` is missing"));
}
