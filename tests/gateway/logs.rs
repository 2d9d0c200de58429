//! The log over HTTP: what it shows, and what it never does.

use std::fs;

use serde_json::{Value, json};

use super::{
    MESSAGES, chat_answer, question,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, config},
        upstream::Upstream,
    },
};

const KEY: [(&str, &str); 1] = [("x-api-key", "the-key")];

fn gateway(level: &str) -> Gateway {
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    (config["APIKEY"], config["LOG_FILE"], config["LOG_LEVEL"]) = ("the-key".into(), "loom.log".into(), level.into());
    Gateway::start(&config)
}

/// Defect 2: any file could be read and emptied.
#[test]
fn files_of_the_log_are_shown_by_name_and_no_others() {
    let gateway = gateway("trace");
    let secret = gateway.home().join("config.json5");
    gateway.post(MESSAGES, &KEY, "{");
    let files = gateway.get("/api/logs/files", &KEY).json();
    assert_eq!((files.as_array().unwrap().len(), &files[0]["name"]), (1, &"loom.log".into()), "{files}");
    assert!(files[0]["lastModified"].as_str().unwrap().ends_with('Z'));
    let end = std::time::Instant::now() + super::support::http::PATIENCE;
    let lines = loop {
        let lines = gateway.get("/api/logs?file=loom.log", &KEY).json();
        if lines.as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains("refused")) {
            break lines;
        }
        assert!(std::time::Instant::now() < end, "{lines}");
    };
    let line: Value = serde_json::from_str(lines[0].as_str().unwrap()).unwrap();
    assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    // What is said of a refusal does not stand in the place of what happened.
    let refused = lines.as_array().unwrap().iter().find(|line| line.as_str().unwrap().contains("refused")).unwrap();
    let refused: Value = serde_json::from_str(refused.as_str().unwrap()).unwrap();
    assert_eq!(refused["fields"]["message"], "refused", "{refused}");
    assert!(refused["fields"]["reason"].is_string(), "{refused}");
    let whole = secret.display().to_string();
    for name in [
        &*whole,
        "../config.json5",
        "..%2Fconfig.json5",
        "%2E%2E/../config.json5",
        "loom.log/../../../config.json5",
        "records.db",
    ] {
        let target = format!("/api/logs?file={name}");
        let answer = gateway.get(&target, &KEY);
        assert_eq!(answer.status(), 404, "{name}");
        assert!(!answer.everything().contains(UPSTREAM_KEY) && !answer.everything().contains("Providers"));
        assert_eq!(gateway.connect().ask("DELETE", &target, &KEY, &[]).status(), 404, "{name}");
    }
    assert!(fs::metadata(&secret).unwrap().len() > 0);
    let cleared = gateway.connect().ask("DELETE", "/api/logs?file=loom.log", &KEY, &[]);
    assert_eq!(cleared.json(), json!({ "success": true, "message": "Logs cleared successfully" }));
}

