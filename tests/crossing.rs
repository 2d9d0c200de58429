//! Conversations that begin at one vendor and go on through clients of another dialect, and at another vendor: what the
//! next request depends on comes back, and no vendor is sent what another one made.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use laws::{events, face, known, provider};
use serde_json::{Value, json};
use wireloom::{
    crossing::{Crossing, seal},
    specs::Provider,
    translation::{Wish, translated, whole},
    wire::writer::Writer,
};

/// What a provider is sent of a client's request, and the way back for its answer.
fn sent(client: &str, provider: Provider, request: &Value) -> (Value, Crossing) {
    let text = request.to_string();
    let mut request = face(client).read_request(&text).unwrap();
    let mut w = Writer::default();
    let crossing = Crossing::of(face(client), provider, &mut request, &mut w.losses);
    provider.write_request(&request, &mut w);
    (serde_json::from_slice(&w.out).unwrap(), crossing)
}

/// What a client is told of a whole answer.
fn told(client: &str, provider: Provider, crossing: Crossing, answer: &str) -> Value {
    let wish = Wish { stream: None, usage: true };
    let (told, _) = whole(face(client), provider, crossing, &known(), wish, answer.as_bytes()).unwrap();
    serde_json::from_slice(&told).unwrap()
}

/// What a client makes of a streamed answer: as if it had come whole.
fn heard(client: &str, provider: Provider, crossing: Crossing, answer: &str) -> Value {
    let w = translated(face(client), provider, crossing, known(), true, [answer.as_bytes()]);
    let events = events(std::str::from_utf8(&w.out).unwrap());
    let events = events.as_array().unwrap();
    match client {
        "anthropic" => json!({ "content": blocks(events) }),
        "openai-chat" => json!({ "choices": [{ "message": { "tool_calls": calls(events) } }] }),
        "openai-responses" => {
            let done = events.iter().filter(|event| event["type"] == "response.output_item.done");
            json!({ "output": done.map(|event| event["item"].clone()).collect::<Value>() })
        }
        _ => {
            let parts = events.iter().flat_map(|frame| frame["candidates"][0]["content"]["parts"].as_array());
            let says = |part: &&Value| part["text"] != "" || part.get("thoughtSignature").is_some();
            let parts: Value = parts.flatten().filter(says).cloned().collect();
            json!({ "candidates": [{ "content": { "role": "model", "parts": parts } }] })
        }
    }
}

/// The blocks of a stream of Anthropic's.
fn blocks(events: &[Value]) -> Value {
    let mut blocks: Vec<Value> = Vec::new();
    for event in events {
        match event["type"].as_str().unwrap() {
            "content_block_start" => blocks.push(event["content_block"].clone()),
            "content_block_delta" => {
                let (block, delta) = (blocks.last_mut().unwrap(), &event["delta"]);
                match delta["type"].as_str().unwrap() {
                    "input_json_delta" => {
                        block["input"] = serde_json::from_str(delta["partial_json"].as_str().unwrap()).unwrap();
                    }
                    "signature_delta" => block["signature"] = delta["signature"].clone(),
                    _ => block["thinking"] = delta["thinking"].clone(),
                }
            }
            _ => {}
        }
    }
    blocks.into()
}

/// The calls of a stream of chunks.
fn calls(events: &[Value]) -> Value {
    let mut calls: Vec<Value> = Vec::new();
    let pieces = events.iter().flat_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].as_array()).flatten();
    for piece in pieces {
        let function = &piece["function"];
        match piece.get("id") {
            Some(id) => calls.push(json!({ "id": id, "type": "function", "function": function })),
            None => {
                let arguments = &mut calls.last_mut().unwrap()["function"]["arguments"];
                let so_far = arguments.as_str().unwrap_or_default();
                *arguments = format!("{so_far}{}", function["arguments"].as_str().unwrap()).into();
            }
        }
    }
    calls.into()
}

