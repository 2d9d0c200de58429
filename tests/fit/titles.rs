//! Titles of documents.

use serde_json::{Value, json};
use wireloom::specs::{Face, Provider};

use super::asked;

fn document(title: Option<&str>, mime: &str) -> Value {
    let mut part = json!({ "type": "document", "source": { "type": "base64", "media_type": mime, "data": "AAAA" } });
    if let Some(title) = title {
        part["title"] = title.into();
    }
    part
}

#[test]
fn a_provider_that_asks_for_titles_is_sent_one_for_each_document_and_no_two_alike() {
    let long = "a".repeat(300);
    let parts = json!([
        { "type": "tool_result", "tool_use_id": "t", "content": [document(Some("report.v2 (final).pdf"), "application/pdf")] },
        document(Some("report.v2 (final).pdf"), "application/pdf"),
        document(None, "text/csv"),
        document(None, "text/markdown"),
        document(Some("Zoë"), "application/msword"),
        document(Some("…"), "text/plain; charset=utf-8"),
        document(Some(&long), "text/html"),
        { "type": "text", "text": "Read them" },
    ]);
    let request = json!({ "model": "m", "max_tokens": 9, "messages": [
        { "role": "assistant", "content": [{ "type": "tool_use", "id": "t", "name": "look", "input": {} }] },
        { "role": "user", "content": parts },
    ] });
    let (sent, lost) = asked(Face::Anthropic, Provider::Bedrock, "m", &request);
    let content = sent["messages"].as_array().unwrap().last().unwrap()["content"].as_array().unwrap();
    let inside = content[0]["toolResult"]["content"].as_array().unwrap();
    let documents = inside.iter().chain(content).filter_map(|part| part.get("document"));
    let told: Vec<_> =
        documents.map(|document| (document["name"].as_str().unwrap(), document["format"].as_str().unwrap())).collect();
    let cut = "a".repeat(200);
    assert_eq!(
        told,
        [
            ("report v2 (final) pdf", "pdf"),
            ("report v2 (final) pdf 2", "pdf"),
            ("document", "csv"),
            ("document 2", "md"),
            ("Zo", "doc"),
            ("document 3", "txt"),
            (&*cut, "html"),
        ]
    );
    assert_eq!(lost, ["messages.first"]);
}

#[test]
fn documents_of_text_are_documents_where_there_is_a_form_for_them() {
    let text = json!({ "type": "document", "title": "Notes", "source": { "type": "text", "media_type": "text/plain", "data": "words" } });
    let link = json!({ "type": "document", "source": { "type": "url", "url": "https://example.com/a.pdf" } });
    let request = json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": [text, link] }] });
    let (sent, lost) = asked(Face::Anthropic, Provider::Bedrock, "m", &request);
    let expected = json!([{ "document": { "format": "txt", "name": "Notes", "source": { "text": "words" } } }]);
    assert_eq!((&sent["messages"][0]["content"], lost), (&expected, vec!["source.link"]));
}
