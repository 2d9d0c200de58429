//! What is served beside the answers.

use serde_json::json;

use super::{
    CHAT, MESSAGES,
    support::{
        gateway::{Gateway, config},
        upstream::Upstream,
    },
    told,
};

const ANTHROPIC: [(&str, &str); 1] = [("anthropic-version", "2023-06-01")];

fn gateway() -> Gateway {
    Gateway::start(&config(&Upstream::json(200, "")))
}

#[test]
fn health_is_told() {
    let answer = gateway().get("/health", &[]);
    assert_eq!(answer.status(), 200);
    let health = answer.json();
    assert_eq!((&health["status"], &health["version"]), (&json!("ok"), &json!(env!("CARGO_PKG_VERSION"))));
    let config = &health["config"];
    assert_eq!((&config["generation"], &config["error"]), (&json!(1), &json!(null)));
    assert!(config["path"].as_str().unwrap().ends_with("config.json5"), "{config}");
    assert_eq!(config["loaded_at"].as_str().unwrap().len(), "2026-01-01T00:00:00Z".len(), "{config}");
}

#[test]
fn models_are_listed_as_the_clients_protocol_has_it() {
    let gateway = gateway();
    let list = gateway.get("/v1/models", &[]).json();
    let model = json!({ "id": "chat,Model-1", "object": "model", "created": 0, "owned_by": "chat" });
    assert_eq!(list, json!({ "object": "list", "data": [model] }));
    let list = gateway.get("/v1/models", &ANTHROPIC).json();
    assert_eq!(list["has_more"], false);
    assert_eq!(list["data"][0]["type"], "model");
    assert_eq!(list["data"][0]["id"], "chat,Model-1");
    assert_eq!(list["data"][0]["display_name"], "Model-1");
}

#[test]
fn clients_that_look_or_tell_get_a_plain_answer() {
    let gateway = gateway();
    assert_eq!(gateway.get("/", &[]).json()["status"], "ok");
    let told = gateway.post("/api/event_logging/batch", &[], "{\"events\":[{}]}");
    assert_eq!((told.status(), told.text().as_str()), (200, "{}"));
}

#[test]
fn tokens_are_counted_with_system_and_tools() {
    let gateway = gateway();
    let count = |body: serde_json::Value| {
        let answer = gateway.post("/v1/messages/count_tokens?beta=true", &[], body.to_string());
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.json()["input_tokens"].as_u64().unwrap()
    };
    let messages = json!([{ "role": "user", "content": "foo" }]);
    let plain = count(json!({ "model": "claude-opus-5-5", "messages": messages, "tools": [] }));
    assert!((1..20).contains(&plain), "{plain}");
    let tools = json!([{ "name": "t", "description": "one two three four", "input_schema": { "type": "object" } }]);
    let with_tools = count(json!({ "model": "claude-opus-5-5", "messages": messages, "tools": tools }));
    let system = "a system prompt of some length ".repeat(10);
    let with_all = count(json!({ "model": "m", "messages": messages, "tools": tools, "system": system }));
    assert!(plain < with_tools && with_tools < with_all, "{plain} {with_tools} {with_all}");
}

#[test]
fn many_counts_at_once_are_answered() {
    let gateway = gateway();
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "foo" }], "tools": [] }).to_string();
    std::thread::scope(|scope| {
        for _ in 0..25 {
            scope.spawn(|| assert_eq!(gateway.post("/v1/messages/count_tokens?beta=true", &[], &body).status(), 200));
        }
    });
}

#[test]
fn an_unknown_path_is_not_found_in_the_clients_protocol() {
    let gateway = gateway();
    for (path, headers) in [(MESSAGES, &ANTHROPIC[..]), (CHAT, &[])] {
        for (method, target) in [("GET", "/nothing"), ("POST", "/api/event_logging"), ("POST", "/v1/nothing?x=1")] {
            let answer = gateway.connect().ask(method, target, headers, &[]);
            assert_eq!(answer.status(), 404, "{target}");
            let (kind, message) = told(path, &answer);
            assert_eq!(kind, "not_found_error");
            assert!(message.contains(target.split('?').next().unwrap()), "{message}");
        }
    }
}

#[test]
fn a_path_of_the_service_with_another_method_is_told_so() {
    let gateway = gateway();
    for (path, headers) in [(MESSAGES, &ANTHROPIC[..]), (CHAT, &[])] {
        let answer = gateway.get(path, headers);
        assert_eq!(answer.status(), 405);
        let (kind, message) = told(path, &answer);
        assert_eq!(kind, "invalid_request_error");
        assert!(message.contains("GET") && message.contains(path), "{message}");
    }
}

#[test]
fn a_head_request_has_no_body() {
    let gateway = gateway();
    let mut client = gateway.connect();
    for _ in 0..2 {
        assert_eq!(client.begin("HEAD", "/", &[], &[]).status(), 200);
        assert_eq!(client.begin("HEAD", "/nothing", &[], &[]).status(), 404);
    }
}