/// The client's next request: what it keeps of the answer, with the result of its first call.
fn next(client: &str, answer: &Value) -> Value {
    let question = json!({ "role": "user", "content": "Read it." });
    match client {
        "anthropic" => {
            let content = &answer["content"];
            let call = content.as_array().unwrap().iter().find(|block| block["type"] == "tool_use").unwrap();
            let result = json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "words" });
            json!({ "model": "m", "max_tokens": 100, "messages": [
                question, { "role": "assistant", "content": content }, { "role": "user", "content": [result] },
            ] })
        }
        // Only what the protocol has fields for: no thoughts.
        "openai-chat" => {
            let calls = &answer["choices"][0]["message"]["tool_calls"];
            let result = json!({ "role": "tool", "tool_call_id": calls[0]["id"], "content": "words" });
            let said = json!({ "role": "assistant", "content": null, "tool_calls": calls });
            json!({ "model": "m", "messages": [question, said, result] })
        }
        "openai-responses" => {
            let items = answer["output"].as_array().unwrap();
            let mut input = vec![question];
            input.extend(items.iter().cloned());
            input.extend(items.iter().filter(|item| item.get("call_id").is_some()).map(|call| {
                let sort = format!("{}_output", call["type"].as_str().unwrap());
                json!({ "type": sort, "call_id": call["call_id"], "output": "words" })
            }));
            json!({ "model": "m", "input": input })
        }
        _ => {
            let said = &answer["candidates"][0]["content"];
            let call = said["parts"].as_array().unwrap().iter().find_map(|part| part.get("functionCall")).unwrap();
            let result = json!({ "id": call["id"], "name": call["name"], "response": { "output": "words" } });
            json!({ "contents": [
                { "role": "user", "parts": [{ "text": "Read it." }] }, said,
                { "role": "user", "parts": [{ "functionResponse": result }] },
            ] })
        }
    }
}

/// What the client sends next after each way of being answered.
fn answered(client: &str, provider: Provider, whole: &str, stream: &str) -> [Value; 2] {
    let crossing = Crossing::plain(face(client).facts(), provider.facts());
    [
        next(client, &told(client, provider, crossing.clone(), whole)),
        next(client, &heard(client, provider, crossing, stream)),
    ]
}

/// Requires that a vendor is sent nothing of another one's signature, nor the way in which clients were given it.
#[track_caller]
fn assert_unsigned(client: &str, provider: &str, request: &Value, signature: &str) {
    let (sent, _) = sent(client, self::provider(provider), request);
    let text = sent.to_string();
    for trace in [signature, seal::MARK, seal::HIDDEN] {
        assert!(!text.contains(trace), "{provider} is sent `{trace}` by a client of {client}: {sent}");
    }
    assert!(text.contains("words"), "{sent}");
}

const GEMINI: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"read","args":{"path":"/a"}},"thoughtSignature":"R2VtaW5pKys/Pz8+Pj4="}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":7,"totalTokenCount":12},"modelVersion":"gemini-3-pro","responseId":"r1"}"#;

#[test]
fn geminis_signature_comes_back_to_its_call_through_every_client_and_goes_nowhere_else() {
    let (gemini, signature) = (provider("gemini"), "R2VtaW5pKys/Pz8+Pj4=");
    for client in ["anthropic", "openai-chat", "openai-responses"] {
        for request in answered(client, gemini, GEMINI, &format!("data: {GEMINI}\n\n")) {
            let (sent, _) = sent(client, gemini, &request);
            let call = &sent["contents"][1]["parts"][0];
            assert_eq!(call["thoughtSignature"], signature, "{client}: {sent}");
            assert_eq!(call["functionCall"]["args"], json!({ "path": "/a" }), "{client}: {sent}");
            let result = &sent["contents"][2]["parts"][0]["functionResponse"];
            assert_eq!(
                (&result["name"], &result["id"]),
                (&json!("read"), &call["functionCall"]["id"]),
                "{client}: {sent}"
            );
            assert!(!call["functionCall"]["id"].as_str().unwrap().is_empty(), "{client}: {sent}");
            for other in ["anthropic", "openai", "deepseek", "openai-responses", "bedrock"] {
                assert_unsigned(client, other, &request, signature);
            }
        }
    }
}

