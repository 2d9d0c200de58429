//! An invented API of odd shape is two files and no Rust: `tests/odd-api` holds its dialect and its provider. Here a
//! binary is built with them, and asked in the protocols of both faces.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "odd_api/dependencies.rs"]
mod dependencies;
#[path = "odd_api/gateway.rs"]
mod gateway;
#[path = "odd_api/http.rs"]
mod http;
#[path = "odd_api/mock.rs"]
mod mock;

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use self::{gateway::Gateway, mock::Mock};

/// A face as a client sees it.
struct Face {
    path: &'static str,
    /// What is said, in this face's words.
    request: fn(bool) -> Value,
    /// Whether it can say that thoughts are signed and that tools failed.
    rich: bool,
}

const FACES: [Face; 2] = [
    Face { path: "/v1/messages", request: anthropic, rich: true },
    Face { path: "/v1/chat/completions", request: openai, rich: false },
];

fn anthropic(stream: bool) -> Value {
    json!({
        "model": "loom,weaver-1", "max_tokens": 100, "temperature": 0.5, "top_k": 40, "stop_sequences": ["END"],
        "stream": stream,
        "system": "Be brief.",
        "tools": [{ "name": "look", "description": "Looks.", "input_schema": { "type": "object" } }],
        "tool_choice": { "type": "tool", "name": "look", "disable_parallel_tool_use": true },
        "thinking": { "type": "enabled", "budget_tokens": 2048 },
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "Look at the loom." },
                { "type": "image", "source": { "type": "url", "url": "https://example.org/loom.png" } },
            ] },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "A loom.", "signature": "d2lyZWxvb206bG9vbXRhbGs6c2VhbC0w" },
                { "type": "text", "text": "I look." },
                { "type": "tool_use", "id": "call_1", "name": "look", "input": { "at": "loom" } },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "call_1", "is_error": true, "content": [
                    { "type": "text", "text": "It is oak." },
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } },
                ] },
                { "type": "text", "text": "And now?" },
            ] },
        ],
    })
}

fn openai(stream: bool) -> Value {
    let arguments = json!({ "at": "loom" }).to_string();
    json!({
        "model": "loom,weaver-1", "max_tokens": 100, "temperature": 0.5, "stop": "END",
        "stream": stream, "stream_options": { "include_usage": true },
        "tools": [{ "type": "function", "function": {
            "name": "look", "description": "Looks.", "parameters": { "type": "object" },
        } }],
        "tool_choice": { "type": "function", "function": { "name": "look" } },
        "parallel_tool_calls": false,
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": [
                { "type": "text", "text": "Look at the loom." },
                { "type": "image_url", "image_url": { "url": "https://example.org/loom.png" } },
            ] },
            { "role": "assistant", "content": "I look.", "tool_calls": [
                { "id": "call_1", "type": "function", "function": { "name": "look", "arguments": arguments } },
            ] },
            { "role": "tool", "tool_call_id": "call_1", "content": "It is oak." },
            { "role": "user", "content": "And now?" },
        ],
    })
}

