//! Which provider a request goes to.

use serde_json::json;

use super::{
    BOTH, CHAT, MESSAGES, chat_answer, question,
    support::{
        gateway::{Gateway, config, refusal},
        upstream::Upstream,
    },
    told,
};

#[test]
fn a_model_is_named_with_its_provider_in_any_letter_case() {
    let (first, second) =
        (Upstream::json(200, chat_answer().to_string()), Upstream::json(200, chat_answer().to_string()));
    let mut config = config(&first);
    let other = json!({
        "name": "Other", "api_base_url": format!("http://{}/v1/chat/completions", second.address),
        "api_key": "k", "models": ["Qwen/Big", "small"],
    });
    config["Providers"].as_array_mut().unwrap().push(other);
    let gateway = Gateway::start(&config);
    let cases = [
        ("Other,Qwen/Big", "Qwen/Big"),
        ("other,qwen/big", "Qwen/Big"),
        ("OTHER, SMALL", "small"),
        ("other,Not-Listed", "Not-Listed"),
    ];
    for path in BOTH {
        for (asked, wanted) in cases {
            assert_eq!(gateway.post(path, &[], question(asked, false)).status(), 200);
            assert_eq!(second.asked().last().unwrap().json()["model"], wanted, "{asked} at {path}");
        }
    }
    assert_eq!(first.asked().len(), 0);
}

#[test]
fn a_model_without_a_known_provider_goes_to_the_default() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    for path in BOTH {
        for model in ["claude-opus-5-5", "nobody,model", ",", "a,b,c", ""] {
            assert_eq!(gateway.post(path, &[], question(model, false)).status(), 200, "{model}");
            assert_eq!(upstream.asked().last().unwrap().json()["model"], "Model-1", "{model} at {path}");
        }
    }
}

#[test]
fn a_provider_without_a_url_has_that_of_its_spec() {
    let providers = json!([{ "name": "p", "api_key": "k", "transformer": { "use": ["openai-compatible"] } }]);
    let (code, said) = refusal(&json!({ "Providers": providers }), &["--port", "0"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("the provider `p` cannot be used: it has no `api_base_url`"), "{said}");
    let providers = json!([{ "name": "p", "api_key": "k", "transformer": { "use": ["deepseek"] } }]);
    Gateway::start(&json!({ "Providers": providers }));
}

#[test]
fn a_model_that_goes_nowhere_is_not_found() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = config(&upstream);
    config["Router"] = json!({});
    let gateway = Gateway::start(&config);
    for (path, kind) in [(MESSAGES, "not_found_error"), (CHAT, "not_found_error")] {
        let answer = gateway.post(path, &[], question("gpt-5", false));
        assert_eq!(answer.status(), 404);
        let (told_kind, message) = told(path, &answer);
        assert_eq!(told_kind, kind);
        assert!(message.contains("`gpt-5`") && message.contains("provider,model"), "{message}");
    }
    assert_eq!(upstream.asked().len(), 0);
    assert_eq!(gateway.post(MESSAGES, &[], question("CHAT,model-1", false)).status(), 200);
}
