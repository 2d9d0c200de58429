//! JSON Schemas of tools and of answers at providers that do not take all of them.

use serde_json::{Value, json};
use wireloom::specs::{Face, Provider};

use super::asked;

fn with_tool(schema: &Value, strict: Option<bool>) -> Value {
    let mut tool = json!({ "name": "look", "input_schema": schema });
    if let Some(strict) = strict {
        tool["strict"] = strict.into();
    }
    json!({ "model": "m", "max_tokens": 9, "tools": [tool], "messages": [{ "role": "user", "content": "go" }] })
}

/// Where the schema of the first tool is, in the dialects that there are.
const PLACES: [&str; 5] = [
    "/tools/0/input_schema",
    "/tools/0/function/parameters",
    "/tools/0/parameters",
    "/tools/0/functionDeclarations/0/parametersJsonSchema",
    "/toolConfig/tools/0/toolSpec/inputSchema/json",
];

#[test]
fn a_tool_without_parameters_is_an_object_without_properties() {
    let empty = json!({ "type": "object", "properties": {} });
    let bare = json!({
        "model": "m", "tools": [{ "type": "function", "function": { "name": "look" } }],
        "messages": [{ "role": "user", "content": "go" }],
    });
    for provider in Provider::ALL {
        let (sent, lost) = asked(Face::OpenaiChat, *provider, "m", &bare);
        if lost == ["tools"] {
            continue;
        }
        let schema = PLACES.iter().find_map(|place| sent.pointer(place));
        assert_eq!((schema, lost), (Some(&empty), vec![]), "{provider:?}");
        let (sent, _) = asked(Face::Anthropic, *provider, "m", &with_tool(&json!({}), None));
        assert!(sent.to_string().contains(r#"{"type":"object","properties":{}}"#), "{provider:?}: {sent}");
    }
}

#[test]
fn strict_is_promised_only_where_the_schema_allows_it() {
    let closed = json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] });
    let (sent, lost) = asked(Face::Anthropic, Provider::Openai, "m", &with_tool(&closed, Some(true)));
    let function = &sent["tools"][0]["function"];
    assert_eq!((&function["strict"], &function["parameters"]["additionalProperties"]), (&json!(true), &json!(false)));
    assert_eq!(lost, [""; 0]);
    let open = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let (sent, lost) = asked(Face::Anthropic, Provider::Openai, "m", &with_tool(&open, Some(true)));
    let function = &sent["tools"][0]["function"];
    assert_eq!((&function["strict"], &function["parameters"], lost), (&json!(false), &open, vec!["tool.strict"]));
    let (sent, lost) = asked(Face::Anthropic, Provider::Anthropic, "m", &with_tool(&open, Some(true)));
    assert_eq!((&sent["tools"][0]["strict"], lost), (&json!(true), vec![]), "where it is not demanded, it stays");
}

#[test]
fn a_schema_of_an_answer_is_held_to_the_same() {
    let request = |required: Value| {
        json!({
            "model": "m", "messages": [{ "role": "user", "content": "go" }],
            "response_format": { "type": "json_schema", "json_schema": {
                "name": "a", "strict": true, "schema": { "type": "object", "properties": { "a": { "type": "string" } }, "required": required },
            } },
        })
    };
    for (required, strict, wanted) in [(json!(["a"]), true, vec![]), (json!([]), false, vec!["output_format.strict"])] {
        let (sent, lost) = asked(Face::OpenaiChat, Provider::Groq, "m", &request(required));
        assert_eq!((&sent["response_format"]["json_schema"]["strict"], lost), (&json!(strict), wanted));
    }
}