const CLAUDE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"thinking","thinking":"hm","signature":"Q2xhdWRlKys/Pz8="},{"type":"tool_use","id":"toolu_1","name":"read","input":{"path":"/a"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":7}}"#;

const CLAUDE_STREAM: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Q2xhdWRlKys/Pz8="}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"read","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"path\":\"/a\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":7}}

event: message_stop
data: {"type":"message_stop"}

"#;

#[test]
fn claudes_signature_comes_back_to_its_thoughts_through_every_client_and_goes_nowhere_else() {
    let (claude, signature) = (provider("anthropic"), "Q2xhdWRlKys/Pz8=");
    for client in ["gemini", "openai-chat", "openai-responses"] {
        for request in answered(client, claude, CLAUDE, CLAUDE_STREAM) {
            let (sent, _) = sent(client, claude, &request);
            let said = &sent["messages"][1]["content"];
            assert_eq!(
                (&said[0]["type"], &said[0]["signature"]),
                (&json!("thinking"), &json!(signature)),
                "{client}: {sent}"
            );
            // A client of chats has no field for thoughts; the signature holds them all the same.
            assert_eq!(said[0]["thinking"], if client == "openai-chat" { "" } else { "hm" }, "{client}: {sent}");
            assert_eq!(
                (&said[1]["id"], &said[1]["input"]),
                (&json!("toolu_1"), &json!({ "path": "/a" })),
                "{client}: {sent}"
            );
            assert_eq!(sent["messages"][2]["content"][0]["tool_use_id"], "toolu_1", "{client}: {sent}");
            for other in ["gemini", "openai", "deepseek", "openai-responses"] {
                assert_unsigned(client, other, &request, signature);
            }
        }
    }
}

#[test]
fn a_client_that_reads_signatures_as_bytes_understands_all_and_may_write_them_in_its_own_alphabet() {
    let claude = provider("anthropic");
    for mut request in answered("gemini", claude, CLAUDE, CLAUDE_STREAM) {
        let parts = request["contents"][1]["parts"].as_array_mut().unwrap();
        let mut signatures = parts.iter_mut().filter_map(|part| part.get_mut("thoughtSignature"));
        let sealed = signatures.next().unwrap();
        assert!(signatures.next().is_none());
        let text = sealed.as_str().unwrap();
        assert!(text.len() % 4 == 0 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)));
        *sealed = text.replace('+', "-").replace('/', "_").into();
        let (sent, _) = sent("gemini", claude, &request);
        assert_eq!(sent["messages"][1]["content"][0]["signature"], "Q2xhdWRlKys/Pz8=", "{sent}");
    }
}

const CHAT: &str = r#"{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"apply_patch","arguments":"{\"input\":\"*** Begin Patch\\n+é\"}"}},{"id":"call_2","type":"function","function":{"name":"files__list","arguments":"{\"path\":\"/a\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#;

const CHAT_STREAM: &str = r#"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"apply_patch","arguments":"{\"input\":\"*** Begin"}}]},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":" Patch\\n+é\"}"}}]},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"files__list","arguments":"{\"path\":\"/a\"}"}}]},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: [DONE]

"#;

