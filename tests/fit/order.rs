//! Who must speak first and last.

use serde_json::{Value, json};
use wireloom::specs::{Face, Provider};

use super::asked;

fn said(messages: Value) -> Value {
    json!({ "model": "m", "max_tokens": 9, "messages": messages })
}

#[test]
fn the_user_speaks_first() {
    let greeting = said(json!([
        { "role": "system", "content": "Be brief." },
        { "role": "assistant", "content": "How can I help?" },
        { "role": "user", "content": "So." },
    ]));
    let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, "m", &greeting);
    let wanted = json!([
        { "role": "user", "content": "…" },
        { "role": "assistant", "content": "How can I help?" },
        { "role": "user", "content": "So." },
    ]);
    assert_eq!((&sent["messages"], lost), (&wanted, vec!["messages.first"]));
    let (sent, lost) = asked(Face::OpenaiChat, Provider::Openai, "m", &greeting);
    assert_eq!((sent["messages"].as_array().unwrap().len(), lost), (3, vec![]), "where it is not demanded");
}

#[test]
fn an_answer_is_begun_only_for_models_that_go_on_with_it() {
    let begun = said(json!([{ "role": "user", "content": "A list:" }, { "role": "assistant", "content": "[" }]));
    for (model, count, lost) in [("claude-sonnet-4-5", 2, vec![]), ("claude-opus-4-6", 1, vec!["messages.last"])] {
        let (sent, told) = asked(Face::OpenaiChat, Provider::Anthropic, model, &begun);
        assert_eq!((sent["messages"].as_array().unwrap().len(), told), (count, lost), "{model}: {sent}");
    }
}

#[test]
fn what_nobody_asked_for_is_still_answered() {
    let alone = said(json!([{ "role": "assistant", "content": "Hm." }]));
    let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, "claude-opus-4-7", &alone);
    let roles: Vec<_> = sent["messages"].as_array().unwrap().iter().map(|message| message["role"].clone()).collect();
    assert_eq!(
        (roles, lost),
        (vec![json!("user"), json!("assistant"), json!("user")], vec!["messages.first", "messages.last"])
    );
}
