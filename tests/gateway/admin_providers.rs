//! Providers over HTTP, as claude-code-router's clients ask for them: what is changed is saved, and counts at once.

use std::fs;

use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES,
    admin_configuration::KEY,
    chat_answer, question,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, config},
        http::Message,
        upstream::Upstream,
    },
};

fn started() -> (Upstream, Gateway) {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = config(&upstream);
    config["APIKEY"] = "the-key".into();
    (upstream, Gateway::start(&config))
}

fn ask(gateway: &Gateway, method: &str, target: &str, body: &Value) -> Message {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    gateway.connect().ask(method, target, &[KEY], body.as_bytes())
}

fn file(gateway: &Gateway) -> Value {
    serde_json::from_str(&fs::read_to_string(gateway.home().join("config.json5")).unwrap()).unwrap()
}

fn code(answer: &Message) -> Value {
    answer.json()["error"]["code"].clone()
}

/// Defect 51: what was changed here was forgotten, and the switch did nothing.
#[test]
fn changes_are_saved_and_count_at_once() {
    let (upstream, gateway) = started();
    let new = json!({
        "id": "x", "type": "openai", "name": "second", "baseUrl": format!("http://{}/v1/chat/completions", upstream.address),
        "apiKey": "sk-second", "models": ["m"],
    });
    let added = ask(&gateway, "POST", "/providers", &new);
    assert_eq!(added.status(), 200, "{}", added.everything());
    assert_eq!((&added.json()["name"], &added.json()["apiKey"]), (&json!("second"), &json!("********")));
    assert_eq!(file(&gateway)["Providers"][1]["api_key"], "sk-second");
    let to_second = |status: u16| {
        let answer = gateway.post(MESSAGES, &[KEY], question("second,m", false));
        assert_eq!(answer.status(), status, "{}", answer.everything());
        answer.header("x-wireloom-route").unwrap_or_default().contains("provider=second")
    };
    assert!(to_second(200));
    assert_eq!(upstream.only().header("authorization"), Some("Bearer sk-second"));

    let off = ask(&gateway, "PATCH", "/providers/second/toggle", &json!({ "enabled": false }));
    assert_eq!(off.json(), json!({ "message": "Provider disabled successfully" }));
    assert_eq!(file(&gateway)["Providers"][1]["enabled"], false);
    assert!(!to_second(200), "the default answers in its place");
    assert_eq!(ask(&gateway, "GET", "/providers/second", &Value::Null).json()["enabled"], false);
    assert!(!gateway.get("/v1/models", &[KEY]).text().contains("second,m"));
    let on = ask(&gateway, "PATCH", "/providers/second/toggle", &json!({ "enabled": true }));
    assert_eq!(on.json(), json!({ "message": "Provider enabled successfully" }));
    assert!(to_second(200));

    let changed = ask(&gateway, "PUT", "/providers/second", &json!({ "models": ["m", "n"], "apiKey": "********" }));
    assert_eq!(changed.json()["models"], json!(["m", "n"]), "{}", changed.everything());
    let saved = file(&gateway)["Providers"][1].clone();
    assert_eq!((&saved["api_key"], &saved["models"]), (&json!("sk-second"), &json!(["m", "n"])));

    let gone = ask(&gateway, "DELETE", "/providers/second", &Value::Null);
    assert_eq!(gone.json(), json!({ "message": "Provider deleted successfully" }));
    assert_eq!(file(&gateway)["Providers"].as_array().unwrap().len(), 1);
    assert!(!to_second(200));
}

/// Defect 4: providers were told with their keys.
#[test]
fn providers_are_told_without_their_keys() {
    let (_upstream, gateway) = started();
    for path in ["/providers", "/providers/chat", "/api/providers"] {
        let answer = ask(&gateway, "GET", path, &Value::Null);
        assert_eq!(answer.status(), 200, "{path}");
        assert!(
            answer.text().contains("chat") && !answer.everything().contains(UPSTREAM_KEY),
            "{}",
            answer.everything()
        );
    }
    let listed = ask(&gateway, "GET", "/providers", &Value::Null).json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["apiKey"], &listed[0]["enabled"]),
        (&json!("chat"), &json!("********"), &json!(true))
    );
    assert_eq!(listed[0]["models"], json!(["Model-1"]));
}

#[test]
fn what_cannot_be_done_is_told_with_a_code_and_changes_nothing() {
    let (_upstream, gateway) = started();
    let before = file(&gateway);
    let whole = json!({ "name": "new", "baseUrl": "http://h/v1", "apiKey": "k", "models": ["m"] });
    for lacking in ["name", "baseUrl", "apiKey", "models"] {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(lacking);
        let refused = ask(&gateway, "POST", "/providers", &body);
        assert_eq!((refused.status(), code(&refused)), (400, json!("invalid_request")), "{lacking}");
    }
    let mut taken = whole.clone();
    taken["name"] = "chat".into();
    let refused = ask(&gateway, "POST", "/providers", &taken);
    assert_eq!((refused.status(), code(&refused)), (400, json!("provider_exists")));
    let mut no_url = whole.clone();
    no_url["baseUrl"] = "nowhere".into();
    let refused = ask(&gateway, "POST", "/providers", &no_url);
    assert_eq!((refused.status(), &refused.json()["error"]["problems"][0]["code"]), (422, &json!("C009")));
    for (method, path, body) in [
        ("GET", "/providers/nobody", Value::Null),
        ("PUT", "/providers/nobody", json!({ "models": [] })),
        ("DELETE", "/providers/nobody", Value::Null),
        ("PATCH", "/providers/nobody/toggle", json!({ "enabled": true })),
    ] {
        let refused = ask(&gateway, method, path, &body);
        assert_eq!((refused.status(), code(&refused)), (404, json!("provider_not_found")), "{method} {path}");
    }
    // The default goes there.
    let refused = ask(&gateway, "DELETE", "/providers/chat", &Value::Null);
    let problems = refused.json()["error"]["problems"].clone();
    let is_told =
        problems.as_array().unwrap().iter().any(|problem| problem["code"] == "C011" && problem["severity"] == "error");
    assert!(refused.status() == 422 && is_told, "{}", refused.everything());
    assert_eq!(file(&gateway), before);
}

