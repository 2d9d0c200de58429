//! What clients and upstreams see of where a request goes, and why.

use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES, chat_answer, delta, messages_answer, question,
    support::{
        gateway::{Gateway, anthropic_config, config, refusal},
        http::Message,
        sse::{anthropic, openai},
        upstream::Upstream,
    },
};

const EXPLAIN: (&str, &str) = ("x-wireloom-explain", "1");

#[track_caller]
fn route(answer: &Message) -> &str {
    answer.header("x-wireloom-route").expect("it says where it went")
}

#[test]
fn every_answer_says_where_its_request_went() {
    let upstream = Upstream::start(|request, peer| match request.json()["stream"] == true {
        true => {
            peer.begin(200, &[("content-type", "text/event-stream")]);
            peer.piece(&openai(&[delta(json!({ "content": "Hi." }), Some("stop"))]));
            peer.end();
        }
        false => peer.whole(200, &[("content-type", "application/json")], chat_answer().to_string().as_bytes()),
    });
    let gateway = Gateway::start(&config(&upstream));
    for path in [MESSAGES, CHAT] {
        for stream in [false, true] {
            let answer = gateway.post(path, &[], question("any", stream));
            assert_eq!(route(&answer), "scenario=default; provider=chat; model=Model-1");
            assert_eq!(answer.header("x-wireloom-trace"), None);
        }
        let answer = gateway.post(path, &[EXPLAIN], question("CHAT,é;x", false));
        assert_eq!(route(&answer), "scenario=explicit; provider=chat; model=%C3%A9%3Bx");
        let trace: Value = serde_json::from_str(answer.header("x-wireloom-trace").unwrap()).unwrap();
        assert_eq!(trace[0]["check"], "explicit");
        assert_eq!((&trace[0]["holds"], trace.as_array().unwrap().len()), (&json!(true), 1));
    }
    let counted = gateway.post("/v1/messages/count_tokens", &[], question("any", false));
    assert_eq!(route(&counted), "scenario=default; provider=chat; model=Model-1");
}

#[test]
fn errors_say_it_too() {
    let upstream = Upstream::json(400, json!({ "error": { "message": "no" } }).to_string());
    let gateway = Gateway::start(&config(&upstream));
    let answer = gateway.post(MESSAGES, &[EXPLAIN], question("any", false));
    assert_eq!((answer.status(), route(&answer)), (400, "scenario=default; provider=chat; model=Model-1"));
    assert!(answer.header("x-wireloom-trace").unwrap().contains("Router.think is missing"));
}

/// A request whose prompt begins with a tag, with a field that only its own protocol knows.
fn tagged(prompt: Value) -> String {
    json!({
        "model": "any", "max_tokens": 9, "only_here": [1.50], "messages": [{ "role": "user", "content": "Hello?" }],
        "system": [{ "type": "text", "text": "You." }, { "type": "text", "text": prompt }],
    })
    .to_string()
}

#[test]
fn the_upstream_never_sees_the_prompts_tag() {
    const TAG: &str = "<CCR-SUBAGENT-MODEL>claude,other</CCR-SUBAGENT-MODEL>";
    let upstream = Upstream::json(200, messages_answer().to_string());
    let gateway = Gateway::start(&anthropic_config(&upstream));
    let answer = gateway.post(MESSAGES, &[], tagged(json!(format!("{TAG}\nDo it."))));
    assert_eq!(route(&answer), "scenario=subagent; provider=claude; model=other");
    // All else passes as it is.
    let mut wanted: Value = serde_json::from_str(&tagged(json!("\nDo it."))).unwrap();
    wanted["model"] = "other".into();
    assert_eq!(upstream.asked()[0].json(), wanted);
    // A part with nothing else in it must go, for which the request is translated.
    assert_eq!(gateway.post(MESSAGES, &[], tagged(json!(TAG))).status(), 200);
    let sent = upstream.asked()[1].json();
    assert_eq!(sent["system"], json!("You."), "{sent}");
    // The tag may stand in a conversation, too.
    let twice = tagged(json!(format!("{TAG}\nDo it."))).replace("Hello?", &format!("What is {TAG}?"));
    assert_eq!(gateway.post(MESSAGES, &[], twice).status(), 200);
    let sent = upstream.asked()[2].json();
    assert_eq!(sent["system"][1]["text"], "\nDo it.", "{sent}");
    assert!(sent["messages"].to_string().contains(TAG), "{sent}");
    let chat = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&chat));
    let body = tagged(json!(format!("{TAG}\nDo it."))).replace("claude,", "chat,");
    assert_eq!(route(&gateway.post(MESSAGES, &[], body)), "scenario=subagent; provider=chat; model=other");
    let sent = chat.only().json();
    assert!(sent["model"] == "other" && !sent.to_string().contains("SUBAGENT"), "{sent}");
}