/// Defect 3: keys and prompts stood in the log, which said all by default.
#[test]
fn the_log_holds_neither_keys_nor_words_at_any_level() {
    let gateway = gateway("trace");
    let mut tail = gateway.connect();
    tail.begin("GET", "/api/logs/stream", &KEY, &[]);
    assert!(tail.hears(": listening"));
    for key in ["the-key", "wrong-key"] {
        let headers = [("x-api-key", key), ("cookie", "a-cookie"), ("user-agent", "agent/1")];
        gateway.post(&format!("{MESSAGES}?secret=in-the-query"), &headers, question("any", false));
    }
    assert!(tail.hears("refused"));
    let file = gateway.home().join(".wireloom/logs/loom.log");
    let log = fs::read_to_string(file).unwrap() + &gateway.log();
    assert!(log.contains("refused"), "{log}");
    for secret in ["the-key", "wrong-key", UPSTREAM_KEY, "a-cookie", "in-the-query", "Hello?"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// Whatever is said, by whomever and wherever: none of it stands in the log at any level.
#[test]
fn no_secret_of_the_configuration_of_headers_or_of_bodies_reaches_the_log() {
    let upstream = Upstream::start(|request, peer| {
        let headers =
            [("content-type", "application/json"), ("set-cookie", "sweep-upstream-cookie"), ("x-own", "sweep-own")];
        match request.text() {
            text if text.contains("fail") => {
                let error =
                    json!({ "error": { "message": "no, sweep-fixed-header-2 sk-upstream-secret", "type": "x" } });
                peer.whole(500, &headers, error.to_string().as_bytes());
            }
            text if text.contains("\"stream\":true") => {
                peer.begin(200, &[("content-type", "text/event-stream"), headers[1], headers[2]]);
                let mut piece = super::delta(json!({ "role": "assistant", "content": "sweep-answer" }), None);
                piece["sweep-unknown"] = "sweep-unknown-value".into();
                peer.piece(&super::support::sse::openai(&[piece, super::delta(json!({}), Some("stop"))]));
                peer.end();
            }
            _ => peer.whole(200, &headers, chat_answer().to_string().replace("Hi.", "sweep-answer").as_bytes()),
        }
    });
    let mut config = config(&upstream);
    (config["APIKEY"], config["LOG_FILE"], config["LOG_LEVEL"]) = ("the-key".into(), "loom.log".into(), "trace".into());
    config["keys"] = json!([{ "name": "team", "key": "sweep-team-key" }]);
    config["records"] = json!({ "bodies": true });
    config["otlp"] = json!({ "endpoint": "http://127.0.0.1:9", "headers": { "x-otlp": "sweep-otlp-header" } });
    config["Providers"][0]["headers"] = json!({ "x-fixed": "sweep-fixed-header-2" });
    config["Providers"][0]["api_keys"] = json!(["sweep-key-a", "sweep-key-b"]);
    config["retry"] = json!({ "attempts": 1, "backoff_ms": 1 });
    let gateway = Gateway::start(&config);
    let words = |extra: &str, stream: bool| {
        let schema = json!({ "type": "object", "properties": { "sweep-property": { "type": "string" } } });
        json!({
            "model": "sweep-model", "max_tokens": 9, "stream": stream, "system": "sweep-system",
            "messages": [{ "role": "user", "content": format!("sweep-words {extra}") }], "sweep-field": "sweep-field-value",
            "tools": [{ "name": "Read", "description": "sweep-tool", "input_schema": schema }],
            "metadata": { "user_id": "sweep-user" },
        })
    };
    for (name, key) in [
        ("x-api-key", "sweep-team-key"),
        ("authorization", "Bearer sweep-team-key"),
        ("x-goog-api-key", "sweep-team-key"),
        ("x-api-key", "sweep-wrong-key"),
    ] {
        let headers = [(name, key), ("cookie", "sweep-cookie"), ("x-any", "sweep-any"), ("traceparent", "sweep-trace")];
        for (extra, stream) in [("", false), ("", true), ("fail", false)] {
            let body = words(extra, stream).to_string();
            gateway.post(&format!("{MESSAGES}?sweep-query=sweep-query-value"), &headers, &body);
            gateway.post(super::CHAT, &headers, &body);
        }
        gateway.post(MESSAGES, &headers, "{ \"sweep-broken\": ");
        gateway.post("/sweep-nowhere?key=sweep-query-key", &headers, "sweep-body");
        gateway.post(&format!("{MESSAGES}/count_tokens"), &headers, words("", false).to_string());
    }
    gateway.get("/v1beta/models?key=sweep-query-key", &[]);
    let file = gateway.home().join(".wireloom/logs/loom.log");
    let end = std::time::Instant::now() + super::support::http::PATIENCE;
    while !fs::read_to_string(&file).unwrap().contains("refused") {
        assert!(std::time::Instant::now() < end);
    }
    let log = fs::read_to_string(file).unwrap() + &gateway.log();
    assert!(log.contains("refused") && log.contains("an attempt fails"), "{log}");
    // Names are told, of models, of fields that no spec knows, and of paths where nothing is.
    let told = ["sweep-model", "sweep-field", "sweep-unknown", "sweep-nowhere"];
    let rest =
        told.iter().fold(log.clone(), |log, name| log.replace(&format!("{name}-value"), "LEAK").replace(name, ""));
    let leaks: Vec<&str> = rest.lines().filter(|line| line.contains("sweep-") || line.contains("LEAK")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    assert!(!log.contains("the-key") && !log.contains(UPSTREAM_KEY), "{log}");
}

#[test]
fn how_much_is_logged_can_be_changed_while_it_runs() {
    let gateway = gateway("error");
    let set = |body: &str| {
        gateway.connect().ask(
            "PUT",
            "/api/logs/level",
            &[KEY[0], ("content-length", &body.len().to_string())],
            body.as_bytes(),
        )
    };
    assert_eq!(gateway.get("/api/logs/level", &KEY).json(), json!({ "level": "error" }));
    gateway.post(MESSAGES, &KEY, "{ before");
    assert_eq!(set("{\"level\":\"debug\"}").json(), json!({ "level": "debug" }));
    gateway.post(MESSAGES, &KEY, "{ after");
    for body in ["{\"level\":\"everything\"}", "{\"level\":\"h2=trace\"}", "{}", ""] {
        assert_eq!(set(body).status(), 400, "{body}");
    }
    assert_eq!(gateway.get("/api/logs/level", &KEY).json(), json!({ "level": "debug" }));
    let log = gateway.log();
    assert_eq!(log.matches("the body cannot be read").count(), 1, "{log}");
}

#[test]
fn who_listens_to_the_log_does_not_keep_the_service_from_ending() {
    let mut gateway = gateway("info");
    let mut tail = gateway.connect();
    tail.begin("GET", "/api/logs/stream", &KEY, &[]);
    gateway.post(MESSAGES, &KEY, "{");
    assert!(tail.hears("\"message\":\"refused\"") || tail.hears("refused"));
    gateway.terminate();
    assert!(tail.rest().1.is_ok());
    assert_eq!(gateway.ended(), Some(0));
}

#[test]
fn without_a_file_there_are_no_lines() {
    let gateway = Gateway::start(&config(&Upstream::json(200, "")));
    assert_eq!(gateway.get("/api/logs/files", &[]).json(), json!([]));
    assert_eq!(gateway.get("/api/logs", &[]).json(), json!([]));
}