#[test]
fn tools_of_free_text_and_of_groups_go_to_a_provider_that_has_neither_and_come_back() {
    let (client, chat) = ("openai-responses", provider("openai"));
    let grammar = json!({ "type": "grammar", "syntax": "lark", "definition": "start: \"*** Begin Patch\"" });
    let list = json!({ "type": "function", "name": "list", "parameters": { "type": "object" }, "strict": false });
    let tools = json!([
        { "type": "custom", "name": "apply_patch", "description": "Patches.", "format": grammar },
        { "type": "namespace", "name": "files", "description": "Of files.", "tools": [list] },
    ]);
    let request = json!({ "model": "m", "input": "Patch it.", "tools": tools });
    let (asked, crossing) = sent(client, chat, &request);
    let functions: Vec<_> = asked["tools"].as_array().unwrap().iter().map(|tool| &tool["function"]).collect();
    assert_eq!((&functions[0]["name"], &functions[1]["name"]), (&json!("apply_patch"), &json!("files__list")));
    assert_eq!(functions[0]["parameters"]["required"], json!(["input"]));
    assert!(functions[0]["description"].as_str().unwrap().contains("Begin Patch"), "{asked}");

    let answers = [told(client, chat, crossing.clone(), CHAT), heard(client, chat, crossing, CHAT_STREAM)];
    for answer in answers {
        let output = answer["output"].as_array().unwrap();
        let [patch, list] = &output[..] else { panic!("{answer}") };
        assert_eq!((&patch["type"], &patch["name"]), (&json!("custom_tool_call"), &json!("apply_patch")), "{answer}");
        assert_eq!((&patch["input"], &patch["call_id"]), (&json!("*** Begin Patch\n+é"), &json!("call_1")), "{answer}");
        assert_eq!((&list["type"], &list["name"]), (&json!("function_call"), &json!("list")), "{answer}");
        assert_eq!(
            (&list["namespace"], &list["arguments"]),
            (&json!("files"), &json!("{\"path\":\"/a\"}")),
            "{answer}"
        );

        let mut request = next(client, &answer);
        request["tools"] = tools.clone();
        let (asked, _) = sent(client, chat, &request);
        let calls = &asked["messages"][1]["tool_calls"];
        let input: Value = serde_json::from_str(calls[0]["function"]["arguments"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&calls[0]["function"]["name"], input),
            (&json!("apply_patch"), json!({ "input": "*** Begin Patch\n+é" })),
            "{asked}"
        );
        assert_eq!(
            (&calls[1]["function"]["name"], &calls[1]["id"]),
            (&json!("files__list"), &json!("call_2")),
            "{asked}"
        );
        for (result, id) in [(2, "call_1"), (3, "call_2")] {
            let result = &asked["messages"][result];
            assert_eq!((&result["tool_call_id"], &result["content"]), (&json!(id), &json!("words")), "{asked}");
        }
    }
}

#[test]
fn settings_instructions_and_words_beside_calls_reach_every_dialect() {
    let call = json!({ "type": "tool_use", "id": "toolu_1", "name": "read", "input": { "path": "/a" } });
    let result = json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": "words" });
    let request = json!({
        "model": "m", "max_tokens": 50, "temperature": 0.5, "top_p": 0.25, "top_k": 3, "stop_sequences": ["x"],
        "system": "Be brief.", "tools": [{ "name": "read", "input_schema": { "type": "object", "properties": {} } }],
        "tool_choice": { "type": "any" }, "thinking": { "type": "enabled", "budget_tokens": 2048 },
        "messages": [
            { "role": "user", "content": "Read it." },
            { "role": "assistant", "content": [{ "type": "text", "text": "I read." }, call] },
            { "role": "user", "content": [result] },
        ],
    });
    for provider in ["gemini", "vertex-gemini"] {
        let (sent, _) = sent("anthropic", self::provider(provider), &request);
        assert_eq!(sent["systemInstruction"]["parts"][0]["text"], "Be brief.", "{sent}");
        let config = json!({
            "temperature": 0.5, "topP": 0.25, "topK": 3, "maxOutputTokens": 50, "stopSequences": ["x"],
            "thinkingConfig": { "includeThoughts": true, "thinkingBudget": 2048 },
        });
        assert_eq!(sent["generationConfig"], config, "{provider}");
        assert_eq!(sent["toolConfig"]["functionCallingConfig"]["mode"], "ANY");
        let parts = &sent["contents"][1]["parts"];
        assert_eq!((&parts[0]["text"], &parts[1]["functionCall"]["name"]), (&json!("I read."), &json!("read")));
    }
    let (claude, _) = sent("anthropic", provider("vertex-claude"), &request);
    assert_eq!((&claude["system"], &claude["thinking"]), (&request["system"], &request["thinking"]));
    assert_eq!((&claude["messages"], &claude["tools"]), (&request["messages"], &request["tools"]));

    let (responses, _) = sent("anthropic", provider("openai-responses"), &request);
    let settings = ["temperature", "top_p", "max_output_tokens", "tool_choice", "instructions"];
    let settings = settings.map(|key| responses[key].clone());
    assert_eq!(settings, [json!(0.5), json!(0.25), json!(50), json!("required"), json!("Be brief.")], "{responses}");
    let input = responses["input"].as_array().unwrap();
    let [_, said, called, output] = &input[..] else { panic!("{responses}") };
    assert_eq!(said["content"][0]["text"], "I read.", "{responses}");
    assert_eq!((&called["type"], &called["name"]), (&json!("function_call"), &json!("read")), "{responses}");
    assert_eq!((&output["type"], &output["output"]), (&json!("function_call_output"), &json!("words")), "{responses}");
}