/// An upstream that always tells of a long input, in both protocols, streamed and whole.
fn long_winded() -> Upstream {
    let of_messages = |stream: bool| {
        let mut answer = messages_answer();
        answer["usage"] = json!({ "input_tokens": 1, "cache_read_input_tokens": 70_000, "output_tokens": 2 });
        let start = json!({ "type": "message_start", "message": answer });
        let frames = [
            start,
            json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 2 } }),
            json!({ "type": "message_stop" }),
        ];
        if stream { anthropic(&frames) } else { answer.to_string() }
    };
    let of_chat = |stream: bool| {
        let mut answer = chat_answer();
        answer["usage"]["prompt_tokens"] = json!(70_001);
        let mut last = delta(json!({ "content": "Hi." }), Some("stop"));
        last["usage"] = answer["usage"].clone();
        if stream { openai(&[last]) } else { answer.to_string() }
    };
    Upstream::start(move |request, peer| {
        let stream = request.json()["stream"] == true;
        let body = if request.target().contains("messages") { of_messages(stream) } else { of_chat(stream) };
        let kind = if stream { "text/event-stream" } else { "application/json" };
        peer.whole(200, &[("content-type", kind)], body.as_bytes());
    })
}

#[test]
fn a_session_that_was_long_stays_with_the_model_for_long_ones() {
    let upstream = long_winded();
    let mut config = config(&upstream);
    let own = anthropic_config(&upstream)["Providers"][0].clone();
    config["Providers"].as_array_mut().unwrap().push(own);
    config["Router"] = json!({ "default": "chat,Model-1", "longContext": "claude,long" });
    let gateway = Gateway::start(&config);
    // More than 20,000 tokens, less than the threshold.
    let words = json!({
        "model": "any", "max_tokens": 9, "messages": [{ "role": "user", "content": "word ".repeat(21_000) }],
    })
    .to_string();
    assert!(route(&gateway.post(MESSAGES, &[("session-id", "new")], &words)).starts_with("scenario=default"));
    // Bytes that pass and words that are translated, streamed and whole.
    for (number, (path, model, stream)) in [
        (MESSAGES, "claude,x", false),
        (MESSAGES, "claude,x", true),
        (MESSAGES, "chat,x", false),
        (MESSAGES, "chat,x", true),
        (CHAT, "chat,x", true),
        (CHAT, "claude,x", true),
    ]
    .into_iter()
    .enumerate()
    {
        let session = format!("s-{number}");
        let headers = [("session-id", session.as_str())];
        assert_eq!(gateway.post(path, &headers, question(model, stream)).status(), 200);
        let answer = gateway.post(MESSAGES, &headers, &words);
        assert_eq!(route(&answer), "scenario=longContext; provider=claude; model=long", "{path} {model} {stream}");
        let short = gateway.post(MESSAGES, &headers, question("any", false));
        assert!(route(&short).starts_with("scenario=default"), "{path} {model} {stream}");
    }
}

#[test]
fn a_rule_that_cannot_be_asked_keeps_the_gateway_from_starting() {
    let upstream = Upstream::json(200, "{}");
    let mut config = config(&upstream);
    config["rules"] = json!([{ "when": "tokenz > 5", "to": "chat,x" }]);
    let (code, said) = refusal(&config, &[]);
    assert_eq!(code, Some(1), "{said}");
    for wanted in ["error[C030]: there is no variable `tokenz`", "did you mean `tokens`?"] {
        assert!(said.contains(wanted), "{said}");
    }
    config["rules"][0]["when"] = json!("effort == 'max'");
    config["rules"][0]["name"] = json!("all of it");
    let gateway = Gateway::start(&config);
    let body = json!({
        "model": "any", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hello?" }],
        "output_config": { "effort": "max" },
    });
    let answer = gateway.post(MESSAGES, &[EXPLAIN], body.to_string());
    assert_eq!(route(&answer), "scenario=default; rule=all of it; provider=chat; model=x");
}
