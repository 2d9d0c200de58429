//! Custom routers, run unchanged: each file in `tests/routers` says in its comments what is asked and what it answers.

#![cfg(feature = "custom-router")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use wireloom::script::{RequestView, Script, ScriptError};

fn view(case: &Value) -> RequestView {
    let headers = case.get("headers").cloned().unwrap_or(json!({}));
    let session = case["session"].as_str().map(str::to_owned);
    RequestView { body: case["body"].to_string(), headers: headers.to_string(), session }
}

/// Asks a router once, in the order of its cases; `tokens` is what a count gives.
#[track_caller]
fn ask(script: &Script, case: &Value) -> Result<Option<String>, ScriptError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(script.route(view(case), async { case["tokens"].as_u64().unwrap_or(7) }))
}

/// A router of that text.
fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("router.js");
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[track_caller]
fn answer(text: &str) -> Result<Option<String>, ScriptError> {
    let (_folder, path) = written(text);
    ask(&Script::load(&path, "{}").unwrap(), &json!({ "body": { "model": "m" } }))
}

#[track_caller]
fn thrown(answer: Result<Option<String>, ScriptError>) -> String {
    match answer {
        Err(ScriptError::Thrown { message }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn routers_decide_as_their_comments_say() {
    let mut count = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routers")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "js") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let cases: Vec<_> = text.lines().filter_map(|line| line.split_once("@case ")).collect();
        assert!(!cases.is_empty(), "{} has no case", path.display());
        for (_, case) in cases {
            let (case, wanted) = case.split_once(" => ").unwrap();
            let case: Value = serde_json::from_str(case).unwrap();
            // What is no route is left to the usual rules.
            let wanted = serde_json::from_str::<String>(wanted).ok().filter(|route| !route.is_empty());
            let config = case.get("config").cloned().unwrap_or(json!({}));
            let script = Script::load(&path, &config.to_string()).unwrap();
            assert_eq!(ask(&script, &case), Ok(wanted), "{}: {case}", path.display());
            count += 1;
        }
    }
    assert!(count >= 18, "{count}");
}

#[test]
fn tokens_are_counted_only_for_who_asks_and_once() {
    let counted = Cell::new(0);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let route = |text: &str| {
        counted.set(0);
        let (_folder, path) = written(text);
        let script = Script::load(&path, "{}").unwrap();
        let count = async {
            counted.set(counted.get() + 1);
            tokio::task::yield_now().await;
            61_000
        };
        let view = RequestView { body: "{}".into(), headers: "{}".into(), session: None };
        let route = runtime.block_on(script.route(view, count)).unwrap();
        (route, counted.get())
    };
    assert_eq!(route("module.exports = async (req) => null"), (None, 0));
    let text = "module.exports = (req) => req.tokenCount > 60000 && req.tokenCount < 62000 && `p,${req.tokenCount}`";
    assert_eq!(route(text), (Some("p,61000".into()), 1));
}

#[test]
fn an_endless_loop_is_stopped_and_the_next_request_is_served() {
    let (_folder, path) = written(
        "module.exports = async (req) => { while (req.body.hang) { try { for (;;) {} } catch {} } return 'p,m'; }",
    );
    let script = Script::load(&path, "{}").unwrap();
    for _ in 0..3 {
        let begin = Instant::now();
        let hung = ask(&script, &json!({ "body": { "hang": true } }));
        assert!(matches!(hung, Err(ScriptError::Slow { .. })), "{hung:?}");
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert_eq!(ask(&script, &json!({ "body": {} })), Ok(Some("p,m".into())));
    }
}

#[test]
fn what_it_leaves_running_does_not_hold_up_its_answer_for_ever() {
    let text = "module.exports = async () => { const go = () => Promise.resolve().then(go); go(); return 'p,m'; }";
    assert_eq!(answer(text), Ok(Some("p,m".into())));
}

#[test]
fn memory_has_an_end() {
    let (_folder, path) = written(
        "module.exports = (req) => { const held = []; while (req.body.eat) held.push(new Uint8Array(1 << 20)); return 'p,m'; }",
    );
    let script = Script::load(&path, "{}").unwrap();
    let eaten = ask(&script, &json!({ "body": { "eat": true } }));
    assert!(matches!(eaten, Err(ScriptError::Greedy { .. } | ScriptError::Slow { .. })), "{eaten:?}");
    assert_eq!(ask(&script, &json!({ "body": {} })), Ok(Some("p,m".into())));
    let deep = answer("module.exports = () => { const fall = () => fall() + 1; return fall(); }");
    assert!(thrown(deep).contains("stack"));
}

#[test]
fn what_it_throws_is_told_with_its_place() {
    let message = thrown(answer("module.exports = async (req) => {\n  return req.body.messages.at(-1);\n};"));
    assert!(message.contains("undefined") && message.contains("router.js:2"), "{message}");
    assert!(thrown(answer("module.exports = () => { throw 'plain words' }")).contains("plain words"));
    assert!(thrown(answer("module.exports = () => Promise.reject(new TypeError('no'))")).contains("no"));
}

#[test]
fn garbage_is_no_route() {
    for (text, kind) in [("42", "int"), ("({ provider: 'p' })", "object"), ("['p', 'm']", "array"), ("true", "bool")] {
        let odd = answer(&format!("module.exports = async () => {text}"));
        assert_eq!(odd, Err(ScriptError::Odd { kind }), "{text}");
    }
    for text in ["''", "null", "undefined", "false", "'  '"] {
        assert_eq!(answer(&format!("module.exports = () => {text}")), Ok(None), "{text}");
    }
    assert_eq!(answer("module.exports = () => new Promise(() => {})"), Err(ScriptError::Pending));
}

#[test]
fn there_is_no_way_out() {
    for (text, missing) in [
        ("require('fs').readFileSync('/etc/passwd')", "`fs`"),
        ("require('node:child_process')", "`node:child_process`"),
        ("require('axios')", "`axios`"),
        ("require('https').get('https://h')", "`https`"),
        ("process.env.HOME", "`process`"),
        ("fetch('https://h')", "`fetch`"),
        ("setTimeout(() => {}, 10)", "`setTimeout`"),
        ("require('../outside')", "../outside"),
        ("require('/etc/hostname')", "/etc/hostname"),
    ] {
        let message = thrown(answer(&format!("module.exports = async () => {text}")));
        assert!(message.contains(missing), "{text}: {message}");
    }
}

#[test]
fn files_above_its_folder_stay_unread() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("inside")).unwrap();
    fs::write(folder.path().join("secret.json"), "{\"a\":1}").unwrap();
    let path = folder.path().join("inside/router.js");
    fs::write(&path, "module.exports = () => require('../secret.json').a").unwrap();
    let message = thrown(ask(&Script::load(&path, "{}").unwrap(), &json!({ "body": {} })));
    assert!(message.contains("not in the folder of the custom router"), "{message}");
}

