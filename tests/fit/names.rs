//! Names of tools and of their calls where an API does not take them as they are.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use wireloom::{
    crossing::Crossing,
    fit::{Names, demands::TextRule, fit},
    specs::{Face, Provider},
    translation::{Wish, whole},
    wire::writer::Writer,
};
use wireloom_schema::model::{Json, Message, Part, Request, Response, Role, Step, Tool};

use super::asked;

fn set(bytes: impl Iterator<Item = u8>) -> u128 {
    bytes.fold(0, |set, byte| set | 1 << byte)
}

/// Rules such as vendors have: letters and digits with this and that, long and short, at times of one length only.
fn rules() -> impl Strategy<Value = TextRule> {
    let others = prop::sample::subsequence(vec![b'_', b'-', b'.', b':'], 0..4);
    let chars = (any::<bool>(), others).prop_map(|(upper, others)| {
        let letters = (b'a'..=b'z').chain(b'0'..=b'9').chain(others);
        set(letters) | if upper { set(b'A'..=b'Z') } else { 0 }
    });
    (chars, any::<bool>(), 1..70usize, any::<bool>()).prop_map(|(chars, letter_first, most, exact)| TextRule {
        chars,
        first: if letter_first { chars & !set(b'0'..=b'9') & !set([b'-', b'.', b':'].into_iter()) } else { chars },
        least: if exact { most } else { 0 },
        most,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_does_not_fit_is_spelled_so_that_it_does(rule in rules(), text in "\\PC{0,80}|[a-zA-Z0-9_.:/-]{1,90}") {
        let spelled = rule.spell(&text);
        prop_assert!(rule.fits(&spelled), "{text:?} becomes {spelled:?}");
        prop_assert_eq!(&spelled, &rule.spell(&text));
    }

    #[test]
    fn other_texts_are_spelled_otherwise(texts in prop::collection::btree_set("[a-z./ ]{1,12}", 2..40)) {
        let rule = TextRule { chars: set((b'a'..=b'z').chain(b'A'..=b'Z').chain(b'0'..=b'9')), first: u128::MAX, least: 9, most: 9 };
        let spelled: BTreeMap<String, &String> = texts.iter().map(|text| (rule.spell(text), text)).collect();
        prop_assert_eq!(spelled.len(), texts.len());
    }

    #[test]
    fn a_call_and_its_result_stay_together(id in "\\PC{1,60}", name in "\\PC{1,160}") {
        for provider in Provider::ALL {
            let mut request = conversation(&id, &name);
            let names = fit(*provider, &mut request, &mut Writer::default().losses);
            let parts: Vec<&Part<'_>> = request.messages.iter().flat_map(|message| &message.parts).collect();
            let [_, Part::ToolCall { id: called, name: sent, .. }, Part::ToolResult { id: answered, .. }] = parts[..] else {
                panic!("{parts:?}")
            };
            prop_assert_eq!(called, answered);
            let Tool::Function { name: offered, .. } = &request.tools[0] else { panic!("no function") };
            prop_assert_eq!(offered, sent);
            let open = Step::ToolCallOpen { index: None, call: None, id: None, name: Some(sent.clone()), namespace: None, arguments: None };
            let Step::ToolCallOpen { name: Some(told), .. } = names.restored(open) else { panic!("another step") };
            prop_assert_eq!(&*told, &*name);
        }
    }
}

fn conversation<'a>(id: &'a str, name: &'a str) -> Request<'a> {
    let words = Part::Text { text: "go".into(), citations: Vec::new(), signature: None, cache: None };
    let call = Part::ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: Json::EMPTY,
        namespace: None,
        signature: None,
        cache: None,
    };
    let result = Part::ToolResult { id: id.into(), name: None, parts: Vec::new(), is_error: false, cache: None };
    Request {
        messages: vec![
            Message { role: Role::User, parts: vec![words] },
            Message { role: Role::Assistant, parts: vec![call] },
            Message { role: Role::User, parts: vec![result] },
        ],
        tools: vec![Tool::Function {
            name: name.into(),
            description: None,
            schema: Json::EMPTY,
            namespace: None,
            strict: None,
            deferred: None,
            cache: None,
        }],
        ..Request::default()
    }
}

#[test]
fn names_that_fit_are_untouched() {
    for provider in Provider::ALL {
        let mut request = conversation("call_0123456789abcdef", "mcp__files__read-all");
        let before = request.clone();
        fit(*provider, &mut request, &mut Writer::default().losses);
        let parts = |request: &Request<'_>| format!("{:?}", request.messages);
        assert_eq!(parts(&request), parts(&before), "{provider:?}");
    }
}

const LONG: &str = "mcp__a.server.with/dots__and_a_name_that_is_much_longer_than_the_sixty_four_characters_allowed";

fn request() -> Value {
    json!({
        "model": "m", "max_tokens": 9,
        "tools": [{ "name": LONG, "input_schema": { "type": "object", "properties": {} } }],
        "tool_choice": { "type": "tool", "name": LONG },
        "messages": [
            { "role": "user", "content": "go" },
            { "role": "assistant", "content": [{ "type": "tool_use", "id": "toolu_0123456789_0123456789_0123456789_0123456789", "name": LONG, "input": {} }] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "toolu_0123456789_0123456789_0123456789_0123456789", "content": "ok" }] },
        ],
    })
}

#[test]
fn a_provider_is_sent_names_that_it_takes_in_all_places() {
    let (sent, lost) = asked(Face::Anthropic, Provider::Openai, "m", &request());
    let name = sent["tools"][0]["function"]["name"].as_str().unwrap();
    assert!(name.len() == 64 && name.starts_with("mcp__a_server_with_dots__"), "{name}");
    assert_eq!(sent["tool_choice"]["function"]["name"], name);
    assert_eq!(sent["messages"][1]["tool_calls"][0]["function"]["name"], name);
    let id = sent["messages"][1]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!((id.len(), &sent["messages"][2]["tool_call_id"]), (40, &json!(id)));
    assert_eq!(lost, [""; 0], "nothing is lost by another spelling");
}

#[test]
fn a_client_is_told_its_own_names() {
    let text = request().to_string();
    let mut request = Face::Anthropic.read_request(&text).unwrap();
    let names: Names = fit(Provider::Openai, &mut request, &mut Writer::default().losses);
    let Tool::Function { name, .. } = &request.tools[0] else { panic!("no function") };
    let answer = json!({
        "id": "a", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": { "role": "assistant", "content": null, "tool_calls": [
            { "id": "c1", "type": "function", "function": { "name": &**name, "arguments": "{}" } },
            { "id": "c2", "type": "function", "function": { "name": "another", "arguments": "{}" } },
        ] } }],
    });
    let answer = answer.to_string();
    for stream in [false, true] {
        let crossing = Crossing::plain(Face::Anthropic.facts(), Provider::Openai.facts());
        let crossing = Crossing { names: names.clone(), ..crossing };
        let wish = Wish { stream: stream.then(|| Face::Anthropic.facts().framing), usage: true };
        let known = Response::default();
        let (told, _) = whole(Face::Anthropic, Provider::Openai, crossing, &known, wish, answer.as_bytes()).unwrap();
        let told = std::str::from_utf8(&told).unwrap();
        assert!(told.contains(LONG) && told.contains("another") && !told.contains(&**name), "{told}");
    }
}
