//! What passes do to requests and answers: one golden a case.
//!
//! A new case is a new file under `tests/passes`: `passes` as in `transformer.use`, and what the client asks (`request`),
//! what a Chat Completions upstream answers whole (`answer`), or the frames that it streams (`stream`). A whole answer is
//! streamed, too: in few frames, in frames of one character, and cut at every byte; the client must understand the same.
//! `INSTA_UPDATE=always cargo test --test passes` writes the goldens.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "passes/answers.rs"]
mod answers;
mod laws;
#[path = "passes/properties.rs"]
mod properties;

use std::{fs, path::PathBuf, sync::Arc};

use answers::{blocks, frames, stream};
use laws::{events, face, known, provider, shown_value, without_minted};
use serde_json::{Value, json};
use wireloom::{
    crossing::Crossing,
    transform::{Pass, apply, read},
    translation::{Wish, translated, whole},
    wire::writer::Writer,
};
use wireloom_schema::{
    config,
    document::{Source, parse},
};

/// The passes that a list of transformers names.
fn passes(list: &Value) -> Vec<Pass> {
    let provider =
        json!({ "name": "p", "api_base_url": "http://localhost/", "api_key": "k", "transformer": { "use": list } });
    let text = json!({ "Providers": [provider] }).to_string();
    let (config, _) = config::read(&Arc::new(Source { path: "config".into(), text }), |_| None).unwrap();
    let read = config.providers[0].transformers.iter().map(read);
    read.map(|(pass, told)| {
        assert!(told.is_empty(), "{told:?}");
        pass.unwrap()
    })
    .collect()
}

/// What goes upstream of a client's request, what the request lost, and the way back.
fn sent(passes: &[Pass], request: &Value, to: &str) -> (Value, Vec<&'static str>, Crossing) {
    let (face, provider, text) = (face("anthropic"), provider(to), request.to_string());
    let mut request = face.read_request(&text).unwrap();
    request.stream_usage = request.stream;
    let mut w = Writer::default();
    let (answer, edits) = apply(passes, &mut request, &mut w.losses);
    let mut crossing = Crossing::of(face, provider, &mut request, &mut w.losses);
    crossing.passes = answer;
    provider.write_request(&request, &mut w);
    let losses = w.losses.names().to_vec();
    (serde_json::from_slice(&edits.of(w.out)).unwrap(), losses, crossing)
}

/// What the client is told of a whole answer.
fn told(crossing: &Crossing, answer: &Value) -> Value {
    let (face, provider, wish) = (face("anthropic"), provider("openai-compatible"), Wish { stream: None, usage: true });
    let told = whole(face, provider, crossing.clone(), &known(), wish, answer.to_string().as_bytes()).unwrap();
    serde_json::from_str(&without_minted(std::str::from_utf8(&told.0).unwrap())).unwrap()
}

/// The same as a stream, though the upstream sent none.
fn told_as_stream(crossing: &Crossing, answer: &Value) -> String {
    let (face, provider) = (face("anthropic"), provider("openai-compatible"));
    let wish = Wish { stream: Some(face.facts().framing), usage: true };
    let told = whole(face, provider, crossing.clone(), &known(), wish, answer.to_string().as_bytes()).unwrap();
    without_minted(std::str::from_utf8(&told.0).unwrap())
}

/// What the client is told of a stream that comes in these reads.
fn heard<'b>(crossing: &Crossing, reads: impl IntoIterator<Item = &'b [u8]>) -> String {
    let w = translated(face("anthropic"), provider("openai-compatible"), crossing.clone(), known(), true, reads);
    without_minted(std::str::from_utf8(&w.out).unwrap())
}

/// What the client is told of a stream, however it is cut.
#[track_caller]
fn heard_however_cut(crossing: &Crossing, stream: &str) -> String {
    let heard_whole = heard(crossing, [stream.as_bytes()]);
    for at in 0..stream.len() {
        let (one, other) = stream.as_bytes().split_at(at);
        assert_eq!(heard(crossing, [one, other]), heard_whole, "cut at {at}");
    }
    assert_eq!(heard(crossing, stream.as_bytes().chunks(1)), heard_whole);
    heard_whole
}

