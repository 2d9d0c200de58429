//! What the scenarios work on: the same bytes on every machine.

use serde_json::{Value, json};

const WORDS: &str = "the of to read file line error return value function test build module path string when with must \
                     change only check result update handler request response stream token cache config \"quoted\" \
                     don't naïve {brace} <tag> $HOME src/lib.rs 42 0x7f\n";

/// Numbers that look random and are not (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }

    /// Words, up to about so many bytes.
    fn prose(&mut self, bytes: usize) -> String {
        let words: Vec<&str> = WORDS.split(' ').collect();
        let mut text = String::new();
        while text.len() < bytes {
            text += words[self.roll(words.len())];
            text.push(' ');
        }
        text
    }
}

/// A short question.
pub(crate) fn small() -> String {
    let mut dice = Dice(1);
    let (system, question) = (dice.prose(350), dice.prose(450));
    request(json!([{ "type": "text", "text": system }]), json!([{ "role": "user", "content": question }]), json!([]))
}

/// A turn of a coding agent: 25 tools, a long system prompt, and 41 messages in which tool calls and their results
/// alternate. About 120 KB.
pub(crate) fn large() -> String {
    let mut dice = Dice(2);
    let system = json!([
        { "type": "text", "text": dice.prose(60) },
        { "type": "text", "text": dice.prose(14_000), "cache_control": { "type": "ephemeral" } },
    ]);
    let tools: Vec<Value> = (0..25).map(|number| tool(&mut dice, number)).collect();
    let mut messages = vec![json!({ "role": "user", "content": [{ "type": "text", "text": dice.prose(1_500) }] })];
    while messages.len() < 39 {
        let id = format!("call_{:04}", messages.len());
        let input = json!({ "field_0": dice.prose(300), "items": [{ "id": "a" }] });
        messages.push(json!({ "role": "assistant", "content": [
            { "type": "text", "text": dice.prose(250) },
            { "type": "tool_use", "id": id, "name": "Write", "input": input },
        ] }));
        messages.push(json!({ "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": id, "content": dice.prose(2_350) },
        ] }));
    }
    messages.push(json!({ "role": "assistant", "content": [{ "type": "text", "text": "Done." }] }));
    messages.push(json!({ "role": "user", "content": [
        { "type": "text", "text": dice.prose(500), "cache_control": { "type": "ephemeral" } },
    ] }));
    request(system, messages.into(), tools.into())
}

fn tool(dice: &mut Dice, number: usize) -> Value {
    let mut properties = serde_json::Map::new();
    for field in 0..5 {
        let kind = ["string", "integer", "boolean"][dice.roll(3)];
        properties.insert(format!("field_{field}"), json!({ "type": kind, "description": dice.prose(90) }));
    }
    let items = json!({ "type": "object", "properties": { "id": { "type": "string" } }, "required": ["id"] });
    properties.insert("items".into(), json!({ "type": "array", "items": items }));
    let name = if number == 0 { "Write".to_owned() } else { format!("Tool{number}") };
    json!({
        "name": name,
        "description": dice.prose(640),
        "input_schema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": properties,
            "required": ["field_0", "items"],
            "additionalProperties": false,
        },
    })
}

fn request(system: Value, messages: Value, tools: Value) -> String {
    let mut request = json!({
        "model": "model", "max_tokens": 8192, "system": system, "messages": messages,
        "metadata": { "user_id": "user_of_the_bench" }, "stream": true,
    });
    if tools.as_array().is_some_and(|tools| !tools.is_empty()) {
        request["tools"] = tools;
    }
    request.to_string()
}

/// A whole answer with reasoning, text and two calls.
pub(crate) fn answer() -> String {
    let mut dice = Dice(3);
    let calls: Vec<Value> = (0..2)
        .map(|number| {
            let arguments = json!({ "field_0": dice.prose(300), "items": [{ "id": "a" }] }).to_string();
            json!({ "id": format!("call_{number}"), "type": "function", "function": { "name": "Write", "arguments": arguments } })
        })
        .collect();
    let message = json!({
        "role": "assistant", "content": dice.prose(2_000), "reasoning_content": dice.prose(800), "tool_calls": calls,
    });
    json!({
        "id": "answer", "object": "chat.completion", "created": 1_700_000_000, "model": "model",
        "choices": [{ "index": 0, "message": message, "finish_reason": "tool_calls" }],
        "usage": usage(),
    })
    .to_string()
}

/// A streamed answer of so many pieces of text, then a call whose arguments come in so many pieces.
pub(crate) fn stream(texts: usize, arguments: usize) -> String {
    let mut dice = Dice(4);
    let mut stream = String::new();
    let mut frame = |delta: Value, finish: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let frame = json!({
            "id": "answer", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "model",
            "choices": [choice],
        });
        stream += &format!("data: {frame}\n\n");
    };
    frame(json!({ "role": "assistant", "content": "" }), Value::Null);
    for _ in 0..texts {
        frame(json!({ "content": dice.prose(20) }), Value::Null);
    }
    if arguments > 0 {
        let function = json!({ "name": "Write", "arguments": "" });
        let call = json!({ "index": 0, "id": "call_0", "type": "function", "function": function });
        frame(json!({ "tool_calls": [call] }), Value::Null);
        let piece = |text: &str| json!({ "tool_calls": [{ "index": 0, "function": { "arguments": text } }] });
        frame(piece("{\"field_0\":\""), Value::Null);
        (0..arguments).for_each(|_| frame(piece("some words "), Value::Null));
        frame(piece("\"}"), Value::Null);
    }
    frame(json!({}), if arguments > 0 { "tool_calls".into() } else { "stop".into() });
    let last = json!({
        "id": "answer", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "model", "choices": [],
        "usage": usage(),
    });
    stream + &format!("data: {last}\n\ndata: [DONE]\n\n")
}

fn usage() -> Value {
    json!({
        "prompt_tokens": 30_000, "completion_tokens": 2_000, "total_tokens": 32_000,
        "prompt_tokens_details": { "cached_tokens": 20_000 },
    })
}
