//! Upstreams whose paths name the model: Google's and Amazon's, with their ways of proving who calls.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES, messages_answer, question,
    support::{
        gateway::{Gateway, UPSTREAM_KEY},
        sse::{anthropic, events},
        upstream::Upstream,
    },
};

/// Made for tests, and opens nothing.
const KEY: &str = include_str!("../signing/key.pem");

/// A configuration with one provider.
fn config(spec: &str, url: String, key: &str, model: &str) -> Value {
    let provider = json!({
        "name": "cloud", "api_base_url": url, "api_key": key, "models": [model], "transformer": { "use": [spec] },
    });
    json!({ "Providers": [provider], "Router": { "default": format!("cloud,{model}") } })
}

/// Amazon's binary message.
fn message(headers: [(&'static str, &'static str); 2], payload: &Value) -> Vec<u8> {
    let mut message = Message::new(payload.to_string().into_bytes());
    for (name, value) in headers {
        message = message.add_header(Header::new(name, HeaderValue::String(value.into())));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn event(sort: &'static str, payload: Value) -> Vec<u8> {
    message([(":message-type", "event"), (":event-type", sort)], &payload)
}

/// An upstream that answers with binary messages.
fn amazon(messages: Vec<Vec<u8>>) -> Upstream {
    let bytes = messages.concat();
    Upstream::start(move |_, peer| peer.whole(200, &[("content-type", "application/vnd.amazon.eventstream")], &bytes))
}

#[test]
fn amazons_binary_messages_are_told_to_a_client() {
    let start = |start: Value| json!({ "contentBlockIndex": 1, "start": start });
    let upstream = amazon(vec![
        event("messageStart", json!({ "role": "assistant" })),
        event("contentBlockDelta", json!({ "contentBlockIndex": 0, "delta": { "text": "I read é." } })),
        event("contentBlockStop", json!({ "contentBlockIndex": 0 })),
        event("contentBlockStart", start(json!({ "toolUse": { "toolUseId": "tooluse_1", "name": "read" } }))),
        event(
            "contentBlockDelta",
            json!({ "contentBlockIndex": 1, "delta": { "toolUse": { "input": "{\"path\":" } } }),
        ),
        event("contentBlockDelta", json!({ "contentBlockIndex": 1, "delta": { "toolUse": { "input": "\"/a\"}" } } })),
        event("contentBlockStop", json!({ "contentBlockIndex": 1 })),
        event("messageStop", json!({ "stopReason": "tool_use" })),
        event("metadata", json!({ "usage": { "inputTokens": 7, "outputTokens": 9, "totalTokens": 16 } })),
    ]);
    let model = "arn:aws:bedrock:us-east-1:1:inference-profile/us.m-v1:0";
    let gateway =
        Gateway::start(&config("bedrock", format!("http://{}", upstream.address), "AKID:a/secret+key", model));
    let answer = gateway.post(MESSAGES, &[], question("any", true));
    assert_eq!(answer.status(), 200, "{}", answer.everything());
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let told = events(&answer.text());
    let delta = |sort: &str, key: &str| -> String {
        let deltas = told.iter().filter(|event| event["delta"]["type"] == sort);
        deltas.map(|event| event["delta"][key].as_str().unwrap()).collect()
    };
    assert_eq!(delta("text_delta", "text"), "I read é.");
    assert_eq!(delta("input_json_delta", "partial_json"), "{\"path\":\"/a\"}");
    let last = &told[told.len() - 2];
    assert_eq!((&last["delta"]["stop_reason"], &last["usage"]["output_tokens"]), (&json!("tool_use"), &json!(9)));
    assert_eq!(last["usage"]["input_tokens"], 7, "{last}");

    let asked = upstream.only();
    let path = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.m-v1%3A0/converse-stream";
    assert_eq!(asked.target().replace("%3a", "%3A").replace(':', "%3A"), path);
    let said = asked.header("authorization").unwrap();
    assert!(said.starts_with("AWS4-HMAC-SHA256 Credential=AKID/") && said.contains("/bedrock/aws4_request"), "{said}");
    assert!(asked.header("x-amz-date").is_some() && !asked.everything().contains("a/secret+key"));
    assert_eq!(asked.json()["messages"], json!([{ "role": "user", "content": [{ "text": "Hello?" }] }]));
    assert_eq!(asked.json()["inferenceConfig"]["maxTokens"], 99);
    assert!(!gateway.log().contains("a/secret+key"));
}

#[test]
fn amazons_exceptions_within_a_stream_are_told() {
    for (path, model) in [(MESSAGES, "any"), (CHAT, "any")] {
        let upstream = amazon(vec![
            event("messageStart", json!({ "role": "assistant" })),
            event("contentBlockDelta", json!({ "contentBlockIndex": 0, "delta": { "text": "I" } })),
            message(
                [(":message-type", "exception"), (":exception-type", "throttlingException")],
                &json!({ "message": "too fast" }),
            ),
        ]);
        let gateway = Gateway::start(&config("bedrock", format!("http://{}", upstream.address), "AKID:secret", "m"));
        let mut client = gateway.connect();
        let head = client.begin("POST", path, &[], question(model, true).as_bytes());
        assert_eq!(head.status(), 200);
        let told = events(&client.rest().0);
        let error = &told.last().unwrap()["error"];
        assert_eq!((&error["message"], &error["type"]), (&json!("too fast"), &json!("rate_limit_error")), "{told:?}");
    }
}

/// An upstream that also gives out tokens, and the service account to which it gives them.
fn google(answer: &Value, stream: String) -> (Upstream, String) {
    let answer = answer.to_string();
    let upstream = Upstream::start(move |asked, peer| match asked.target() {
        "/token" => {
            let token = json!({ "access_token": "token-1", "expires_in": 3600, "token_type": "Bearer" });
            peer.whole(200, &[("content-type", "application/json")], token.to_string().as_bytes());
        }
        target if target.contains(":stream") => {
            peer.whole(200, &[("content-type", "text/event-stream")], stream.as_bytes());
        }
        _ => peer.whole(200, &[("content-type", "application/json")], answer.as_bytes()),
    });
    let account = json!({
        "type": "service_account", "project_id": "p-1", "private_key": KEY, "client_email": "a@p-1.invalid",
        "token_uri": format!("http://{}/token", upstream.address),
    });
    (upstream, account.to_string())
}

#[test]
fn claude_in_googles_cloud_is_called_with_a_token_and_its_own_version() {
    let frames = [
        json!({ "type": "message_start", "message": messages_answer() }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "Hi." } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 2 } }),
        json!({ "type": "message_stop" }),
    ];
    let (upstream, account) = google(&messages_answer(), anthropic(&frames));
    let base = "/v1/projects/p-1/locations/europe-west1/publishers/anthropic";
    let model = "claude-sonnet-4-5@20250929";
    let url = format!("http://{}{base}", upstream.address);
    let gateway = Gateway::start(&config("vertex-claude", url, &account, model));
    for (stream, verb) in [(false, "rawPredict"), (true, "streamRawPredict")] {
        for path in [MESSAGES, CHAT] {
            let answer = gateway.post(path, &[], question("any", stream));
            assert_eq!(answer.status(), 200, "{}", answer.everything());
            assert!(answer.text().contains("Hi."), "{}", answer.text());
            let all = upstream.asked();
            let asked = all.last().unwrap();
            assert_eq!(asked.target().replace("%40", "@"), format!("{base}/models/{model}:{verb}"));
            assert_eq!(asked.header("authorization"), Some("Bearer token-1"));
            assert_eq!(asked.header("anthropic-version"), None);
            let body = asked.json();
            assert_eq!((&body["anthropic_version"], body.get("model")), (&json!("vertex-2023-10-16"), None), "{body}");
            assert_eq!(body["max_tokens"], 99, "{body}");
        }
    }
    let tokens = upstream.asked().iter().filter(|asked| asked.target() == "/token").count();
    assert_eq!(tokens, 1, "a token is kept until it expires");
}

