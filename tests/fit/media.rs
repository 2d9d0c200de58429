//! Media of types that not everyone takes.

use serde_json::json;
use wireloom::specs::{Face, Provider};

use super::asked;

#[test]
fn what_a_provider_would_refuse_for_its_type_is_told_as_lost() {
    let url = |mime: &str, data: &str| format!("data:{mime};base64,{data}");
    let file =
        |mime: &str, data: &str| json!({ "type": "file", "file": { "filename": "x", "file_data": url(mime, data) } });
    let image = |mime: &str| json!({ "type": "image_url", "image_url": { "url": url(mime, "AAAA") } });
    let request = json!({ "model": "m", "messages": [{ "role": "user", "content": [
        image("image/png"),
        image("image/heic"),
        file("application/pdf", "AAAA"),
        file("application/msword", "AAAA"),
        file("text/csv", "YSxi"),
    ] }] });
    let (sent, lost) = asked(Face::OpenaiChat, Provider::Anthropic, "m", &request);
    let kept: Vec<_> = sent["messages"][0]["content"].as_array().unwrap().iter().map(|part| &part["source"]).collect();
    let text = json!({ "type": "text", "media_type": "text/plain", "data": "a,b" });
    assert_eq!(
        kept.iter().map(|source| source["media_type"].as_str().unwrap()).collect::<Vec<_>>(),
        ["image/png", "application/pdf", "text/plain"]
    );
    assert_eq!((kept[2], lost), (&text, vec!["image.mime", "document.mime"]));
    // Who names no types gets all.
    let (_, lost) = asked(Face::OpenaiChat, Provider::Gemini, "m", &request);
    assert_eq!(lost, ["document.title"]);
}
