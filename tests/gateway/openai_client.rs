//! OpenAI's clients in front of an Anthropic-style upstream.

use serde_json::{Value, json};

use super::{
    CHAT, messages_answer,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, anthropic_config},
        sse::{anthropic, events},
        upstream::Upstream,
    },
};

/// A conversation with an earlier call of two tools.
fn request(stream: bool) -> Value {
    let call = |id, path: &str| {
        let arguments = json!({ "path": path }).to_string();
        json!({ "id": id, "type": "function", "function": { "name": "read", "arguments": arguments } })
    };
    json!({
        "model": "gpt-5", "stream": stream, "stream_options": { "include_usage": true }, "max_completion_tokens": 500,
        "messages": [
            { "role": "developer", "content": "Be brief." },
            { "role": "user", "content": "What is in both?" },
            { "role": "assistant", "content": null, "tool_calls": [call("c1", "/a"), call("c2", "/b")] },
            { "role": "tool", "tool_call_id": "c1", "content": "one" },
            { "role": "tool", "tool_call_id": "c2", "content": "two" },
        ],
        "tools": [{ "type": "function", "function": { "name": "read", "parameters": { "type": "object" } } }],
        "tool_choice": "required", "parallel_tool_calls": false, "seed": 5,
    })
}

#[test]
fn an_openai_clients_conversation_reaches_claude_whole() {
    let upstream = Upstream::json(200, messages_answer().to_string());
    let gateway = Gateway::start(&anthropic_config(&upstream));
    let answer = gateway.post(CHAT, &[("authorization", "Bearer whatever")], request(false).to_string());
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.header("x-wireloom-losses"), Some("seed"));

    let asked = upstream.only();
    assert_eq!(asked.target(), "/v1/messages");
    assert_eq!(asked.header("x-api-key"), Some(UPSTREAM_KEY));
    assert_eq!(asked.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(asked.header("authorization"), None);
    let sent = asked.json();
    assert_eq!((&sent["model"], &sent["max_tokens"]), (&json!("Model-1"), &json!(500)));
    assert_eq!(sent["system"], "Be brief.");
    let used = |id, path| json!({ "type": "tool_use", "id": id, "name": "read", "input": { "path": path } });
    let result = |id, text| json!({ "type": "tool_result", "tool_use_id": id, "content": text });
    let messages = json!([
        { "role": "user", "content": "What is in both?" },
        { "role": "assistant", "content": [used("c1", "/a"), used("c2", "/b")] },
        { "role": "user", "content": [result("c1", "one"), result("c2", "two")] },
    ]);
    assert_eq!(sent["messages"], messages);
    assert_eq!(sent["tools"], json!([{ "name": "read", "input_schema": { "type": "object" } }]));
    assert_eq!(sent["tool_choice"], json!({ "type": "any", "disable_parallel_tool_use": true }));

    let told = answer.json();
    assert_eq!(told["object"], "chat.completion");
    assert_eq!(told["choices"][0]["message"]["content"], "Hi.");
    assert_eq!(told["choices"][0]["finish_reason"], "stop");
    assert_eq!(told["usage"], json!({ "prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9 }));
}

#[test]
fn an_openai_client_sees_claudes_stream_as_chunks() {
    let start =
        |index: u64, block: Value| json!({ "type": "content_block_start", "index": index, "content_block": block });
    let piece = |index: u64, delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    let stop = |index: u64| json!({ "type": "content_block_stop", "index": index });
    let tool = |id: &str| json!({ "type": "tool_use", "id": id, "name": "read", "input": {} });
    let input = |text: &str| json!({ "type": "input_json_delta", "partial_json": text });
    let stream = anthropic(&[
        json!({ "type": "message_start", "message": messages_answer() }),
        json!({ "type": "ping" }),
        start(0, json!({ "type": "thinking", "thinking": "", "signature": "" })),
        piece(0, json!({ "type": "thinking_delta", "thinking": "Hm." })),
        piece(0, json!({ "type": "signature_delta", "signature": "s" })),
        stop(0),
        start(1, json!({ "type": "text", "text": "" })),
        piece(1, json!({ "type": "text_delta", "text": "Both." })),
        stop(1),
        start(2, tool("t1")),
        piece(2, input("{\"path\":")),
        piece(2, input("\"/a\"}")),
        stop(2),
        start(3, tool("t2")),
        stop(3),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use" }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ]);
    let upstream = Upstream::events(stream);
    let gateway = Gateway::start(&anthropic_config(&upstream));
    let answer = gateway.post(CHAT, &[], request(true).to_string());
    assert_eq!((answer.status(), answer.header("content-type")), (200, Some("text/event-stream")));
    let text = answer.text();
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    let frames = events(&text);
    let joined =
        |key: &str| frames.iter().filter_map(|frame| frame["choices"][0]["delta"][key].as_str()).collect::<String>();
    assert_eq!((joined("reasoning_content"), joined("content")), ("Hm.".into(), "Both.".into()));
    let mut calls = vec![(Value::Null, String::new()); 2];
    for call in frames.iter().filter_map(|frame| frame["choices"][0]["delta"]["tool_calls"].as_array()).flatten() {
        let slot = &mut calls[usize::try_from(call["index"].as_u64().unwrap()).unwrap()];
        if !call["id"].is_null() {
            slot.0 = call["id"].clone();
        }
        slot.1 += call["function"]["arguments"].as_str().unwrap_or_default();
    }
    // The signature of the thoughts before it travels behind a call's name.
    let (first, _) = calls[0].0.as_str().and_then(|id| id.split_once("_wl1-")).expect("a signature");
    assert_eq!((first, &*calls[0].1), ("t1", "{\"path\":\"/a\"}"));
    assert_eq!(calls[1], ("t2".into(), "{}".to_owned()));
    let finish = frames.iter().find_map(|frame| frame["choices"][0]["finish_reason"].as_str());
    assert_eq!(finish, Some("tool_calls"));
    let usage = frames.iter().find(|frame| frame["usage"].is_object()).expect("usage");
    assert_eq!((&usage["usage"]["completion_tokens"], &usage["choices"]), (&json!(9), &json!([])));
}
