//! Claude Code in front of an OpenAI-style upstream, with requests that it has really sent.

use serde_json::{Value, json};

use super::{
    MESSAGES, delta,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, config},
        http::Message,
        sse::{events, openai},
        upstream::Upstream,
    },
};

const RECORDED: [&str; 6] = [
    include_str!("../cases/claude-code/cc_1.0.128_main_tool_result.json"),
    include_str!("../cases/claude-code/cc_2.1.330_image_tool_result.json"),
    include_str!("../cases/claude-code/cc_2.1.330_main_tool_result.json"),
    include_str!("../cases/claude-code/cc_2.1.330_main_turn1.json"),
    include_str!("../cases/claude-code/cc_2.1.330_subagent_tool_result.json"),
    include_str!("../cases/claude-code/cc_2.1.330_toolsearch_result.json"),
];

/// Sends a recorded request with its own URL and headers.
#[track_caller]
fn replay(gateway: &Gateway, recorded: &Value, body: &Value) -> Message {
    let own = ["host", "content-length", "content-type", "connection"];
    let headers = recorded["headers"].as_object().unwrap().iter();
    let headers: Vec<(&str, &str)> = headers
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    gateway.post("/v1/messages?beta=true", &headers, body.to_string())
}

fn recorded() -> impl Iterator<Item = Value> {
    RECORDED.iter().map(|text| serde_json::from_str(text).unwrap())
}

/// A thinking model that calls two tools at once, their arguments in pieces.
fn thinking_frames() -> Vec<Value> {
    let call = |index: u64, call: Value| {
        let mut call = call;
        call["index"] = index.into();
        delta(json!({ "tool_calls": [call] }), None)
    };
    let open = |index: u64, id: &str, name: &str| {
        call(index, json!({ "id": id, "type": "function", "function": { "name": name, "arguments": "" } }))
    };
    let piece = |index: u64, text: &str| call(index, json!({ "function": { "arguments": text } }));
    let mut usage = delta(json!({}), None);
    usage["choices"] = json!([]);
    usage["usage"] = json!({
        "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
        "prompt_tokens_details": { "cached_tokens": 60 }, "completion_tokens_details": { "reasoning_tokens": 5 },
    });
    vec![
        delta(json!({ "role": "assistant", "content": "" }), None),
        delta(json!({ "reasoning_content": "Two files, " }), None),
        delta(json!({ "reasoning_content": "two calls." }), None),
        delta(json!({ "content": "I read " }), None),
        delta(json!({ "content": "both." }), None),
        open(0, "call_a", "Read"),
        piece(0, "{\"file_path\":"),
        piece(0, "\"/a\"}"),
        open(1, "call_b", "Bash"),
        piece(1, "{\"command\":\"ls\"}"),
        delta(json!({}), Some("tool_calls")),
        usage,
    ]
}

fn thinking_answer() -> Value {
    let call = |id: &str, name: &str, arguments: Value| {
        let function = json!({ "name": name, "arguments": arguments.to_string() });
        json!({ "id": id, "type": "function", "function": function })
    };
    let calls =
        [call("call_a", "Read", json!({ "file_path": "/a" })), call("call_b", "Bash", json!({ "command": "ls" }))];
    let message = json!({
        "role": "assistant", "reasoning_content": "Two files, two calls.", "content": "I read both.",
        "tool_calls": calls,
    });
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "model-1",
        "choices": [{ "index": 0, "message": message, "finish_reason": "tool_calls" }],
        "usage": {
            "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
            "prompt_tokens_details": { "cached_tokens": 60 }, "completion_tokens_details": { "reasoning_tokens": 5 },
        },
    })
}