/// A request with the tools that the answers of the cases call.
fn usual_request() -> Value {
    json!({
        "model": "m", "max_tokens": 99, "stream": true, "messages": [{ "role": "user", "content": "Go." }],
        "tools": [{ "name": "Read", "input_schema": {
            "type": "object", "properties": { "file_path": { "type": "string" }, "limit": { "type": "integer" } }, "required": ["file_path"],
        } }],
    })
}

#[test]
fn what_passes_do_is_what_is_expected() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/passes");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json5"));
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let case = parse(&Arc::new(Source { path: name.into(), text })).unwrap().to_json();
        let passes = passes(&case["passes"]);
        let request = case.get("request").cloned().unwrap_or_else(usual_request);
        let to = case["to"].as_str().unwrap_or("openai-compatible");
        let (body, losses, crossing) = sent(&passes, &request, to);
        let mut golden = format!("passes: {}\n", case["passes"]);
        if case.get("request").is_some() {
            golden += &format!("\n--- sent\nlost: {}\n{}\n", losses.join(", "), pretty(&body));
        }
        if let Some(answer) = case.get("answer") {
            let whole = told(&crossing, answer);
            golden += &format!("\n--- told whole\n{}\n", pretty(&whole));
            let coarse = heard_however_cut(&crossing, &stream(&frames(answer, usize::MAX)));
            for told in [
                &coarse,
                &heard(&crossing, [stream(&frames(answer, 1)).as_bytes()]),
                &told_as_stream(&crossing, answer),
            ] {
                let told = blocks(&events(told));
                assert_eq!(told["content"], whole["content"], "{name}: a stream tells otherwise than a whole answer");
                assert_eq!(told["stop_reason"], whole["stop_reason"], "{name}");
                assert_eq!(told["usage"]["output_tokens"], whole["usage"]["output_tokens"], "{name}");
            }
            golden += &format!("\n--- told as a stream\n{coarse}\n");
        }
        if let Some(given) = case.get("stream") {
            golden += &format!(
                "\n--- told of the stream\n{}\n",
                heard_however_cut(&crossing, &stream(given.as_array().unwrap()))
            );
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("passes__{name}"), golden);
        });
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&shown_value(&value.to_string())).unwrap()
}

