//! Models that demand what others of their API do not.

use serde_json::json;
use wireloom::specs::{Face, Provider};
use wireloom_schema::model::PartKind;

use super::asked;

fn question() -> serde_json::Value {
    json!({
        "model": "m", "max_tokens": 200_000, "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["END"],
        "thinking": { "type": "enabled", "budget_tokens": 2048 },
        "messages": [{ "role": "user", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } },
        ] }],
    })
}

#[test]
fn a_model_is_sent_what_it_takes() {
    let (sent, lost) = asked(Face::Anthropic, Provider::Openai, "gpt-4.1-mini", &question());
    assert_eq!((&sent["max_completion_tokens"], &sent["temperature"]), (&json!(32768), &json!(0.5)));
    assert_eq!(sent.get("reasoning_effort"), None);
    assert_eq!(lost, ["max_tokens", "reasoning"]);

    let (sent, lost) = asked(Face::Anthropic, Provider::Openai, "gpt-5-mini", &question());
    assert_eq!((&sent["max_completion_tokens"], &sent["reasoning_effort"]), (&json!(128_000), &json!("low")));
    assert_eq!([sent.get("temperature"), sent.get("top_p"), sent.get("stop")], [None; 3]);
    assert_eq!(lost, ["max_tokens", "temperature", "top_p", "stop", "reasoning.mode"]);
    assert_eq!(sent["messages"][0]["content"][1]["type"], "image_url");
}

#[test]
fn media_that_a_model_does_not_take_are_told_as_lost() {
    let (sent, lost) = asked(Face::Anthropic, Provider::Openai, "o3-mini", &question());
    assert_eq!(sent["messages"], json!([{ "role": "user", "content": "What is this?" }]));
    assert!(lost.contains(&"user.image"), "{lost:?}");
    let inside = json!({ "model": "m", "max_tokens": 9, "messages": [
        { "role": "assistant", "content": [{ "type": "tool_use", "id": "t", "name": "look", "input": {} }] },
        { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t", "content": [
            { "type": "text", "text": "seen" },
            { "type": "image", "source": { "type": "url", "url": "https://example.org/a.png" } },
            { "type": "document", "source": { "type": "text", "media_type": "text/plain", "data": "words" } },
        ] }] },
    ] });
    let (sent, lost) = asked(Face::Anthropic, Provider::Groq, "openai/gpt-oss-120b", &inside);
    assert_eq!(sent["messages"].as_array().unwrap().len(), 2, "nothing follows the result: {sent}");
    assert_eq!(lost, ["tool_result.image"]);
    let (_, lost) = asked(Face::Anthropic, Provider::Groq, "meta-llama/llama-4-scout-17b-16e-instruct", &inside);
    assert_eq!(lost, [""; 0]);
}

#[test]
fn a_model_is_asked_to_think_in_the_way_that_it_knows() {
    let question = json!({
        "model": "m", "max_completion_tokens": 9000, "temperature": 1.5, "reasoning_effort": "high",
        "messages": [{ "role": "user", "content": "Hm?" }],
    });
    let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, "claude-opus-4-8", &question);
    assert_eq!(
        (&sent["thinking"], &sent["output_config"]),
        (&json!({ "type": "adaptive" }), &json!({ "effort": "high" }))
    );
    assert_eq!((sent.get("temperature"), lost), (None, vec!["temperature"]));
    let budget = json!({
        "model": "m", "max_tokens": 9000, "thinking": { "type": "enabled", "budget_tokens": 2048, "display": "omitted" },
        "messages": [{ "role": "user", "content": "Hm?" }],
    });
    for (model, thinking) in [
        ("claude-sonnet-4-5-20250929", json!({ "type": "enabled", "budget_tokens": 2048, "display": "omitted" })),
        ("claude-opus-4-7", json!({ "type": "adaptive", "display": "omitted" })),
    ] {
        assert_eq!(asked(Face::Anthropic, Provider::Anthropic, model, &budget).0["thinking"], thinking, "{model}");
    }
}

#[test]
fn a_budget_stays_within_what_the_model_can_think() {
    let asked = |provider: Provider, model: &str, thinking: serde_json::Value, effort: Option<&str>| {
        let mut question =
            json!({ "model": "m", "max_tokens": 9000, "messages": [{ "role": "user", "content": "Hm?" }] });
        question["thinking"] = thinking;
        if let Some(effort) = effort {
            question["output_config"] = json!({ "effort": effort });
        }
        let (sent, lost) = super::asked(Face::Anthropic, provider, model, &question);
        (sent.get("enable_thinking").cloned(), sent.get("thinking_budget").cloned(), lost)
    };
    let budget = |tokens: u64| json!({ "type": "enabled", "budget_tokens": tokens });
    let (on, off) = (Some(json!(true)), Some(json!(false)));
    // What is known of a model, what is not, and what all models of a provider can.
    let told = asked(Provider::Qwen, "qwen3.7-plus", budget(200_000), None);
    assert_eq!(told, (on.clone(), Some(json!(200_000)), vec![]));
    let told = asked(Provider::Qwen, "qwen-unheard-of", budget(200_000), None);
    assert_eq!(told, (on.clone(), Some(json!(32_768)), vec!["reasoning.mode"]));
    let told = asked(Provider::Siliconflow, "Qwen/Qwen3-8B", budget(100), None);
    assert_eq!(told, (on.clone(), Some(json!(128)), vec!["reasoning.mode", "effort.minimal"]));
    // An effort is a budget, none at all is none, and where the model decides there is no bound.
    let told = asked(Provider::Qwen, "qwen3.6-plus", json!({ "type": "adaptive" }), Some("medium"));
    assert_eq!(told, (on.clone(), Some(json!(12_288)), vec!["reasoning.mode"]));
    let told = asked(Provider::Qwen, "qwen3.6-plus", json!({ "type": "adaptive" }), None);
    assert_eq!(told, (on, None, vec![]));
    let told = asked(Provider::Qwen, "qwen3.6-plus", json!({ "type": "disabled" }), None);
    assert_eq!(told, (off, None, vec![]));
}

#[test]
fn a_default_fits_the_model() {
    let question = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hm?" }] });
    for (model, tokens) in [("claude-3-haiku-20240307", 4096), ("claude-sonnet-4-5", 8192), ("another", 8192)] {
        let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, model, &question);
        assert_eq!((&sent["max_tokens"], lost), (&json!(tokens), vec![]), "{model}");
    }
}

#[test]
fn the_first_name_that_fits_wins_and_an_exact_one_before_all() {
    let output = |provider: Provider, model: &str| provider.model(model).and_then(|facts| facts.output);
    assert_eq!(output(Provider::Openai, "gpt-4o-2024-05-13"), Some(4096));
    assert_eq!(output(Provider::Openai, "gpt-4o-2024-08-06"), Some(16384));
    assert_eq!(output(Provider::Openai, "gpt-5.1-chat-latest"), Some(16384));
    assert_eq!(output(Provider::Openai, "gpt-5.1"), Some(128_000));
    assert_eq!(output(Provider::Openai, "unheard-of"), None);
    let takes = |model| Provider::Openai.model(model).and_then(|facts| facts.takes);
    assert_eq!(takes("o3-mini-high"), Some(0));
    assert_eq!(takes("o3"), Some(PartKind::Image.bit() | PartKind::Document.bit()));
    for provider in Provider::ALL {
        for facts in provider.facts().models_known {
            assert_eq!(provider.model(&facts.name.replace('*', "")).map(|found| found.name), Some(facts.name));
        }
    }
}
