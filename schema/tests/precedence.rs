//! What a provider's own file says goes before what it inherits.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::Path, sync::Arc};

use serde_json::{Value, json};
use wireloom_schema::{
    document::Source,
    spec::{compile, files, resolve::resolve},
};

/// The sources of a provider of the dialect that most extend.
fn sources(keys: &str) -> Vec<Arc<Source>> {
    let mut sources = files::read(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers/dialects")]).unwrap();
    let text = format!("{{ provider: 'p', extends: 'openai-chat', {keys} }}");
    sources.push(Arc::new(Source { path: "p.json5".into(), text }));
    sources
}

/// What a place of that provider holds; the provider must be in order.
#[track_caller]
fn at(keys: &str, pointer: &str) -> Option<Value> {
    let sources = sources(keys);
    if let Err(mistakes) = compile(&sources) {
        panic!("{}", mistakes.iter().map(|mistake| mistake.render(false)).collect::<String>());
    }
    let spec = resolve(&sources).unwrap().into_iter().find(|spec| spec.is_provider).unwrap();
    spec.tree.to_json().pointer(pointer).cloned()
}

#[test]
fn what_is_dropped_loses_the_place_that_it_would_inherit() {
    let request = "request: { $drops: { seed: 'no such field', max_tokens: true } }";
    assert_eq!(at(request, "/request/seed"), None);
    // All places of a value go, also those that are read alone.
    assert_eq!(at(request, "/request/max_tokens"), None);
    assert_eq!(at(request, "/request/$also"), Some(json!({ "prompt_cache_key": "$cache_key" })));
    assert_eq!(at(request, "/request/user"), Some(json!("$user")));
    let drops = json!({ "top_k": "no such field", "seed": "no such field", "max_tokens": true });
    assert_eq!(at(request, "/request/$drops"), Some(drops));

    let types = "types: { OutputFormat: { $drops: ['schema'] }, Effort: { $degrades: { minimal: 'low' } } }";
    assert_eq!(at(types, "/types/OutputFormat/schema"), None);
    assert_eq!(at(types, "/types/Effort/minimal"), None);
    assert_eq!(at(types, "/types/Effort/$degrades"), Some(json!({ "minimal": "low" })));

    let stream = "stream: { steps: { $drops: { refusal_delta: true } } }";
    assert_eq!(at(stream, "/stream/steps/refusal_delta"), None);
}

#[test]
fn a_kind_of_part_that_is_given_up_stands_in_no_message() {
    let images =
        "types: { Part: { $drops: { image: 'text alone' }, $degrades: { document: 'text', refusal: 'text' } } }";
    assert_eq!(at(images, "/types/Part/image"), None);
    assert_eq!(at(images, "/messages/user/as/content"), Some(json!("$parts(text, audio) | text-or-list")));
    assert_eq!(at(images, "/messages/assistant/as/refusal"), None);
    // Nothing is left to follow in another message.
    assert_eq!(at(images, "/messages/tool/$spills"), None);
    let audio = "types: { Part: { $drops: { audio: true } } }";
    assert_eq!(at(audio, "/messages/tool/$spills"), Some(json!({ "user": ["image", "document"] })));
}

#[test]
fn what_has_a_place_is_no_longer_given_up() {
    assert_eq!(at("request: { top_k: '$top_k' }", "/request/$drops"), Some(json!({})));
    let usage = "types: { Usage: { prompt_tokens_details: { cache_write_tokens: '$cache_write' } } }";
    assert_eq!(at(usage, "/types/Usage/$drops"), Some(json!({})));
    let reasons = json!({ "stop_sequence": "stop", "refusal": "stop", "context_exceeded": "length" });
    assert_eq!(at("types: { FinishReason: { pause: 'pause' } }", "/types/FinishReason/$degrades"), Some(reasons));
    let tool = "messages: { tool: { as: { content: '$parts(text, image) | text-or-list', is_error: '$is_error' } } }";
    assert_eq!(at(tool, "/messages/tool/$drops"), Some(json!({ "cache": "caching is automatic" })));
    assert_eq!(at(tool, "/messages/tool/$spills"), Some(json!({ "user": ["document"] })));
}

#[test]
fn null_takes_a_drop_back() {
    let tool = "messages: { tool: { as: { error: '$is_error' }, $drops: { is_error: null, cache: 'why not' } } }";
    assert_eq!(at(tool, "/messages/tool/$drops"), Some(json!({ "cache": "why not" })));
}

#[test]
fn what_a_file_says_twice_is_still_a_mistake() {
    let mistakes = compile(&sources("request: { seed: '$seed', $drops: { seed: true } }")).unwrap_err();
    assert_eq!(mistakes.iter().map(|mistake| mistake.code).collect::<Vec<_>>(), ["S031"]);
}

#[test]
fn types_that_a_provider_inherits_in_vain_are_left_out() {
    let plans = compile(&sources("request: { reasoning_effort: null, think: '$reasoning.as_flag' }")).unwrap();
    let plan = plans.iter().find(|plan| plan.is_provider).unwrap();
    assert!(plan.spelling("Effort").is_none() && plan.spelling("ToolChoice").is_some());
}
