//! Answers of Chat Completions as streams, and what a client of Anthropic's makes of the stream that it is told.

use serde_json::{Value, json};

/// The frames of an answer, with so many characters in each.
pub(crate) fn frames(answer: &Value, length: usize) -> Vec<Value> {
    let choice = &answer["choices"][0];
    let message = &choice["message"];
    let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
    for field in ["reasoning_content", "content"] {
        let pieces = pieces(message[field].as_str().unwrap_or_default(), length);
        deltas.extend(pieces.into_iter().map(|piece| json!({ field: piece })));
    }
    for (index, call) in message["tool_calls"].as_array().into_iter().flatten().enumerate() {
        let mut opening = call.clone();
        opening["index"] = json!(index);
        opening["function"]["arguments"] = json!("");
        deltas.push(json!({ "tool_calls": [opening] }));
        for piece in pieces(call["function"]["arguments"].as_str().unwrap(), length) {
            deltas.push(json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] }));
        }
    }
    let frame = |choices: Value| json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices });
    let mut frames: Vec<Value> =
        deltas.into_iter().map(|delta| frame(json!([{ "index": 0, "delta": delta, "finish_reason": null }]))).collect();
    frames.push(frame(json!([{ "index": 0, "delta": {}, "finish_reason": choice["finish_reason"] }])));
    let mut last = frame(json!([]));
    last["usage"] = answer["usage"].clone();
    frames.push(last);
    frames
}

fn pieces(text: &str, length: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(length.min(characters.len().max(1))).map(|piece| piece.iter().collect()).collect()
}

/// Frames as an event stream.
pub(crate) fn stream(frames: &[Value]) -> String {
    frames.iter().map(|frame| format!("data: {frame}\n\n")).collect::<String>() + "data: [DONE]\n\n"
}

/// What a client has at the end of a stream: the message as if it had come whole. Arguments that are no JSON are none.
pub(crate) fn blocks(events: &Value) -> Value {
    let mut message = json!({ "content": [] });
    let mut arguments = String::new();
    for event in events.as_array().unwrap() {
        let content = message["content"].as_array_mut().unwrap();
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                assert_eq!(event["index"], content.len(), "{event}");
                content.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                let (delta, block) = (&event["delta"], content.last_mut().unwrap());
                match delta["type"].as_str().unwrap() {
                    "text_delta" => append(block, "text", &delta["text"]),
                    "thinking_delta" => append(block, "thinking", &delta["thinking"]),
                    "input_json_delta" => arguments += delta["partial_json"].as_str().unwrap(),
                    other => panic!("{other}"),
                }
            }
            "content_block_stop" => {
                let block = content.last_mut().unwrap();
                if block["type"] == "tool_use" {
                    let input = serde_json::from_str(&std::mem::take(&mut arguments)).unwrap_or(json!({}));
                    block["input"] = if input.is_object() { input } else { json!({}) };
                }
            }
            "message_delta" => {
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                message["usage"] = event["usage"].clone();
            }
            "message_start" | "message_stop" | "ping" => {}
            other => panic!("{other}: {events}"),
        }
    }
    assert_eq!(events.as_array().unwrap().last().unwrap()["type"], "message_stop", "{events}");
    message
}

fn append(block: &mut Value, key: &str, more: &Value) {
    block[key] = format!("{}{}", block[key].as_str().unwrap(), more.as_str().unwrap()).into();
}
