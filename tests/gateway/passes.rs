//! Passes of a configuration, from a client's request to its answer.

use std::fs;

use serde_json::{Value, json};

use super::{
    BOTH, CHAT, MESSAGES, chat_answer, delta, messages_answer, question,
    support::{
        gateway::{Gateway, anthropic_config, config, refusal},
        sse::openai,
        upstream::Upstream,
    },
};

/// A configuration whose provider has these transformers.
fn with_transformer(upstream: &Upstream, transformer: &Value) -> Value {
    let mut config = config(upstream);
    config["Providers"][0]["transformer"] = transformer.clone();
    config
}

#[test]
fn a_model_has_the_passes_of_its_provider_and_its_own_and_options_of_its_own() {
    let transformer = json!({
        "use": [["openrouter", { "provider": { "only": ["a"] }, "seed": 7 }], ["maxtoken", { "max_tokens": 50 }]],
        "Big/One": { "use": [["openrouter", { "provider": { "only": ["b"] } }], ["sampling", { "temperature": 0.5 }]] },
        "small": { "use": [["maxtoken", { "max_tokens": 10 }], ["customparams", { "extra": { "a": 1 } }]] },
    });
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&with_transformer(&upstream, &transformer));
    let asked = |model: &str, path: &str| {
        assert_eq!(gateway.post(path, &[], question(&format!("chat,{model}"), false)).status(), 200);
        upstream.asked().last().unwrap().json()
    };
    for path in BOTH {
        // All three say how many tokens at most; the lowest counts.
        let usual = asked("other", path);
        assert_eq!((&usual["provider"]["only"], &usual["seed"]), (&json!(["a"]), &json!(7)), "{usual}");
        assert_eq!((&usual["max_tokens"], usual.get("temperature")), (&json!(50), None), "{usual}");
        for name in ["Big/One", "big/one"] {
            let big = asked(name, path);
            assert_eq!((&big["provider"]["only"], &big["seed"]), (&json!(["b"]), &json!(7)), "{big}");
            assert_eq!((&big["max_tokens"], &big["temperature"]), (&json!(50), &json!(0.5)), "{big}");
            assert!(big.get("body").is_none() && big.get("config").is_none(), "{big}");
        }
        let small = asked("small", path);
        assert_eq!((&small["max_tokens"], &small["extra"]), (&json!(10), &json!({ "a": 1 })), "{small}");
    }
    let log = gateway.log();
    assert!(!log.contains("no effect") && !log.contains("warning["), "{log}");
}

#[test]
fn answers_go_back_through_the_passes_in_the_opposite_order() {
    let arguments = "{response: 'Hi.', }";
    let call = json!({ "id": "c1", "type": "function", "function": { "name": "ExitTool", "arguments": arguments } });
    let mut answer = chat_answer();
    answer["choices"][0]["message"] =
        json!({ "role": "assistant", "content": "<think>Hm.</think>", "tool_calls": [call] });
    answer["choices"][0]["finish_reason"] = json!("tool_calls");
    let mut opening = call;
    opening["index"] = json!(0);
    let frames = openai(&[
        delta(json!({ "role": "assistant", "content": "<thi" }), None),
        delta(json!({ "content": "nk>Hm.</think>" }), None),
        delta(json!({ "tool_calls": [opening] }), None),
        delta(json!({}), Some("tool_calls")),
    ]);
    let transformer = json!({ "use": ["tooluse"], "Model-1": { "use": ["extrathinktag", "enhancetool"] } });
    let tools = json!([{ "name": "Read", "input_schema": { "type": "object" } }]);
    for stream in [false, true] {
        let upstream = if stream { Upstream::events(frames.clone()) } else { Upstream::json(200, answer.to_string()) };
        let gateway = Gateway::start(&with_transformer(&upstream, &transformer));
        let mut body: Value = serde_json::from_str(&question("any", stream)).unwrap();
        body["tools"] = tools.clone();
        let told = gateway.post(MESSAGES, &[], body.to_string());
        assert_eq!(told.status(), 200, "{}", told.everything());
        let asked = upstream.only().json();
        assert_eq!(
            (&asked["tool_choice"], &asked["tools"][1]["function"]["name"]),
            (&json!("required"), &json!("ExitTool"))
        );
        let text = told.text();
        for wanted in ["Hm.", "Hi.", "\"thinking\"", "\"stop_reason\":\"end_turn\""] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        for unwanted in ["ExitTool", "think>", "tool_use"] {
            assert!(!text.contains(unwanted), "{unwanted}: {text}");
        }
    }
}

