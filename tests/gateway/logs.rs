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
