//! The gateway as its users meet it: the real process, between a client and an upstream on this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "the tests of faults use all of it")]
mod support;

#[path = "gateway/access.rs"]
mod access;
#[path = "gateway/admin_configuration.rs"]
mod admin_configuration;
#[path = "gateway/admin_openapi.rs"]
mod admin_openapi;
#[path = "gateway/admin_presets.rs"]
mod admin_presets;
#[path = "gateway/admin_providers.rs"]
mod admin_providers;
#[path = "gateway/admin_secrets.rs"]
mod admin_secrets;
#[path = "gateway/claude_code.rs"]
mod claude_code;
#[path = "gateway/clouds.rs"]
mod clouds;
#[path = "gateway/costs.rs"]
mod costs;
#[path = "gateway/decisions.rs"]
mod decisions;
#[path = "gateway/doors.rs"]
mod doors;
#[path = "gateway/durability.rs"]
mod durability;
#[path = "gateway/errors.rs"]
mod errors;
#[path = "gateway/failover.rs"]
mod failover;
#[path = "gateway/image_agent.rs"]
mod image_agent;
#[path = "gateway/keys.rs"]
mod keys;
#[path = "gateway/logs.rs"]
mod logs;
#[path = "gateway/openai_client.rs"]
mod openai_client;
#[path = "gateway/options.rs"]
mod options;
#[path = "gateway/page.rs"]
mod page;
#[path = "gateway/passage.rs"]
mod passage;
#[path = "gateway/passes.rs"]
mod passes;
#[path = "gateway/patience.rs"]
mod patience;
#[path = "gateway/presets.rs"]
mod presets;
#[path = "gateway/process.rs"]
mod process;
#[path = "gateway/records.rs"]
mod records;
#[path = "gateway/reload.rs"]
mod reload;
#[path = "gateway/routing.rs"]
mod routing;
#[path = "gateway/service.rs"]
mod service;
#[path = "gateway/settings.rs"]
mod settings;
#[path = "gateway/streams.rs"]
mod streams;
#[path = "gateway/telemetry.rs"]
mod telemetry;
#[path = "gateway/token_speed.rs"]
mod token_speed;
#[path = "gateway/tokens.rs"]
mod tokens;

use serde_json::{Value, json};

/// The path of Anthropic's API.
const MESSAGES: &str = "/v1/messages";

/// The path of OpenAI's API.
const CHAT: &str = "/v1/chat/completions";

/// The paths of both APIs, in which errors are told differently.
const BOTH: [&str; 2] = [MESSAGES, CHAT];

/// A small request that both APIs understand.
fn question(model: &str, stream: bool) -> String {
    let messages = json!([{ "role": "user", "content": "Hello?" }]);
    json!({ "model": model, "max_tokens": 99, "messages": messages, "stream": stream }).to_string()
}

/// An answer of OpenAI's API.
fn chat_answer() -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "model-1",
        "choices": [{
            "index": 0, "message": { "role": "assistant", "content": "Hi." }, "logprobs": null, "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9 },
    })
}

/// An answer of Anthropic's API.
fn messages_answer() -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "model-1",
        "content": [{ "type": "text", "text": "Hi." }], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": { "input_tokens": 7, "output_tokens": 2 },
    })
}

/// A frame of OpenAI's streams.
fn delta(delta: Value, finish: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "model-1",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    })
}

/// Requires an error in the form of the API at `path`, and gives its type and its message.
#[track_caller]
fn told(path: &str, answer: &support::http::Message) -> (String, String) {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.everything());
    told_in(path, &answer.json())
}

/// The same of a body.
#[track_caller]
fn told_in(path: &str, body: &Value) -> (String, String) {
    let is_anthropic = path.starts_with(MESSAGES);
    assert_eq!(body["type"] == "error", is_anthropic, "{body}");
    assert_eq!(body["error"].get("param").is_some() && body["error"].get("code").is_some(), !is_anthropic, "{body}");
    let text = |key: &str| body["error"][key].as_str().unwrap_or_else(|| panic!("no {key}: {body}")).to_owned();
    (text("type"), text("message"))
}