#[test]
fn what_stands_in_for_the_default_does_so_when_it_is_switched_off() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = config(&upstream);
    config["APIKEY"] = "the-key".into();
    let mut spare = config["Providers"][0].clone();
    spare["name"] = "spare".into();
    config["Providers"].as_array_mut().unwrap().push(spare);
    config["fallback"] = json!({ "default": ["spare,Model-1"] });
    let gateway = Gateway::start(&config);
    assert_eq!(ask(&gateway, "PATCH", "/providers/chat/toggle", &json!({ "enabled": false })).status(), 200);
    let answer = gateway.post(CHAT, &[KEY], question("any", false));
    assert_eq!(answer.status(), 200, "{}", answer.everything());
    assert!(answer.header("x-wireloom-route").unwrap().contains("provider=spare"));
}

#[test]
fn how_providers_are_doing_is_told() {
    let upstream = Upstream::start(|request, peer| {
        let json = [("content-type", "application/json")];
        match request.header("authorization") {
            Some("Bearer sk-refused") => peer.whole(401, &json, b"{\"error\":{\"message\":\"no\"}}"),
            _ => peer.whole(200, &json, chat_answer().to_string().as_bytes()),
        }
    });
    let mut config = config(&upstream);
    config["APIKEY"] = "the-key".into();
    config["Providers"][0]["api_key"] = "sk-refused".into();
    config["Providers"][0]["api_keys"] = json!(["sk-good"]);
    config["prices"] = json!({ "chat,Model-1": { "input": 1.5, "output": 2 } });
    let gateway = Gateway::start(&config);
    // Each conversation has a key of its own.
    for number in 0..16 {
        let body = question("any", false).replace("Hello?", &format!("Question {number}"));
        assert_eq!(gateway.post(CHAT, &[KEY], body).status(), 200);
    }
    let told = ask(&gateway, "GET", "/api/providers", &Value::Null).json();
    let provider = &told["providers"][0];
    assert_eq!(
        provider["keys"],
        json!([{ "refused": true, "resting": [] }, { "refused": false, "resting": [] }]),
        "{told}"
    );
    assert_eq!((&provider["health"]["open"], &provider["name"]), (&json!(false), &json!("chat")));
    let models = ask(&gateway, "GET", "/api/models", &Value::Null).json();
    assert_eq!(models["models"][0]["id"], "chat,Model-1");
    assert_eq!(models["models"][0]["price"], json!({ "input": 1.5, "output": 2.0 }));
    for secret in ["sk-refused", "sk-good"] {
        assert!(!told.to_string().contains(secret));
    }
}

#[test]
fn what_is_built_in_is_told() {
    let (_upstream, gateway) = started();
    let get = |path: &str| {
        let answer = ask(&gateway, "GET", path, &Value::Null);
        assert_eq!(answer.status(), 200, "{path}: {}", answer.everything());
        answer.json()
    };
    let transformers = get("/api/transformers");
    let named = |name: &str| {
        let list = transformers["transformers"].as_array().unwrap();
        list.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    assert_eq!(named("anthropic")["endpoint"], "/v1/messages");
    assert_eq!(
        (named("deepseek")["endpoint"].clone(), named("maxtoken")["endpoint"].clone()),
        (Value::Null, Value::Null)
    );
    let specs = get("/api/specs");
    let groq = specs["specs"].as_array().unwrap().iter().find(|spec| spec["name"] == "groq").unwrap().clone();
    assert_eq!((&groq["kind"], groq["digest"].as_str().unwrap().len()), (&json!("provider"), 32));
    let one = get("/api/specs/groq");
    assert_eq!((&one["digest"], &one["dialect"]), (&groq["digest"], &json!("openai-chat")));
    assert!(one["resolved"].as_str().unwrap().contains("// groq.json5:3"), "{one}");
    assert_eq!(get("/api/specs/dialect:anthropic")["kind"], "dialect");
    assert_eq!(ask(&gateway, "GET", "/api/specs/nobody", &Value::Null).status(), 404);
    // It is made once, which takes a while where nothing is optimized.
    let mut client = gateway.connect();
    client.send("GET", "/api/matrix", &[KEY], &[]);
    let matrix = (0..6).find_map(|_| client.wire.message().ok().flatten()).expect("a matrix");
    assert!(!matrix.json()["rows"].as_array().unwrap().is_empty());
}