#[test]
fn passes_apply_where_bytes_would_pass_and_what_they_take_is_told() {
    let upstream = Upstream::json(200, messages_answer().to_string());
    let mut config = anthropic_config(&upstream);
    config["Providers"][0]["transformer"] = json!({ "use": ["anthropic", ["maxtoken", { "max_tokens": 50 }]] });
    let gateway = Gateway::start(&config);
    let answer = gateway.post(MESSAGES, &[], question("any", false));
    assert_eq!(upstream.only().json()["max_tokens"], 50);
    assert_eq!(answer.header("x-wireloom-losses"), Some("max_tokens"));
    assert_eq!(answer.json()["content"][0]["text"], "Hi.");
}

#[test]
fn passes_that_ask_for_what_is_done_anyway_let_bytes_pass() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&with_transformer(
        &upstream,
        &json!({ "use": ["streamoptions", ["reasoning", { "enable": true }]] }),
    ));
    let body = "{ \"model\":\"m\" , \"else\" : null, \"messages\":[ ] }\n";
    gateway.post(CHAT, &[], body);
    assert_eq!(upstream.only().text(), body.replace("\"m\"", "\"Model-1\""));
}

#[test]
fn wrong_options_are_told_at_their_places_and_keep_nothing_from_running() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let transformer = json!({
        "use": [["maxtoken", { "max_token": 5 }], ["sampling", { "top_k": "many", "temperature": "0.5" }], ["tooluse", { "a": 1 }]],
    });
    let gateway = Gateway::start(&with_transformer(&upstream, &transformer));
    gateway.post(MESSAGES, &[], question("any", false));
    let asked = upstream.only().json();
    assert_eq!((&asked["max_tokens"], &asked["temperature"]), (&json!(99), &json!(0.5)), "{asked}");
    let log = gateway.log();
    for told in [
        "`max_token` is not an option of `maxtoken`",
        "did you mean `max_tokens`?",
        "`top_k` is not",
        "`tooluse` has no options",
    ] {
        assert!(log.contains(told), "{told}: {log}");
    }
}

#[test]
fn instructions_are_rewritten_where_the_surroundings_stand_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("system.md");
    fs::write(&path, "Be brief.\n").unwrap();
    let upstream = Upstream::json(200, messages_answer().to_string());
    let mut config = anthropic_config(&upstream);
    config["REWRITE_SYSTEM_PROMPT"] = json!(path);
    let gateway = Gateway::start(&config);
    // It is read when the gateway starts.
    fs::remove_file(&path).unwrap();
    let mut body: Value = serde_json::from_str(&question("any", false)).unwrap();
    let blocks = |texts: [&str; 2]| json!(texts.map(|text| json!({ "type": "text", "text": text })));
    body["system"] = blocks(["You are an agent.", "Long. <env>old</env> <env>here</env>"]);
    gateway.post(MESSAGES, &[], body.to_string());
    assert_eq!(upstream.asked()[0].json()["system"], blocks(["You are an agent.", "Be brief.\n<env>here</env>"]));
    body["system"] = blocks(["You are an agent.", "Long."]);
    gateway.post(MESSAGES, &[], body.to_string());
    assert_eq!(upstream.asked()[1].json()["system"], body["system"]);
    let (code, said) = refusal(&config, &["--port", "0"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("REWRITE_SYSTEM_PROMPT") && said.contains("cannot be read"), "{said}");
}