/// The request as the invented API is to get it.
fn expected(face: &Face, stream: bool) -> Value {
    let words = |text: &str| json!({ "kind": "words", "body": text });
    let errand =
        json!({ "kind": "errand", "ticket": "call_1", "errand": { "tool": "look", "with": r#"{"at":"loom"}"# } });
    let (mut machine, mut human) = (vec![words("I look."), errand], vec![words("And now?")]);
    let mut answers = json!({ "ticket": "call_1" });
    let mut knobs = json!({ "heat": 0.5, "ceiling": 100, "halts": ["END"] });
    if face.rich {
        machine.insert(0, json!({ "kind": "musing", "body": "A loom.", "seal": "seal-0" }));
        human.insert(0, json!({ "kind": "picture", "at": "raw image/png!AAAA" }));
        answers["failed"] = true.into();
        knobs["breadth"] = 40.into();
        knobs["musing"] = json!({ "allowance": 2048 });
    }
    let mut request = json!({
        "engine": "weaver-1",
        "transcript": [
            { "from": "director", "says": [words("Be brief.")] },
            { "from": "human", "says": [
                words("Look at the loom."), { "kind": "picture", "at": "see https://example.org/loom.png" },
            ] },
            { "from": "machine", "says": machine },
            { "from": "tool", "answers": answers, "says": [words("It is oak.")] },
            { "from": "human", "says": human },
        ],
        "toolbox": [{ "spec": { "title": "look", "about": "Looks.", "shape": { "type": "object" } } }],
        "errands": { "policy": "only look", "one_by_one": true },
        "knobs": knobs,
    });
    if stream {
        request["live"] = true.into();
    }
    request
}

/// What a client hears, whole or streamed, in terms of neither face.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    reasoning: String,
    signature: String,
    text: String,
    call: (String, String, String),
    finish: String,
    /// Input with what the cache had, of it the cache's, output.
    usage: [u64; 3],
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Heard {
    fn anthropic_usage(&mut self, usage: &Value) {
        let number = |key: &str| usage[key].as_u64().unwrap_or_default();
        let cached = number("cache_read_input_tokens");
        let input = number("input_tokens") + cached + number("cache_creation_input_tokens");
        self.usage = [input, cached, number("output_tokens")];
    }

    fn anthropic(answer: &Value) -> Self {
        let mut heard = Heard { finish: text(&answer["stop_reason"]).into(), ..Heard::default() };
        for part in answer["content"].as_array().unwrap() {
            match text(&part["type"]) {
                "thinking" => {
                    heard.reasoning += text(&part["thinking"]);
                    heard.signature += text(&part["signature"]);
                }
                "text" => heard.text += text(&part["text"]),
                "tool_use" => {
                    heard.call = (text(&part["id"]).into(), text(&part["name"]).into(), part["input"].to_string());
                }
                other => panic!("{other}"),
            }
        }
        heard.anthropic_usage(&answer["usage"]);
        heard
    }

    fn anthropic_events(events: &[Value]) -> Self {
        let mut heard = Heard::default();
        for event in events {
            let (block, delta) = (&event["content_block"], &event["delta"]);
            if block["type"] == "tool_use" {
                heard.call = (text(&block["id"]).into(), text(&block["name"]).into(), String::new());
            }
            heard.reasoning += text(&delta["thinking"]);
            heard.signature += text(&delta["signature"]);
            heard.text += text(&delta["text"]);
            heard.call.2 += text(&delta["partial_json"]);
            if event["type"] == "message_delta" {
                heard.finish = text(&delta["stop_reason"]).into();
                heard.anthropic_usage(&event["usage"]);
            }
        }
        assert_eq!(events.last().unwrap()["type"], "message_stop");
        heard.call.2.retain(|c| c != ' ');
        heard
    }

    fn openai(messages: &[Value], place: &str) -> Self {
        let mut heard = Heard::default();
        for answer in messages {
            let choice = &answer["choices"][0];
            let message = &choice[place];
            heard.reasoning += text(&message["reasoning_content"]);
            heard.text += text(&message["content"]);
            let call = &message["tool_calls"][0];
            heard.call.0 += text(&call["id"]);
            heard.call.1 += text(&call["function"]["name"]);
            heard.call.2 += text(&call["function"]["arguments"]);
            heard.finish += text(&choice["finish_reason"]);
            if let Some(usage) = answer["usage"].as_object() {
                let cached = &usage["prompt_tokens_details"]["cached_tokens"];
                let numbers = [&usage["prompt_tokens"], cached, &usage["completion_tokens"]];
                heard.usage = numbers.map(|number| number.as_u64().unwrap());
            }
        }
        heard.call.2.retain(|c| c != ' ');
        heard
    }
}

/// The JSON of all `data:` lines.
fn events(body: &str) -> Vec<Value> {
    let data = body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[test]
fn an_invented_api_is_two_files() {
    let (binary, printed) = gateway::build();
    is_told(&binary, &printed);
    carries_its_sources(&binary);
    let mock = Mock::start();
    let gateway = Gateway::start(&binary, mock.address);
    for face in &FACES {
        for stream in [false, true] {
            eprintln!("asking {}, {}", face.path, if stream { "streamed" } else { "whole" });
            answers(&gateway, &mock, face, stream);
        }
        refuses(&gateway, face);
        breaks(&gateway, face);
    }
    strangers(&binary, &mock);
    flies(&gateway, &mock);
    paths(&gateway, &mock);
    passes(&gateway, &mock);
    clouds(&gateway, &mock);
    as_built(&binary, &mock);
}

/// What `wireloom build` prints, and what the binary says of itself.
fn is_told(binary: &Path, printed: &str) {
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(Path::new(lines[0]), fs::canonicalize(binary).unwrap());
    assert!(lines[1].ends_with(" MB") && lines[2].strip_prefix("sha256 ").unwrap().len() == 64, "{printed}");
    let told = output(Command::new(binary).args(["--version", "--verbose"]));
    let listed = |kind: &str, name: &str| {
        let words = told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        words.filter(|words| words.len() == 3 && words[..2] == [kind, name] && words[2].len() == 32).count()
    };
    for (kind, name) in
        [("provider", "loomtalk"), ("dialect", "loomtalk"), ("provider", "groq"), ("dialect", "anthropic")]
    {
        assert_eq!(listed(kind, name), 1, "{kind} {name}: {told}");
    }
    for wanted in
        ["profile  debug, opt-level 0", "features custom-router,default", "sources  carried", "embedded.json5 "]
    {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}

/// The binary can build others where no checkout is: cargo takes its sources for whole, with what is pinned.
fn carries_its_sources(binary: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let sources = folder.path().join("sources");
    output(Command::new(binary).arg("sources").arg(&sources));
    for file in ["src/main.rs", "Cargo.lock", "providers/groq.json5"] {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        assert_eq!(fs::read(sources.join(file)).unwrap(), fs::read(original).unwrap(), "{file}");
    }
    let cargo = ["metadata", "--locked", "--offline", "--format-version", "1"];
    let metadata = output(Command::new(env!("CARGO")).args(cargo).current_dir(&sources));
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(Path::new(text(&metadata["workspace_root"])), fs::canonicalize(&sources).unwrap());
    // One that was used is not written over.
    let again = Command::new(binary).arg("sources").arg(&sources).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The configuration that is built in answers where no other is named.
fn as_built(binary: &Path, mock: &Mock) {
    let gateway = Gateway::start_as_built(binary, mock.address);
    let mut request = anthropic(false);
    request["model"] = "any".into();
    let reply = gateway.post(FACES[0].path, &request);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(mock.asked()["engine"], "weaver-1");
    let health: Value = serde_json::from_str(&gateway.get("/health").body).unwrap();
    assert_eq!((&health["config"]["path"], &health["config"]["generation"]), (&Value::Null, &json!(1)), "{health}");
}

/// Text, reasoning, a call, usage: the request as the upstream gets it, and the answer as the client does.
fn answers(gateway: &Gateway, mock: &Mock, face: &Face, stream: bool) {
    let reply = gateway.post(face.path, &(face.request)(stream));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(mock.asked(), expected(face, stream), "{}", face.path);
    assert_eq!(reply.header("x-wireloom-losses"), None, "{}", face.path);
    let whole = || serde_json::from_str::<Value>(&reply.body).unwrap();
    let heard = match (face.rich, stream) {
        (true, false) => Heard::anthropic(&whole()),
        (true, true) => Heard::anthropic_events(&events(&reply.body)),
        (false, false) => Heard::openai(&[whole()], "message"),
        (false, true) => Heard::openai(&events(&reply.body), "delta"),
    };
    let finish = if face.rich { "tool_use" } else { "tool_calls" };
    let expected = Heard {
        reasoning: "Oak, then.".into(),
        // It carries its maker's name: the Base64 of `wireloom:loomtalk:seal-1`.
        signature: if face.rich { "d2lyZWxvb206bG9vbXRhbGs6c2VhbC0x".into() } else { String::new() },
        text: "It is “oak”.".into(),
        // Where the protocol has no field for it, it goes behind the name of the call.
        call: (
            if face.rich { "call_2".into() } else { "call_2_wl1-d2lyZWxvb206bG9vbXRhbGs6c2VhbC0x".into() },
            "look".into(),
            r#"{"at":"oak"}"#.into(),
        ),
        finish: finish.into(),
        usage: [15, 4, 7],
    };
    assert_eq!(heard, expected, "{}", reply.body);
}

/// An error in the API's own words, with a status of its own.
fn refuses(gateway: &Gateway, face: &Face) {
    let mut request = (face.request)(false);
    request["model"] = "loom,breathless".into();
    let reply = gateway.post(face.path, &request);
    let error: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(error["error"]["type"], "rate_limit_error", "{error}");
    assert!(text(&error["error"]["message"]).contains("the loom is out of breath"), "{error}");
    assert!((400..500).contains(&reply.status), "{}", reply.status);
}

/// An error in the middle of a stream.
fn breaks(gateway: &Gateway, face: &Face) {
    let mut request = (face.request)(true);
    request["model"] = "loom,torn".into();
    let reply = gateway.post(face.path, &request);
    assert_eq!(reply.status, 200);
    let events = events(&reply.body);
    let error = &events.last().unwrap()["error"];
    assert_eq!(error["type"], "overloaded_error", "{}", reply.body);
    assert_eq!(error["message"], "the thread tore", "{}", reply.body);
}

/// The key goes where the spec says.
fn strangers(binary: &Path, mock: &Mock) {
    let gateway = Gateway::start_with(binary, mock.address, "another-key");
    let reply = gateway.post(FACES[0].path, &(FACES[0].request)(false));
    let error: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(error["error"]["type"], "authentication_error", "{error}");
}

/// The second API: its instructions are one string beside the messages, and every frame of its stream may count.
fn flies(gateway: &Gateway, mock: &Mock) {
    let request = json!({
        "model": "loft,dove", "max_tokens": 100, "stream": true, "system": "Be brief.",
        "messages": [{ "role": "user", "content": "Fly." }],
    });
    let reply = gateway.post(FACES[0].path, &request);
    let expected = json!({
        "orders": "Be brief.", "letters": [{ "who": "person", "text": "Fly." }], "max_words": 100,
    });
    assert_eq!(mock.asked_at(), ("/roosts/north/birds/dove:flow?as=events&perch=loom-key".to_owned(), expected));
    let expected = Heard {
        reasoning: "Home?".into(),
        text: "Coo.".into(),
        call: ("c-1".into(), "look".into(), r#"{"at":"sea"}"#.into()),
        finish: "tool_use".into(),
        usage: [3, 0, 5],
        ..Heard::default()
    };
    assert_eq!(Heard::anthropic_events(&events(&reply.body)), expected, "{}", reply.body);
}

/// The second API as a face: the path says the model, and whether to stream.
fn paths(gateway: &Gateway, mock: &Mock) {
    let request = json!({ "letters": [{ "who": "person", "text": "Look." }] });
    for base in ["/nest/v2", "/nest"] {
        for model in ["loom,weaver-1", "loom,a/b:c", "LOOM%2Ca%2Fb%3Ac"] {
            let whole: Value =
                serde_json::from_str(&gateway.post(&format!("{base}/birds/{model}:fly"), &request).body).unwrap();
            assert_eq!(whole["end"], "needs_skill", "{whole}");
            let engine = if model.ends_with('1') { "weaver-1" } else { "a/b:c" };
            let asked = mock.asked();
            assert_eq!((&asked["engine"], asked.get("live")), (&json!(engine), None));
        }
        let reply = gateway.post(&format!("{base}/birds/loom,weaver-1:flow?as=events"), &request);
        assert_eq!(reply.header("content-type"), Some("text/event-stream"));
        assert!(reply.body.contains("It is") && reply.body.ends_with("data: [LANDED]\n\n"), "{}", reply.body);
        assert_eq!(mock.asked()["live"], true);
        let reply = gateway.post(&format!("{base}/birds/loom,weaver-1:flow"), &request);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let elements: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(elements.as_array().unwrap().last().unwrap()["words"]["words_out"], 7, "{elements}");
        assert_eq!(mock.asked()["live"], true);
        let reply = gateway.post(&format!("{base}/birds/loom,torn:flow"), &request);
        let elements: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(elements.as_array().unwrap().last().unwrap()["problem"], "the thread tore", "{elements}");
    }
    for path in ["/nest/birds/:fly", "/nest/birds/m:sing", "/nest/birds/m", "/nest/v2/birds/loom,%ff:fly"] {
        let reply = gateway.post(path, &request);
        let error: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(error["kind"], "bad", "{path}: {error}");
    }
    let birds: Value = serde_json::from_str(&gateway.get("/nest/birds").body).unwrap();
    assert_eq!(birds, json!({ "birds": [] }));
}

/// Where both sides speak the second API, the path changes and the body does not.
fn passes(gateway: &Gateway, mock: &Mock) {
    let request = json!({ "letters": [{ "who": "person", "text": "Fly." }], "unheard": 1.5 });
    let reply = gateway.post("/nest/birds/loft,a%2Fb:fly?perch=clients-key&wing=left", &request);
    assert_eq!(reply.body, r#"{"flight":"f-2","letter":{"who":"bird","text":"Coo."},"end":"landed"}"#);
    let asked = ("/roosts/north/birds/a%2Fb:fly?wing=left&perch=loom-key".to_owned(), request.clone());
    assert_eq!(mock.asked_at(), asked);
    // And streamed with the client's own query, which asks for another framing than the spec's path.
    gateway.post("/nest/birds/loft,dove:flow", &request);
    assert_eq!(mock.asked_at().0, "/roosts/north/birds/dove:flow?perch=loom-key");
    // A name that would mean another path is none.
    assert_eq!(gateway.post("/nest/birds/loft,..:fly", &request).status, 400);
}

/// Calls that are signed, with credentials of the environment and with an access token.
fn clouds(gateway: &Gateway, mock: &Mock) {
    for (provider, path) in [("cloud", "/weave"), ("vault", "/vaults/p-1/weave")] {
        let mut request = anthropic(false);
        request["model"] = format!("{provider},weaver-1").into();
        let reply = gateway.post(FACES[0].path, &request);
        assert_eq!(reply.status, 200, "{provider}: {}", reply.body);
        assert_eq!(mock.asked_at().0, path);
    }
}
