//! The plugin `token-speed`: who it tells how fast answers come.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES, chat_answer, delta,
    support::{
        gateway::{Gateway, config},
        http::PATIENCE,
        sse::openai,
        upstream::Upstream,
    },
};

const SESSION: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// An upstream that tells the tokens of its streams, or does not.
fn upstream(tells: bool) -> Upstream {
    Upstream::start(move |request, peer| {
        if request.json()["stream"] != true {
            return peer.whole(200, &[("content-type", "application/json")], chat_answer().to_string().as_bytes());
        }
        let mut last = delta(json!({}), None);
        (last["choices"], last["usage"]) = (json!([]), json!({ "prompt_tokens": 10, "completion_tokens": 500 }));
        let mut frames =
            vec![delta(json!({ "role": "assistant", "content": "Hi." }), None), delta(json!({}), Some("stop"))];
        frames.extend(tells.then_some(last));
        peer.begin(200, &[("content-type", "text/event-stream")]);
        peer.piece(&openai(&frames));
        peer.end();
    })
}

fn plugged(upstream: &Upstream, options: Value) -> Value {
    let mut config = config(upstream);
    config["plugins"] = json!([{ "name": "token-speed", "enabled": true, "options": options }]);
    config
}

fn asked(stream: bool) -> String {
    let messages = json!([{ "role": "user", "content": "Hello?" }]);
    let user = format!("user_1_account__session_{SESSION}");
    let body = json!({
        "model": "m", "max_tokens": 99, "messages": messages, "stream": stream,
        "metadata": { "user_id": user }, "user": user,
    });
    body.to_string()
}

/// Starts a gateway with a folder for temporary files of its own.
fn start(config: &Value) -> (Gateway, tempfile::TempDir) {
    let temporary = tempfile::tempdir().unwrap();
    let line = format!("export TMPDIR='{}'", temporary.path().display());
    (Gateway::start_behind(&line, config), temporary)
}

#[track_caller]
fn told(temporary: &Path) -> (PathBuf, Value) {
    let path = temporary.join(format!("claude-code-router/session-{SESSION}.json"));
    let end = Instant::now() + PATIENCE;
    loop {
        if let Ok(text) = fs::read(&path) {
            return (path, serde_json::from_slice(&text).unwrap());
        }
        assert!(Instant::now() < end, "nothing is told");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_file_tells_the_speed_of_a_session() {
    let upstream = upstream(true);
    let (gateway, temporary) = start(&plugged(&upstream, json!({})));
    let answer = gateway.post(MESSAGES, &[], asked(true));
    assert!(answer.text().contains("message_stop"), "{}", answer.everything());
    let (path, report) = told(temporary.path());
    assert_eq!(
        (&report["sessionId"], &report["stream"], &report["tokenCount"]),
        (&json!(SESSION), &json!(true), &json!(500))
    );
    assert!(report["tokensPerSecond"].as_f64().unwrap() > 500.0, "{report}");
    assert!(report["timeToFirstToken"].as_str().unwrap().ends_with("ms"), "{report}");
    assert!(report["duration"].as_str().unwrap().ends_with('s'), "{report}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::remove_file(path).unwrap();
    gateway.post(MESSAGES, &[], asked(false));
    let (_, whole) = told(temporary.path());
    assert_eq!(
        (&whole["stream"], &whole["tokenCount"], &whole["timeToFirstToken"]),
        (&json!(false), &json!(2), &json!("N/A"))
    );
}

#[test]
fn what_a_provider_does_not_tell_is_counted() {
    let upstream = upstream(false);
    let (gateway, temporary) = start(&plugged(&upstream, json!({ "outputHandlers": [{ "type": "temp-file" }] })));
    // Its bytes pass through.
    let answer = gateway.post(CHAT, &[], asked(true));
    assert!(answer.text().contains("Hi."), "{}", answer.everything());
    assert_eq!(told(temporary.path()).1["tokenCount"], 2);
}

#[test]
fn nobody_is_told_without_the_plugin_or_without_a_session() {
    let upstream = upstream(true);
    let (gateway, temporary) = start(&config(&upstream));
    gateway.post(MESSAGES, &[], asked(true));
    drop(gateway);
    let (other, elsewhere) = start(&plugged(&upstream, json!({})));
    other.post(MESSAGES, &[], asked(true).replace("_session_", "_sess_"));
    drop(other);
    for folder in [temporary.path(), elsewhere.path()] {
        assert!(!folder.join("claude-code-router").exists());
    }
}

#[test]
fn a_webhook_is_told_again_until_it_takes_the_report_and_its_token_stays_secret() {
    let calls = AtomicUsize::new(0);
    let hook = Upstream::start(move |_, peer| {
        let status = if calls.fetch_add(1, Ordering::SeqCst) == 0 { 503 } else { 200 };
        peer.whole(status, &[], b"");
    });
    let upstream = upstream(true);
    let handler = json!({ "type": "webhook", "config": {
        "url": format!("http://{}/told?k=s3cr3t-query", hook.address), "method": "put", "headers": { "x-src": "w" },
        "auth": { "type": "bearer", "token": "s3cr3t-token" }, "retry": { "maxAttempts": 2, "backoffMs": 1 } } });
    let options = json!({
        "reporter": ["console", "webhook"], "outputHandlers": [handler, { "type": "console" }, { "type": "temp-file" }],
        "outputOptions": { "prefix": "P", "metadata": { "team": "t" } },
    });
    let (gateway, temporary) = start(&plugged(&upstream, options));
    gateway.post(MESSAGES, &[], asked(true));
    let end = Instant::now() + PATIENCE;
    while hook.asked().len() < 2 {
        assert!(Instant::now() < end, "{}", gateway.logged());
        thread::sleep(Duration::from_millis(5));
    }
    let call = &hook.asked()[1];
    assert_eq!(call.header("authorization"), Some("Bearer s3cr3t-token"));
    assert_eq!(call.header("x-src"), Some("w"));
    assert!(call.everything().starts_with("PUT /told"), "{}", call.everything());
    let body = call.json();
    assert_eq!(
        (&body["prefix"], &body["metadata"]["team"], &body["data"]["tokenCount"]),
        (&json!("P"), &json!("t"), &json!(500))
    );
    // `reporter` does not name the file.
    assert!(!temporary.path().join("claude-code-router").exists());
    let log = gateway.log();
    assert!(log.contains("tokens/s") && !log.contains("s3cr3t"), "{log}");
}
