//! Models that are not to see images, or cannot: another one is asked what is on them.

use serde_json::{Value, json};

use super::{
    MESSAGES, delta,
    support::{
        gateway::{Gateway, UPSTREAM_KEY},
        http::Message,
        upstream::{Peer, Upstream},
    },
};

const EYE: &str = "aGVyZQ==";

const PLACE: &str = "dGhlcmU=";

/// A model without eyes: it asks for what `imageId` says, and repeats what it is told.
fn blind(image: &'static str) -> Upstream {
    Upstream::start(move |request, peer| {
        let request = request.json();
        let told = request["messages"].as_array().unwrap().iter().rev().find(|message| message["role"] == "tool");
        let message = match told {
            Some(told) => json!({ "role": "assistant", "content": format!("I am told: {}", text(&told["content"])) }),
            None => {
                let arguments = format!(r#"{{"imageId":{image},"task":"What animal is it?"}}"#);
                json!({ "role": "assistant", "content": "I have a look. ", "tool_calls": [{ "index": 0, "id": "call_1", "type": "function",
                    "function": { "name": "analyzeImage", "arguments": arguments } }] })
            }
        };
        says(peer, &request, message);
    })
}

/// The words of a content in either form.
fn text(content: &Value) -> &str {
    content.as_str().or_else(|| content[0]["text"].as_str()).unwrap()
}

fn says(peer: &mut Peer, request: &Value, message: Value) {
    let finish = if message.get("tool_calls").is_some() { "tool_calls" } else { "stop" };
    let usage = json!({ "prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9 });
    if request["stream"] == true {
        peer.begin(200, &[("content-type", "text/event-stream")]);
        let mut last = delta(json!({}), Some(finish));
        last["usage"] = usage;
        for frame in [delta(message, None), last] {
            peer.piece(&format!("data: {frame}\n\n"));
        }
        peer.piece("data: [DONE]\n\n");
        return peer.end();
    }
    let choice = json!({ "index": 0, "message": message, "finish_reason": finish });
    let answer = json!({ "id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage });
    peer.whole(200, &[("content-type", "application/json")], answer.to_string().as_bytes());
}

/// A model that sees.
fn seeing() -> Upstream {
    Upstream::start(|request, peer| {
        says(peer, &request.json(), json!({ "role": "assistant", "content": "A cat." }));
    })
}

fn config(blind: &Upstream, seeing: &Upstream) -> Value {
    let provider = |name: &str, upstream: &Upstream, spec: &str, model: &str| {
        let url = format!("http://{}/v1/chat/completions", upstream.address);
        json!({ "name": name, "api_base_url": url, "api_key": UPSTREAM_KEY, "models": [model], "transformer": { "use": [spec] } })
    };
    let providers = [
        provider("words", blind, "openai-compatible", "m"),
        provider("eyes", seeing, "openai-compatible", "v"),
        provider("deep", blind, "deepseek", "deepseek-v4-pro"),
    ];
    let router = json!({ "default": "words,m", "image": "eyes,v" });
    json!({ "Providers": providers, "Router": router, "LOG_LEVEL": "debug", "retry": { "attempts": 1 }, "forceUseImageAgent": true })
}

fn image(data: &str) -> Value {
    json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": data } })
}

/// A conversation with an image in a tool's result, and another behind it.
fn question(model: &str, stream: bool) -> Value {
    json!({
        "model": model, "max_tokens": 99, "stream": stream, "system": "Be brief.",
        "messages": [
            { "role": "user", "content": "Read it." },
            { "role": "assistant", "content": [{ "type": "tool_use", "id": "toolu_1", "name": "Read", "input": {} }] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "toolu_1", "content": [image(PLACE)] },
                image(EYE),
                { "type": "text", "text": "What is on [Image #1]?" },
            ] },
        ],
    })
}

fn ask(gateway: &Gateway, request: &Value) -> Message {
    let answer = gateway.post(MESSAGES, &[], request.to_string());
    assert_eq!(answer.status(), 200, "{}", answer.everything());
    answer
}

#[test]
fn what_is_on_an_image_is_asked_of_another_model() {
    for stream in [false, true] {
        // Both conversations begin without a tool's result, so that the model asks.
        let mut request = question("any", stream);
        request["messages"] = json!([{ "role": "user", "content": [image(PLACE), image(EYE), { "type": "text", "text": "What is it?" }] }]);
        let (words, eyes) = (blind(r#"["image-2"]"#), seeing());
        let gateway = Gateway::start(&config(&words, &eyes));
        let answer = ask(&gateway, &request);
        assert_eq!(answer.header("x-wireloom-route"), Some("scenario=default; provider=words; model=m"));
        let told = answer.text();
        assert!(told.contains("I have a look. ") && told.contains("I am told: A cat."), "{told}");
        assert!(!told.contains("analyzeImage") && !told.contains("tool_use"), "{told}");
        let asked = words.asked();
        assert_eq!(asked.len(), 2);
        for asked in &asked {
            let asked = asked.text();
            assert!(!asked.contains(EYE) && !asked.contains(PLACE), "{asked}");
            assert!(
                asked.contains("[image-1]") && asked.contains("[image-2]") && asked.contains("analyzeImage"),
                "{asked}"
            );
        }
        let seen = eyes.only();
        let seen = seen.json();
        assert_eq!(seen["model"], "v");
        assert!(seen.get("tools").is_none() && seen["stream"] != true, "{seen}");
        let seen = seen.to_string();
        assert!(seen.contains(EYE) && !seen.contains(PLACE) && seen.contains("What animal is it?"), "{seen}");
        assert!(!seen.contains("What is it?"), "{seen}");
    }
}

#[test]
fn images_in_the_results_of_tools_are_hidden_too() {
    let (words, eyes) = (blind("[]"), seeing());
    let gateway = Gateway::start(&config(&words, &eyes));
    ask(&gateway, &question("any", false));
    let asked = words.only();
    let asked = asked.text();
    assert!(!asked.contains(EYE) && !asked.contains(PLACE), "{asked}");
    assert!(asked.contains("[image-1]") && asked.contains("[image-2]") && asked.contains("[Image #1]"), "{asked}");
    assert!(eyes.asked().is_empty());
}

#[test]
fn a_model_that_errs_about_an_image_is_told() {
    for (name, told) in [
        (r#"["image-3"]"#, "there is no image `image-3`: they are image-1 to image-1"),
        ("[]", "name an image: they are image-1 to image-1"),
        ("7", "`imageId` is to be a list of images"),
        (r#""image-1""#, "A cat."),
    ] {
        let (words, eyes) = (blind(name), seeing());
        let gateway = Gateway::start(&config(&words, &eyes));
        let messages = json!([{ "role": "user", "content": [image(EYE)] }]);
        let answer = ask(&gateway, &json!({ "model": "any", "max_tokens": 99, "messages": messages }));
        assert!(answer.text().contains(told), "{name}: {}", answer.text());
    }
}

#[test]
fn a_viewer_that_fails_is_no_end_of_the_answer() {
    let (words, eyes) =
        (blind(r#"["image-1"]"#), Upstream::json(500, r#"{"error":{"message":"dark","type":"server_error"}}"#));
    let gateway = Gateway::start(&config(&words, &eyes));
    let messages = json!([{ "role": "user", "content": [image(EYE)] }]);
    let answer = ask(&gateway, &json!({ "model": "any", "max_tokens": 99, "messages": messages }));
    assert!(answer.text().contains("I am told: nobody can look at it now: "), "{}", answer.text());
}

#[test]
fn who_sees_is_shown_images_as_they_are() {
    let (words, eyes) = (blind(r#"["image-1"]"#), seeing());
    let mut config = config(&words, &eyes);
    let gateway = Gateway::start(&config);
    // The viewer itself needs no agent.
    ask(&gateway, &question("eyes,v", false));
    assert!(eyes.only().text().contains(EYE) && !eyes.only().text().contains("analyzeImage"));
    // Without the agent, an image that was shown last goes to the viewer; an older one stays where it is.
    config["forceUseImageAgent"] = false.into();
    let (words, eyes) = (blind(r#"["image-1"]"#), seeing());
    config["Providers"] = self::config(&words, &eyes)["Providers"].clone();
    let gateway = Gateway::start(&config);
    let answer = ask(&gateway, &question("any", false));
    assert_eq!(answer.header("x-wireloom-route"), Some("scenario=image; provider=eyes; model=v"));
    let older = json!([
        { "role": "user", "content": [image(EYE)] },
        { "role": "assistant", "content": "A cat." },
        { "role": "user", "content": "And its name?" },
    ]);
    ask(&gateway, &json!({ "model": "words,m", "max_tokens": 99, "messages": older }));
    assert!(words.asked()[0].text().contains(EYE) && !words.asked()[0].text().contains("analyzeImage"));
    // One that is known to see nothing asks.
    let answer = ask(&gateway, &json!({ "model": "deep,deepseek-v4-pro", "max_tokens": 99, "messages": older }));
    assert!(answer.text().contains("I am told: A cat."), "{}", answer.text());
    assert!(!words.asked().last().unwrap().text().contains(EYE));
}