/// A whole answer of Chat Completions.
fn answer(message: Value, finish_reason: &str) -> Value {
    let usage = json!({ "prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9 });
    json!({ "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "usage": usage,
            "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }] })
}

/// The blocks that a client gets of an answer, whole and streamed alike.
#[track_caller]
fn content(list: Value, answer: &Value) -> Value {
    let (_, _, crossing) = sent(&passes(&list), &usual_request(), "openai-compatible");
    let whole = told(&crossing, answer);
    for length in [usize::MAX, 1] {
        let streamed = blocks(&events(&heard(&crossing, [stream(&frames(answer, length)).as_bytes()])));
        assert_eq!(streamed["content"], whole["content"]);
        assert_eq!(streamed["stop_reason"], whole["stop_reason"]);
    }
    whole["content"].clone()
}

fn call(arguments: &str) -> Value {
    json!({ "role": "assistant", "content": null, "tool_calls": [
        { "id": "call_1", "type": "function", "function": { "name": "Read", "arguments": arguments } },
    ] })
}

#[test]
fn an_answer_without_the_forced_tags_is_told_whole() {
    for text in ["Hi.", "  Hi <reasoning_content>", "<reasoning", ""] {
        let told = content(json!(["forcereasoning"]), &answer(json!({ "role": "assistant", "content": text }), "stop"));
        let wanted = if text.is_empty() { json!([]) } else { json!([{ "type": "text", "text": text }]) };
        assert_eq!(told, wanted);
    }
}

#[test]
fn thoughts_are_told_in_whole_answers_too() {
    for (pass, tag) in [("forcereasoning", "reasoning_content"), ("extrathinktag", "think")] {
        let text = format!("<{tag}>\nHm.</{tag}>\n\nHi.");
        let told = content(json!([pass]), &answer(json!({ "role": "assistant", "content": text }), "stop"));
        let kinds: Vec<_> = told.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["thinking", "text"], "{told}");
        assert_eq!((&told[0]["thinking"], &told[1]["text"]), (&json!("Hm."), &json!("Hi.")));
    }
    let message = json!({ "role": "assistant", "content": "Hi.", "reasoning_content": "Hm." });
    assert_eq!(content(json!(["reasoning"]), &answer(message, "stop"))[0]["thinking"], "Hm.");
}

#[test]
fn arguments_are_repaired_whatever_the_finish_reason() {
    for reason in ["tool_calls", "stop", "function_call"] {
        let told = content(json!(["enhancetool"]), &answer(call("{'filePath': 'a', limit: \"5\""), reason));
        assert_eq!(told[0]["input"], json!({ "file_path": "a", "limit": 5 }), "{reason}");
    }
}

#[test]
fn arguments_that_cannot_be_repaired_are_not_invented() {
    let (_, _, crossing) = sent(&passes(&json!(["enhancetool"])), &usual_request(), "openai-compatible");
    for arguments in ["no arguments", "[1, 2", "{\"a\": 1}{\"b\": 2}"] {
        let answer = answer(call(arguments), "tool_calls");
        let heard = heard(&crossing, [stream(&frames(&answer, 3)).as_bytes()]);
        let pieces = events(&heard);
        let pieces = pieces.as_array().unwrap().iter().filter_map(|event| event["delta"]["partial_json"].as_str());
        assert_eq!(pieces.collect::<String>(), arguments);
        assert!(!heard.contains("\"text\":"), "{heard}");
        assert_eq!(told(&crossing, &answer)["content"][0]["input"], json!({}));
    }
}

#[test]
fn a_call_that_was_cut_off_is_not_completed() {
    let answer = answer(call("{\"file_path\": \"half a na"), "length");
    let (_, _, crossing) = sent(&passes(&json!(["enhancetool"])), &usual_request(), "openai-compatible");
    let heard = heard(&crossing, [stream(&frames(&answer, 5)).as_bytes()]);
    assert!(heard.contains(r#"{\"file_path\": \"half a na"}"#), "{heard}");
    assert!(heard.contains("\"stop_reason\":\"max_tokens\""), "{heard}");
    assert_eq!(told(&crossing, &answer)["content"][0]["input"], json!({}));
}

#[test]
fn a_stream_that_breaks_off_within_a_call_ends_with_an_error_and_without_its_arguments() {
    let mut frames = frames(&answer(call("{\"file_path\": \"a\"}"), "tool_calls"), 4);
    frames.truncate(frames.len() - 2);
    let text: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
    let (_, _, crossing) = sent(&passes(&json!(["enhancetool"])), &usual_request(), "openai-compatible");
    let heard = heard(&crossing, [text.as_bytes()]);
    assert!(heard.contains("event: error") && !heard.contains("file_path"), "{heard}");
    assert!(!heard.contains("message_stop"), "{heard}");
}

#[test]
fn custom_parameters_may_be_any_field_and_go_behind_what_is_said() {
    let given = json!({
        "temperature": 0.25, "max_tokens": 5, "top_p": 0.5, "seed": 7, "response_format": { "type": "json_object" },
        "tools": [{ "type": "function", "function": { "name": "added", "parameters": {} } }],
        "stream_options": { "include_usage": false, "more": 1 },
    });
    let list = json!([["customparams", given]]);
    let request = json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": "Go." }] });
    let (body, ..) = sent(&passes(&list), &request, "openai-compatible");
    for name in ["temperature", "max_tokens", "top_p", "seed", "response_format", "tools", "stream_options"] {
        assert_eq!(body[name], given[name], "{body}");
    }
    let mut request = usual_request();
    request["temperature"] = json!(1);
    let (body, ..) = sent(&passes(&list), &request, "openai-compatible");
    assert_eq!((&body["temperature"], &body["max_tokens"]), (&json!(1), &json!(99)), "{body}");
    assert_eq!(body["tools"][0]["function"]["name"], "Read", "{body}");
}