#[test]
fn what_cannot_be_loaded_is_told() {
    let missing = Script::load(Path::new("not/there.js"), "{}").unwrap_err();
    assert!(missing.to_string().starts_with("not/there.js cannot be read: "), "{missing}");
    for (text, told) in [
        ("module.exports = {}", "it exports no function"),
        ("module.exports = async (req => {", "router.js:"),
        ("throw new Error('not today')", "not today"),
        ("export default async () => null", "export"),
        ("for (;;) {}", "longer than 2000 ms"),
    ] {
        let (_folder, path) = written(text);
        let error = Script::load(&path, "{}").unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn a_body_of_some_size_is_decided_on_in_time() {
    let messages: Vec<Value> =
        (0..400).map(|n| json!({ "role": "user", "content": format!("{n} {}", "word ".repeat(200)) })).collect();
    let (_folder, path) = written("module.exports = ({ body }) => `p,${body.messages.length}`");
    let script = Script::load(&path, "{}").unwrap();
    assert_eq!(ask(&script, &json!({ "body": { "messages": messages } })), Ok(Some("p,400".into())));
}

#[test]
fn many_requests_at_once_are_decided() {
    let (_folder, path) = written("module.exports = async ({ body }) => { await null; return `p,${body.n}` }");
    let script = Script::load(&path, "{}").unwrap();
    std::thread::scope(|scope| {
        for n in 0..32 {
            let script = &script;
            scope.spawn(move || assert_eq!(ask(script, &json!({ "body": { "n": n } })), Ok(Some(format!("p,{n}")))));
        }
    });
}