/// An answer of Gemini's.
fn gemini_answer() -> Value {
    json!({
        "candidates": [{ "content": { "role": "model", "parts": [{ "text": "Hi." }] }, "finishReason": "STOP", "index": 0 }],
        "usageMetadata": { "promptTokenCount": 7, "candidatesTokenCount": 2, "totalTokenCount": 9 },
        "modelVersion": "gemini", "responseId": "r1",
    })
}

#[test]
fn gemini_in_googles_cloud_streams_events() {
    let (upstream, account) = google(&gemini_answer(), format!("data: {}\n\n", gemini_answer()));
    let base = "/v1/projects/p-1/locations/global/publishers/google";
    let url = format!("http://{}{base}", upstream.address);
    let gateway = Gateway::start(&config("vertex-gemini", url, &account, "gemini-2.5-pro"));
    for (stream, verb) in [(false, ":generateContent"), (true, ":streamGenerateContent?alt=sse")] {
        for path in [MESSAGES, CHAT] {
            let answer = gateway.post(path, &[], question("any", stream));
            assert_eq!(answer.status(), 200, "{}", answer.everything());
            assert!(answer.text().contains("Hi."), "{}", answer.text());
            let all = upstream.asked();
            let asked = all.last().unwrap();
            assert_eq!(asked.target(), format!("{base}/models/gemini-2.5-pro{verb}"));
            assert_eq!(asked.header("authorization"), Some("Bearer token-1"));
            assert_eq!(asked.json()["generationConfig"]["maxOutputTokens"], 99);
        }
    }
}

#[test]
fn claude_code_routers_spellings_of_geminis_url_lead_to_the_same_call() {
    for base in ["/v1beta/models/", "/v1beta/models", "/v1beta", "/v1beta/"] {
        let stream = format!("data: {}\n\n", gemini_answer());
        let upstream = Upstream::events(stream);
        let url = format!("http://{}{base}", upstream.address);
        let gateway = Gateway::start(&config("gemini", url, UPSTREAM_KEY, "gemini-2.5-pro"));
        let answer = gateway.post(MESSAGES, &[], question("any", true));
        assert_eq!(answer.status(), 200, "{}", answer.everything());
        let asked = upstream.only();
        assert_eq!(asked.target(), "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "{base}");
        assert_eq!(asked.header("x-goog-api-key"), Some(UPSTREAM_KEY));
        assert_eq!(asked.header("authorization"), None);
    }
}