/// The blocks of a stream as a client puts them together; each must be opened, filled and closed in order.
#[track_caller]
fn assembled(events: &[Value]) -> Vec<Value> {
    let mut blocks: Vec<Value> = Vec::new();
    let mut open = None;
    for event in events {
        let kind = event["type"].as_str().unwrap();
        if !kind.starts_with("content_block_") {
            continue;
        }
        let index = usize::try_from(event["index"].as_u64().unwrap()).unwrap();
        match kind {
            "content_block_start" => {
                assert_eq!((open, index), (None, blocks.len()), "{event}");
                open = Some(index);
                let mut block = event["content_block"].clone();
                if block["type"] == "tool_use" {
                    block["input"] = "".into();
                }
                blocks.push(block);
            }
            "content_block_stop" => assert_eq!(open.take(), Some(index), "{event}"),
            _ => {
                assert_eq!(open, Some(index), "{event}");
                let (key, piece) = match event["delta"]["type"].as_str().unwrap() {
                    "thinking_delta" => ("thinking", &event["delta"]["thinking"]),
                    "text_delta" => ("text", &event["delta"]["text"]),
                    "input_json_delta" => ("input", &event["delta"]["partial_json"]),
                    "signature_delta" => ("signature", &event["delta"]["signature"]),
                    other => panic!("{other}"),
                };
                let so_far = blocks[index][key].as_str().unwrap();
                blocks[index][key] = (so_far.to_owned() + piece.as_str().unwrap()).into();
            }
        }
    }
    assert_eq!(open, None);
    for block in blocks.iter_mut().filter(|block| block["type"] == "tool_use") {
        block["input"] = serde_json::from_str(block["input"].as_str().unwrap()).unwrap();
    }
    blocks
}

#[track_caller]
fn assert_thinking_answer(content: &[Value]) {
    let kinds: Vec<&str> = content.iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use", "tool_use"]);
    assert_eq!(content[0]["thinking"], "Two files, two calls.");
    assert_eq!(content[1]["text"], "I read both.");
    let call = |id, name, input| json!({ "type": "tool_use", "id": id, "name": name, "input": input });
    assert_eq!(content[2], call("call_a", "Read", json!({ "file_path": "/a" })));
    assert_eq!(content[3], call("call_b", "Bash", json!({ "command": "ls" })));
}

#[test]
fn claude_code_sees_a_thinking_models_stream_as_well_formed_events() {
    let upstream = Upstream::events(openai(&thinking_frames()));
    let gateway = Gateway::start(&config(&upstream));
    for recorded in recorded() {
        let answer = replay(&gateway, &recorded, &recorded["body"]);
        assert_eq!((answer.status(), answer.header("content-type")), (200, Some("text/event-stream")));
        let events = events(&answer.text());
        assert_thinking_answer(&assembled(&events));
        let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds[0], "message_start");
        assert_eq!(kinds[kinds.len() - 2..], ["message_delta", "message_stop"]);
        let last = &events[events.len() - 2];
        assert_eq!(last["delta"]["stop_reason"], "tool_use");
        assert_eq!(last["usage"]["input_tokens"], 40);
        assert_eq!(last["usage"]["cache_read_input_tokens"], 60);
        assert_eq!(last["usage"]["output_tokens"], 20);
    }
}

