//! Options that a configuration gives with a provider's spec.

use serde_json::{Value, json};

use super::{
    BOTH, CHAT, MESSAGES, chat_answer, question,
    support::{
        gateway::{Gateway, anthropic_config, config},
        upstream::Upstream,
    },
};

/// A configuration whose provider is spoken to with a spec and options.
fn with_options(upstream: &Upstream, spec: &str, options: &Value) -> Value {
    let mut config = config(upstream);
    config["Providers"][0]["transformer"] = json!({ "use": [[spec, options]] });
    config
}

#[test]
fn options_are_fields_of_each_request_whether_translated_or_passed_through() {
    let only = json!({ "only": ["a", "b"], "allow_fallbacks": false });
    for spec in ["OpenRouter", "vercel", "openai-compatible"] {
        let upstream = Upstream::json(200, chat_answer().to_string());
        let gateway = Gateway::start(&with_options(&upstream, spec, &json!({ "provider": only, "seed": 7 })));
        for path in BOTH {
            assert_eq!(gateway.post(path, &[], question("any", false)).status(), 200);
            let asked = upstream.asked().last().unwrap().json();
            assert_eq!((&asked["provider"], &asked["seed"]), (&only, &json!(7)), "{spec} at {path}: {asked}");
            assert_eq!((&asked["model"], &asked["messages"][0]["role"]), (&json!("Model-1"), &json!("user")));
        }
        let log = gateway.log();
        assert!(!log.contains("no effect"), "{log}");
    }
}

#[test]
fn options_go_before_what_the_client_says() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&with_options(&upstream, "openrouter", &json!({ "temperature": 0.25 })));
    let messages = json!([{ "role": "user", "content": "say \"temperature\"" }]);
    let body = json!({ "model": "m", "max_tokens": 9, "temperature": 1, "messages": messages }).to_string();
    for path in BOTH {
        assert_eq!(gateway.post(path, &[], &body).status(), 200);
        let asked = upstream.asked().last().unwrap().text();
        assert_eq!(asked.matches("\"temperature\":").count(), 1, "{path}: {asked}");
        let asked: Value = serde_json::from_str(&asked).unwrap();
        assert_eq!((&asked["temperature"], &asked["messages"]), (&json!(0.25), &messages), "{path}");
    }
}

#[test]
fn without_options_bytes_pass_as_they_are() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&with_options(&upstream, "openrouter", &json!({})));
    let body = "{ \"model\":\"m\" , \"provider\" : null, \"messages\":[ ] }\n";
    gateway.post(CHAT, &[], body);
    assert_eq!(upstream.only().text(), body.replace("\"m\"", "\"Model-1\""));
}

#[test]
fn options_that_a_spec_has_no_use_for_are_told() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = anthropic_config(&upstream);
    config["Providers"][0]["transformer"] = json!({ "use": [["anthropic", { "extra": true }]] });
    let gateway = Gateway::start(&config);
    gateway.post(MESSAGES, &[], question("any", false));
    assert!(!upstream.only().text().contains("extra"));
    let log = gateway.log();
    assert!(log.contains("no effect") && log.contains("`anthropic`"), "{log}");
}