const ROUTED: &str = r#"{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"c2lnbmVk","format":"anthropic-claude-v1","index":0}],"tool_calls":[{"id":"call_1","type":"function","function":{"name":"read","arguments":"{\"path\":\"/a\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#;

const ROUTED_STREAM: &str = r#"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"","format":"anthropic-claude-v1","index":0}]},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"","reasoning":null,"reasoning_details":[{"type":"reasoning.text","signature":"c2lnbmVk","format":"anthropic-claude-v1","index":0}]},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"read","arguments":"{\"path\":\"/a\"}"}}]},"finish_reason":null}]}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: [DONE]

"#;

#[test]
fn details_of_reasoning_come_back_as_they_were_through_every_client_and_go_nowhere_else() {
    for router in ["openrouter", "vercel"] {
        let router = provider(router);
        for client in ["anthropic", "openai-chat", "openai-responses", "gemini"] {
            for request in answered(client, router, ROUTED, ROUTED_STREAM) {
                let (sent, _) = sent(client, router, &request);
                let said =
                    sent["messages"].as_array().unwrap().iter().find(|said| said["role"] == "assistant").unwrap();
                // A client of chats has no field for thoughts; the signature holds them all the same.
                let words = if client == "openai-chat" { "" } else { "hm" };
                let detail = json!({
                    "type": "reasoning.text", "text": words, "signature": "c2lnbmVk",
                    "format": "anthropic-claude-v1", "index": 0,
                });
                assert_eq!(said["reasoning_details"], json!([detail]), "{client}: {sent}");
                assert_eq!(said["tool_calls"][0]["id"], "call_1", "{client}: {sent}");
                for other in ["anthropic", "openai", "gemini", "openai-responses"] {
                    assert_unsigned(client, other, &request, "c2lnbmVk");
                }
            }
        }
    }
}

#[test]
fn cache_marks_reach_the_models_of_amazons_cloud_that_take_them() {
    let mark = json!({ "type": "ephemeral", "ttl": "1h" });
    let text = |text: &str| json!([{ "type": "text", "text": text, "cache_control": mark }]);
    let result = json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": text("words") });
    let call = json!({ "type": "tool_use", "id": "toolu_1", "name": "read", "input": {} });
    let request = |model: &str| {
        json!({
            "model": model, "max_tokens": 50, "system": text("Be brief."),
            "tools": [{ "name": "read", "input_schema": { "type": "object" }, "cache_control": mark }],
            "messages": [
                { "role": "user", "content": text("Read it.") },
                { "role": "assistant", "content": [call] },
                { "role": "user", "content": [result] },
            ],
        })
    };
    let point = json!({ "cachePoint": { "type": "default", "ttl": "1h" } });
    let (claude, _) = sent("anthropic", provider("bedrock"), &request("us.anthropic.claude-sonnet-4-5-20250929-v1:0"));
    for list in [&claude["system"], &claude["toolConfig"]["tools"], &claude["messages"][0]["content"]] {
        assert_eq!((list.as_array().map(Vec::len), &list[1]), (Some(2), &point), "{claude}");
    }
    let content = &claude["messages"][2]["content"];
    assert_eq!(content[0]["toolResult"]["content"], json!([{ "text": "words" }]), "{claude}");
    assert_eq!(content[1], point, "{claude}");
    let (other, _) = sent("anthropic", provider("bedrock"), &request("meta.llama3-1-70b-instruct-v1:0"));
    assert!(!other.to_string().contains("cachePoint"), "{other}");
}