#[test]
fn claude_code_gets_a_whole_answer_when_it_wants_no_stream() {
    let upstream = Upstream::json(200, thinking_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    for recorded in recorded() {
        // Its fallback after a broken stream says `false`, that of older versions nothing.
        for stream in [Some(false), None] {
            let mut body = recorded["body"].clone();
            body.as_object_mut().unwrap().remove("stream");
            if let Some(stream) = stream {
                body["stream"] = stream.into();
            }
            let answer = replay(&gateway, &recorded, &body);
            assert_eq!((answer.status(), answer.header("content-type")), (200, Some("application/json")));
            let message = answer.json();
            assert_thinking_answer(message["content"].as_array().unwrap());
            assert_eq!(message["stop_reason"], "tool_use");
            assert_eq!((&message["type"], &message["role"]), (&json!("message"), &json!("assistant")));
            assert_eq!(message["usage"]["input_tokens"], 40);
        }
    }
}

/// All text in a value, wherever it stands.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let (Some("text"), Some(text)) = (object.get("type").and_then(Value::as_str), object.get("text")) {
                found.push(text.as_str().unwrap().to_owned());
            }
            object.values().for_each(|value| texts(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn what_claude_code_sends_reaches_the_upstream_with_every_message_and_tool() {
    for recorded in recorded() {
        let upstream = Upstream::json(200, thinking_answer().to_string());
        let gateway = Gateway::start(&config(&upstream));
        let body = &recorded["body"];
        assert_eq!(replay(&gateway, &recorded, body).status(), 200);
        let request = upstream.only();
        assert_eq!(request.target(), "/v1/chat/completions");
        assert_eq!(request.header("authorization"), Some(format!("Bearer {UPSTREAM_KEY}").as_str()));
        assert_eq!(request.header("anthropic-beta"), None);
        let sent = request.json();
        assert_eq!(sent["model"], "Model-1");
        assert_eq!(sent["max_tokens"], body["max_tokens"]);
        assert_eq!((&sent["stream"], &sent["stream_options"]["include_usage"]), (&json!(true), &json!(true)));

        let wanted = body["tools"].as_array().unwrap();
        let tools = sent["tools"].as_array().unwrap();
        assert_eq!(tools.len(), wanted.len());
        for (tool, wanted) in tools.iter().zip(wanted) {
            assert_eq!(tool["function"]["name"], wanted["name"]);
            assert_eq!(tool["function"]["description"], wanted["description"]);
            assert_eq!(tool["function"]["parameters"], wanted["input_schema"]);
        }

        // Every text of the system prompt and of the messages, each message's own place, calls and their results.
        let messages = sent["messages"].to_string();
        let mut wanted = Vec::new();
        texts(&body["system"], &mut wanted);
        texts(&body["messages"], &mut wanted);
        for message in body["messages"].as_array().unwrap() {
            wanted.extend(message["content"].as_str().map(str::to_owned));
        }
        for text in wanted {
            assert!(messages.contains(Value::from(text.as_str()).to_string().trim_matches('"')), "lost: {text}");
        }
        let blocks = body["messages"].as_array().unwrap().iter().filter_map(|message| message["content"].as_array());
        let sent_messages = sent["messages"].as_array().unwrap();
        for block in blocks.flatten() {
            match block["type"].as_str().unwrap() {
                "tool_use" => {
                    let calls = sent_messages.iter().filter_map(|message| message["tool_calls"].as_array()).flatten();
                    let call = calls.clone().find(|call| call["id"] == block["id"]).expect("the call");
                    assert_eq!(call["function"]["name"], block["name"]);
                    let arguments = call["function"]["arguments"].as_str().unwrap();
                    assert_eq!(serde_json::from_str::<Value>(arguments).unwrap(), block["input"]);
                }
                "tool_result" => {
                    let result = sent_messages.iter().find(|message| message["tool_call_id"] == block["tool_use_id"]);
                    let result = result.expect("the result");
                    assert_eq!(result["role"], "tool");
                    if let Some(text) = block["content"].as_str() {
                        assert_eq!(result["content"], text);
                    }
                }
                "thinking" => assert!(messages.contains(block["thinking"].as_str().unwrap())),
                _ => {}
            }
        }
        let systems = |messages: &Value| {
            messages.as_array().unwrap().iter().filter(|message| message["role"] == "system").count()
        };
        assert_eq!(systems(&sent["messages"]), 1 + systems(&body["messages"]));
        assert!(!messages.contains("cache_control"), "cache_control is Anthropic's alone");
    }
}

#[test]
fn an_image_that_a_tool_showed_claude_code_is_shown_by_the_user() {
    let upstream = Upstream::json(200, thinking_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let recorded: Value = serde_json::from_str(RECORDED[1]).unwrap();
    replay(&gateway, &recorded, &recorded["body"]);
    let sent = upstream.only().json();
    let messages = sent["messages"].as_array().unwrap();
    let (tool, user) = (&messages[messages.len() - 2], &messages[messages.len() - 1]);
    assert_eq!((&tool["role"], &user["role"]), (&json!("tool"), &json!("user")));
    let data = recorded["body"]["messages"][3]["content"][0]["content"][0]["source"]["data"].as_str().unwrap();
    let url = user["content"][0]["image_url"]["url"].as_str().unwrap();
    assert_eq!(url, format!("data:image/png;base64,{data}"));
}

#[test]
fn what_the_upstreams_protocol_has_no_place_for_is_told_in_a_header() {
    let upstream = Upstream::events(openai(&thinking_frames()));
    let gateway = Gateway::start(&config(&upstream));
    let recorded: Value = serde_json::from_str(RECORDED[2]).unwrap();
    let answer = replay(&gateway, &recorded, &recorded["body"]);
    let losses = answer.header("x-wireloom-losses").expect("the header");
    let losses: Vec<&str> = losses.split(", ").collect();
    assert!(losses.iter().any(|loss| loss.contains("cache")), "{losses:?}");

    let answer = gateway.post(MESSAGES, &[], super::question("any", true));
    assert_eq!(answer.header("x-wireloom-losses"), None);
}
