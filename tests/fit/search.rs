//! A search of the web beside functions.

use serde_json::json;
use wireloom::specs::{Face, Provider};

use super::asked;

#[test]
fn a_search_that_does_not_go_together_with_functions_gives_way_to_them() {
    let function = json!({ "type": "function", "name": "look", "parameters": { "type": "object", "properties": {} } });
    let search = json!({ "type": "web_search", "external_web_access": true });
    let asked_with = |provider: Provider, tools: serde_json::Value| {
        let request = json!({ "model": "m", "input": "Go", "tool_choice": "auto", "tools": tools });
        asked(Face::OpenaiResponses, provider, "m", &request)
    };
    let (sent, lost) = asked_with(Provider::Gemini, json!([function, search]));
    assert_eq!((sent["tools"].as_array().unwrap().len(), lost), (1, vec!["tool.web_search"]));
    assert_eq!(sent["tools"][0]["functionDeclarations"][0]["name"], "look");
    // Alone it stays, and there is nothing to choose from.
    let (sent, lost) = asked_with(Provider::Gemini, json!([search]));
    assert_eq!((&sent["tools"], sent.get("toolConfig"), lost), (&json!([{ "googleSearch": {} }]), None, vec![]));
    let (sent, _) = asked_with(Provider::Anthropic, json!([function, search]));
    assert_eq!(sent["tools"][1], json!({ "type": "web_search_20250305", "name": "web_search" }));
}
