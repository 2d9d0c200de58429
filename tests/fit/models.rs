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
fn a_budget_of_gemini_stays_within_what_the_model_takes() {
    let asked = |model: &str, thinking: serde_json::Value| {
        let question = json!({
            "model": "m", "max_tokens": 60_000, "thinking": thinking, "messages": [{ "role": "user", "content": "Hm?" }],
        });
        let (sent, lost) = asked(Face::Anthropic, Provider::Gemini, model, &question);
        (sent["generationConfig"]["thinkingConfig"]["thinkingBudget"].clone(), lost)
    };
    let budget = |tokens: u64| json!({ "type": "enabled", "budget_tokens": tokens });
    let off = json!({ "type": "disabled" });
    for (model, thinking, sent, lost) in [
        ("gemini-2.5-pro", budget(50_000), 32_768, vec!["reasoning.mode"]),
        ("gemini-2.5-pro", budget(32_768), 32_768, vec![]),
        ("gemini-2.5-pro", budget(100), 128, vec!["reasoning.mode"]),
        ("gemini-2.5-pro", off.clone(), 128, vec!["reasoning.mode"]), // it cannot be kept from thinking
        ("gemini-2.5-flash", budget(50_000), 24_576, vec!["reasoning.mode"]),
        ("gemini-2.5-flash", budget(1), 1, vec![]),
        ("gemini-2.5-flash", off.clone(), 0, vec![]),
        ("gemini-2.5-flash-lite", budget(50_000), 24_576, vec!["reasoning.mode"]),
        ("gemini-2.5-flash-lite", budget(100), 512, vec!["reasoning.mode"]),
        ("gemini-2.5-flash-lite", off.clone(), 0, vec![]),
        ("gemini-unheard-of", budget(50_000), 50_000, vec![]),
    ] {
        assert_eq!(asked(model, thinking.clone()), (json!(sent), lost), "{model} {thinking}");
    }
}

#[test]
fn an_effort_is_one_that_the_model_knows() {
    let asked = |model: &str, effort: &str| {
        let question = json!({
            "model": "m", "max_completion_tokens": 9000, "reasoning_effort": effort,
            "messages": [{ "role": "user", "content": "Hm?" }],
        });
        let (sent, lost) = asked(Face::OpenaiChat, Provider::Openai, model, &question);
        (sent.get("reasoning_effort").and_then(|effort| effort.as_str()).map(str::to_owned), lost)
    };
    let sent = |effort: &str| Some(effort.to_owned());
    for (model, effort, told, lost) in [
        ("gpt-5-mini", "xhigh", sent("high"), vec!["reasoning.effort"]),
        ("gpt-5-mini", "minimal", sent("minimal"), vec![]),
        ("gpt-5.1", "minimal", sent("low"), vec!["reasoning.effort"]),
        ("gpt-5.1", "none", sent("none"), vec![]),
        ("gpt-5.5", "xhigh", sent("xhigh"), vec![]),
        ("gpt-6.1-sol", "high", sent("high"), vec![]),
        ("chat-latest", "low", sent("medium"), vec!["reasoning.effort"]),
    ] {
        assert_eq!(asked(model, effort), (told, lost), "{model} {effort}");
    }
    // What is the most is known to few, and told to those.
    let question = json!({
        "model": "m", "max_completion_tokens": 9000, "reasoning_effort": "max", "messages": [{ "role": "user", "content": "Hm?" }],
    });
    let (sent, lost) = super::asked(Face::OpenaiChat, Provider::Anthropic, "claude-opus-5", &question);
    assert_eq!((&sent["output_config"]["effort"], lost), (&json!("max"), vec![]));
    let (sent, lost) = super::asked(Face::OpenaiChat, Provider::OpenaiCompatible, "m", &question);
    assert_eq!((&sent["reasoning_effort"], lost), (&json!("xhigh"), vec!["reasoning.effort"]));
    let most = json!({
        "model": "m", "max_tokens": 9000, "thinking": { "type": "adaptive" }, "output_config": { "effort": "max" },
        "messages": [{ "role": "user", "content": "Hm?" }],
    });
    for (model, told) in [("gpt-6-sol", "max"), ("gpt-5.5", "xhigh"), ("o3", "high"), ("unheard-of", "xhigh")] {
        let (sent, _) = super::asked(Face::Anthropic, Provider::Openai, model, &most);
        assert_eq!(sent["reasoning_effort"], told, "{model}");
    }
}

#[test]
fn an_effort_is_a_budget_where_nothing_else_is_known() {
    let asked = |effort: Option<&str>, most: Option<u64>| {
        let mut question = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hm?" }] });
        if let Some(effort) = effort {
            question["reasoning_effort"] = json!(effort);
        }
        if let Some(most) = most {
            question["max_completion_tokens"] = json!(most);
        }
        let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, "claude-sonnet-4-5", &question);
        assert_eq!(sent.get("output_config"), None);
        (sent.get("thinking").cloned(), sent["max_tokens"].clone(), lost)
    };
    let budget = |tokens: u64| Some(json!({ "type": "enabled", "budget_tokens": tokens }));
    assert_eq!(asked(Some("medium"), Some(20_000)), (budget(12_288), json!(20_000), vec![]));
    assert_eq!(asked(Some("medium"), None), (budget(12_288), json!(20_480), vec![]));
    assert_eq!(asked(Some("medium"), Some(8_000)), (budget(4_000), json!(8_000), vec!["reasoning.effort"]));
    let off = Some(json!({ "type": "disabled" }));
    assert_eq!(asked(Some("high"), Some(1_000)), (off.clone(), json!(1_000), vec!["reasoning.effort"]));
    assert_eq!(asked(Some("none"), Some(8_000)), (off, json!(8_000), vec![]));
    assert_eq!(asked(None, Some(8_000)), (None, json!(8_000), vec![]));
}

#[test]
fn a_model_that_always_thinks_and_calls_as_it_likes_is_asked_for_no_other() {
    let question = json!({
        "model": "m", "max_completion_tokens": 9000, "reasoning_effort": "none", "tool_choice": "required",
        "tools": [{ "type": "function", "function": { "name": "look", "parameters": { "type": "object" } } }],
        "messages": [{ "role": "user", "content": "Hm?" }],
    });
    let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, "claude-opus-5-5", &question);
    assert_eq!((&sent["thinking"], &sent["tool_choice"]), (&json!({ "type": "adaptive" }), &json!({ "type": "auto" })));
    assert_eq!(lost, ["tool_choice", "reasoning.mode"]);
    let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, "claude-opus-5", &question);
    assert_eq!((&sent["thinking"], &sent["tool_choice"]), (&json!({ "type": "disabled" }), &json!({ "type": "any" })));
    assert_eq!(lost, [""; 0]);
}

#[test]
fn images_reach_the_models_of_deepseek_that_see() {
    let (sent, lost) = asked(Face::Anthropic, Provider::Deepseek, "deepseek-flash", &question());
    assert_eq!(sent["messages"][0]["content"][1]["type"], "image_url");
    assert!(!lost.contains(&"user.image"), "{lost:?}");
    let (_, lost) = asked(Face::Anthropic, Provider::Deepseek, "deepseek-v4-pro", &question());
    assert!(lost.contains(&"user.image"), "{lost:?}");
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
