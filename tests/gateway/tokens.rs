//! Counts of tokens, as clients get them.

use serde_json::{Value, json};

use super::{
    chat_answer,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, anthropic_config, config},
        upstream::Upstream,
    },
};

const COUNT: &str = "/v1/messages/count_tokens";

/// Nine tokens in the older vocabulary, eight in the newer one.
const BIRTHDAY: &str = "お誕生日おめでとうございます、お誕生日おめでとう";

fn body(model: &str, text: &str) -> String {
    json!({ "model": model, "max_tokens": 5, "messages": [{ "role": "user", "content": text }] }).to_string()
}

#[track_caller]
fn count(gateway: &Gateway, body: &str) -> u64 {
    let answer = gateway.post(COUNT, &[], body);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()["input_tokens"].as_u64().unwrap()
}

/// A configuration whose provider counts in this way.
fn counting(mut config: Value, tokenizer: Value) -> Value {
    config["Providers"][0]["tokenizer"] = json!({ "default": tokenizer });
    config
}

#[test]
fn tokens_are_those_of_the_model_that_the_request_would_go_to() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let of = |model: &str| count(&gateway, &body(model, BIRTHDAY));
    assert!(of("chat,gpt-4") > of("chat,gpt-4o"));
    assert_eq!(of("anything"), of("chat,Model-1"));
    // What stands for something special elsewhere is text.
    assert!(count(&gateway, &body("chat,gpt-4", "<|endoftext|><|im_start|>")) > 6);
    assert_eq!(upstream.asked().len(), 0);
}

#[test]
fn a_configured_encoding_counts() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let plain = count(&Gateway::start(&config(&upstream)), &body("m", BIRTHDAY));
    let older = json!({ "type": "tiktoken", "encoding": "cl100k_base" });
    assert!(count(&Gateway::start(&counting(config(&upstream), older)), &body("m", BIRTHDAY)) > plain);
}

#[test]
fn an_image_counts_by_its_size() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&anthropic_config(&upstream));
    // The head of a PNG of 1092 by 1092 pixels.
    let data = "iVBORw0KGgoAAAANSUhEUgAABEQAAAREAAAICAAAAA==";
    let image = json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": data } });
    let with =
        json!({ "model": "m", "messages": [{ "role": "user", "content": [image, { "type": "text", "text": "?" }] }] });
    let without = count(&gateway, &body("m", "?"));
    assert_eq!(count(&gateway, &with.to_string()), without + 1589);
}

#[test]
fn a_service_counts_whole_requests_and_each_once() {
    let upstream = Upstream::json(200, json!({ "data": [{ "n": 123 }] }).to_string());
    let url = format!("http://{}/count?v=1", upstream.address);
    for (format, key, value) in [
        ("standard", "messages", json!([{ "role": "user", "content": "Hello?" }])),
        ("openai", "messages", json!([{ "role": "user", "content": "Hello?" }])),
        ("custom", "text", json!("Hello?")),
    ] {
        let service = json!({
            "type": "api", "url": url, "apiKey": "sk-counting", "requestFormat": format, "responseField": "data.0.n",
            "headers": { "x-team": "blue" },
        });
        let gateway = Gateway::start(&counting(config(&upstream), service));
        let before = upstream.asked().len();
        assert_eq!(count(&gateway, &body("m", "Hello?")), 123, "{format}");
        assert_eq!(count(&gateway, &body("m", "Hello?")), 123, "{format}");
        let asked = upstream.asked();
        assert_eq!(asked.len(), before + 1, "{format}");
        let request = asked.last().unwrap();
        assert_eq!(request.start, "POST /count?v=1 HTTP/1.1");
        assert_eq!(request.header("authorization"), Some("Bearer sk-counting"));
        assert_eq!(request.header("x-team"), Some("blue"));
        assert_eq!(request.json()[key], value, "{format}: {}", request.text());
    }
}

#[test]
fn where_a_service_fails_the_next_way_counts() {
    let upstream = Upstream::json(500, "{}");
    let url = format!("http://{}/count", upstream.address);
    let older = json!({ "type": "tiktoken", "encoding": "cl100k_base" });
    let service = json!({ "type": "api", "url": url, "apiKey": "sk-counting", "fallback": older });
    let gateway = Gateway::start(&counting(config(&upstream), service.clone()));
    let counted = count(&gateway, &body("m", BIRTHDAY));
    let log = gateway.log();
    assert!(log.contains("it answered with status 500"), "{log}");
    assert!(!log.contains("sk-counting"), "{log}");
    let expected = count(&Gateway::start(&counting(config(&upstream), older)), &body("m", BIRTHDAY));
    assert_eq!(counted, expected);
}

#[test]
fn the_provider_itself_counts() {
    let upstream = Upstream::json(200, json!({ "input_tokens": 77 }).to_string());
    let gateway = Gateway::start(&counting(anthropic_config(&upstream), json!({ "type": "provider" })));
    assert_eq!(count(&gateway, &body("anything", "Hello?")), 77);
    let asked = upstream.only();
    assert_eq!(asked.start, "POST /v1/messages/count_tokens HTTP/1.1");
    assert_eq!(asked.header("x-api-key"), Some(UPSTREAM_KEY));
    let expected = json!({ "model": "Model-1", "messages": [{ "role": "user", "content": "Hello?" }] });
    assert_eq!(asked.json(), expected);
}

#[test]
fn a_provider_that_does_not_count_is_not_asked() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&counting(config(&upstream), json!({ "type": "provider" })));
    assert!(count(&gateway, &body("m", "Hello?")) > 1);
    assert_eq!(upstream.asked().len(), 0);
    assert!(gateway.log().contains("its API does not count tokens"));
}

#[test]
fn a_vocabulary_that_is_not_built_in_is_refused() {
    let upstream = Upstream::json(200, "");
    let config = counting(config(&upstream), json!({ "type": "tiktoken", "encoding": "x9_base" }));
    let (code, said) = super::support::gateway::refusal(&config, &["--port", "0"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("`x9_base`, which is not built in") && said.contains("`cl100k_base`"), "{said}");
}

#[test]
fn a_model_in_the_path_says_how_it_is_counted() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let of = |model: &str| {
        let body = json!({ "contents": [{ "role": "user", "parts": [{ "text": BIRTHDAY }] }] }).to_string();
        let answer = gateway.post(&format!("/v1beta/models/{model}:countTokens"), &[], body);
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.json()["totalTokens"].as_u64().unwrap()
    };
    assert!(of("chat,gpt-4") > of("chat,gpt-4o"));
}
