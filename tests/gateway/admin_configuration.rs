//! The configuration over HTTP: what is shown of it, and how it is changed.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{
    CHAT, chat_answer, question,
    support::{gateway::Gateway, http::Message, upstream::Upstream},
};

pub(super) const KEY: (&str, &str) = ("x-api-key", "the-key");

/// A configuration as a person writes it.
fn text(upstream: &Upstream) -> String {
    format!(
        "// Ours; the old key was sk-yesterday.
{{
  APIKEY: 'the-key', // for all of us
  retry: {{ backoff_ms: 1 }},
  Providers: [
    // The first one.
    {{ name: 'chat', api_base_url: 'http://{0}/v1/chat/completions', api_key: 'sk-plain', models: ['one'] }},
    {{ name: 'other', api_base_url: 'http://{0}/v1/chat/completions', api_key: '$OTHER_KEY', models: ['two'] }}, // by variable
  ],
  Router: {{ default: 'chat,one', longContextThreshold: 50000 }},
  fallback: {{ default: ['other,two'] }},
}}
",
        upstream.address
    )
}

fn started() -> (Upstream, Gateway) {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::written(&text(&upstream), &[("OTHER_KEY", "sk-from-outside")]);
    (upstream, gateway)
}

fn file(gateway: &Gateway) -> String {
    fs::read_to_string(gateway.home().join("config.json5")).unwrap()
}

fn backups(home: &Path) -> usize {
    let names = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("config.json5.") && name.ends_with(".bak")).count()
}

fn get(gateway: &Gateway, query: &str) -> Message {
    let answer = gateway.get(&format!("/api/config{query}"), &[KEY]);
    assert_eq!(answer.status(), 200, "{}", answer.everything());
    answer
}

/// The mark of what stands in the file.
fn mark(answer: &Message) -> String {
    answer.header("etag").unwrap().to_owned()
}

fn put(gateway: &Gateway, mark: &str, kind: &str, body: &str) -> Message {
    let headers = [KEY, ("if-match", mark), ("content-type", kind)];
    gateway.connect().ask("PUT", "/api/config", &headers, body.as_bytes())
}

/// Which model a request goes to.
fn model(gateway: &Gateway) -> Value {
    let asked = json!({ "body": serde_json::from_str::<Value>(&question("any", false)).unwrap() });
    let explained = gateway.post("/api/explain", &[KEY], asked.to_string());
    assert_eq!(explained.status(), 200, "{}", explained.everything());
    explained.json()["candidates"][0]["model"].clone()
}

/// Defects 4 and 52: the configuration was shown with its secrets, those of variables too.
#[test]
fn the_configuration_is_shown_without_secrets_in_each_form() {
    let (_upstream, gateway) = started();
    let data = get(&gateway, "").json();
    assert_eq!((&data["APIKEY"], &data["Providers"][0]["api_key"]), (&json!("********"), &json!("********")));
    assert_eq!(data["Providers"][1]["api_key"], "$OTHER_KEY");
    assert_eq!(data["Router"]["default"], "chat,one");
    let written = get(&gateway, "?format=json5");
    assert_eq!(written.header("content-type"), Some("application/json5"));
    assert!(written.text().contains("api_key: '$OTHER_KEY', models: ['two'] }, // by variable"), "{}", written.text());
    let effective = get(&gateway, "?effective=true").text();
    assert!(effective.contains("PORT: 3456, // default") && effective.contains("$OTHER_KEY"), "{effective}");
    assert!(effective.contains("config.json5:"), "{effective}");
    for answer in [get(&gateway, ""), written, get(&gateway, "?effective=true")] {
        for secret in ["the-key", "sk-plain", "sk-from-outside", "sk-yesterday"] {
            assert!(!answer.everything().contains(secret), "{secret} in {}", answer.everything());
        }
    }
    assert_eq!(mark(&get(&gateway, "")), mark(&get(&gateway, "?format=json5")));
    assert_eq!(gateway.get("/api/config?format=yaml", &[KEY]).status(), 400);
}

/// Defect 52: what was saved had lost its comments and variables.
#[test]
fn what_is_sent_back_unchanged_leaves_the_file_as_it_is() {
    let (_upstream, gateway) = started();
    let before = file(&gateway);
    for (query, kind) in [("", "application/json"), ("?format=json5", "application/json5")] {
        let answer = get(&gateway, query);
        let done = put(&gateway, &mark(&answer), kind, &answer.text());
        assert_eq!(done.status(), 200, "{}", done.everything());
        assert_eq!(file(&gateway), before, "{query}");
    }
    assert_eq!(backups(gateway.home()), 0, "nothing was written");
}

#[test]
fn a_change_counts_at_once_and_leaves_all_else_as_it_was_written() {
    let (upstream, gateway) = started();
    let before = file(&gateway);
    let answer = get(&gateway, "");
    let mut data = answer.json();
    data["Router"]["default"] = "other,two".into();
    data["Providers"][0]["models"] = json!(["one", "three"]);
    let done = put(&gateway, &mark(&answer), "application/json", &data.to_string());
    assert_eq!(done.status(), 200, "{}", done.everything());
    assert_eq!((&done.json()["success"], &done.json()["generation"]), (&json!(true), &json!(2)));
    let expected = before
        .replace("default: 'chat,one', long", "default: 'other,two', long")
        .replace("models: ['one']", "models: ['one', 'three']");
    assert_eq!(file(&gateway), expected);
    assert_eq!(model(&gateway), "two");
    assert_eq!(gateway.post(CHAT, &[KEY], question("any", false)).status(), 200);
    let asked = upstream.only();
    assert_eq!(asked.header("authorization"), Some("Bearer sk-from-outside"));
    assert_eq!(backups(gateway.home()), 1);
    assert_eq!(gateway.get("/health", &[]).json()["config"]["generation"], 2);
    // The mark that came with the answer is that of the new text.
    assert_eq!(mark(&done), mark(&get(&gateway, "")));
}

#[test]
fn a_text_of_ones_own_becomes_the_file_with_the_secrets_that_were_there() {
    let (_upstream, gateway) = started();
    let answer = get(&gateway, "?format=json5");
    let sent =
        answer.text().replace("'chat,one'", "'chat,one' /* mine */").replace("name: 'other'", "name: \"another\"");
    let sent = sent.replace("other,two", "another,two");
    let done = put(&gateway, &mark(&answer), "application/json5", &sent);
    assert_eq!(done.status(), 200, "{}", done.everything());
    let written = file(&gateway);
    for part in [
        "default: 'chat,one' /* mine */",
        "name: \"another\"",
        "api_key: 'sk-plain'",
        "// Ours; the old key was sk-yesterday.",
        "APIKEY: 'the-key', // for all of us",
    ] {
        assert!(written.contains(part), "{part} is not in {written}");
    }
}

#[test]
fn a_configuration_with_mistakes_changes_nothing_and_all_are_told() {
    let (_upstream, gateway) = started();
    let before = file(&gateway);
    let answer = get(&gateway, "?format=json5");
    let sent = answer.text().replace("'chat,one'", "'caht,one'").replace("backoff_ms: 1", "backof_ms: 1");
    let refused = put(&gateway, &mark(&answer), "application/json5", &sent);
    assert_eq!(refused.status(), 422, "{}", refused.everything());
    let error = refused.json()["error"].clone();
    assert_eq!(error["type"], "invalid_request");
    let problem = |code: &str| {
        let problems = error["problems"].as_array().unwrap();
        problems.iter().find(|problem| problem["code"] == code).unwrap_or_else(|| panic!("no {code}: {error}")).clone()
    };
    let route = problem("C011");
    assert_eq!((&route["path"], &route["line"], &route["column"]), (&json!("/Router/default"), &json!(10), &json!(22)));
    assert!(route["help"].as_str().unwrap().contains("chat"), "{route}");
    assert_eq!(problem("C015")["line"], 4);
    let mut data = get(&gateway, "").json();
    data["Router"]["default"] = "caht,one".into();
    let refused = put(&gateway, "*", "application/json", &data.to_string());
    assert_eq!((refused.status(), &refused.json()["error"]["problems"][0]["code"]), (422, &json!("C011")));
    // A secret that nobody knows is told, not written.
    data["Router"]["default"] = "chat,one".into();
    let new = json!({ "name": "new", "api_base_url": "http://h/v1", "api_key": "********", "models": ["m"] });
    data["Providers"].as_array_mut().unwrap().push(new);
    let refused = put(&gateway, "*", "application/json", &data.to_string());
    assert_eq!((refused.status(), &refused.json()["error"]["problems"][0]["code"]), (422, &json!("C022")));
    // Nor is what could be no gateway.
    let refused = put(&gateway, "*", "application/json5", "{ APIKEY: 'the-key', REWRITE_SYSTEM_PROMPT: '/nowhere' }");
    assert_eq!(refused.status(), 422, "{}", refused.everything());
    let refused = put(&gateway, "*", "application/json5", "{ APIKEY: 'sk-typed', oh no");
    assert_eq!((refused.status(), &refused.json()["error"]["problems"][0]["code"]), (422, &json!("J001")));
    assert!(!refused.everything().contains("sk-typed"));
    assert_eq!((file(&gateway), backups(gateway.home())), (before, 0));
    assert_eq!(gateway.get("/health", &[]).json()["config"]["generation"], 1);
    assert_eq!(model(&gateway), "one");
}

#[test]
fn nobody_writes_over_what_they_have_not_seen() {
    let (_upstream, gateway) = started();
    let answer = get(&gateway, "");
    let none = gateway.connect().ask("PUT", "/api/config", &[KEY], answer.text().as_bytes());
    assert_eq!(none.status(), 428, "{}", none.everything());
    let path = gateway.home().join("config.json5");
    fs::write(&path, file(&gateway).replace("50000", "60000")).unwrap();
    let stale = put(&gateway, &mark(&answer), "application/json", &answer.text());
    assert_eq!(stale.status(), 412, "{}", stale.everything());
    assert!(file(&gateway).contains("60000"));
}

/// Defect 59: what claude-code-router's own page does not know was lost when it saved.
#[test]
fn clients_that_know_only_some_keys_lose_none() {
    let (_upstream, gateway) = started();
    let data = get(&gateway, "").json();
    let known = json!({
        "APIKEY": data["APIKEY"], "Providers": data["Providers"], "Router": { "default": "other,two" }, "LOG": false,
    });
    let saved = gateway.post("/api/config", &[KEY], known.to_string());
    assert_eq!(saved.status(), 200, "{}", saved.everything());
    assert_eq!(
        (&saved.json()["success"], &saved.json()["message"]),
        (&json!(true), &json!("Config saved successfully"))
    );
    let written = file(&gateway);
    for part in
        ["fallback: { default: ['other,two'] }", "longContextThreshold: 50000", "backoff_ms: 1", "// by variable"]
    {
        assert!(written.contains(part), "{part} is not in {written}");
    }
    assert!(written.contains("api_key: '$OTHER_KEY'") && written.contains("LOG: false"), "{written}");
    assert_eq!(model(&gateway), "two");
    let wrong = gateway.post("/api/config", &[KEY], json!({ "Router": { "default": "nobody,x" } }).to_string());
    assert_eq!(wrong.status(), 422);
    let gone = gateway.post("/api/config", &[KEY], json!({ "fallback": null }).to_string());
    assert_eq!(gone.status(), 200, "{}", gone.everything());
    assert!(!file(&gateway).contains("fallback"));
}

#[test]
fn the_last_three_texts_are_kept_as_readable_as_the_file() {
    let (_upstream, gateway) = started();
    let path = gateway.home().join("config.json5");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    for threshold in 1..=5 {
        let change = json!({ "Router": { "longContextThreshold": threshold } });
        assert_eq!(gateway.post("/api/config", &[KEY], change.to_string()).status(), 200);
    }
    assert_eq!(backups(gateway.home()), 3);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for entry in fs::read_dir(gateway.home()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_str().unwrap().starts_with("config.json5") {
                assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
            }
        }
        let before = file(&gateway);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        let refused = gateway.post("/api/config", &[KEY], json!({ "LOG": true }).to_string());
        assert_eq!(refused.status(), 409, "{}", refused.everything());
        assert!(refused.json()["error"]["message"].as_str().unwrap().contains("may only be read"));
        assert_eq!(file(&gateway), before);
    }
}

#[test]
fn without_a_file_there_is_nothing_to_show_or_to_change() {
    let gateway = Gateway::unconfigured();
    let answer = gateway.get("/api/config", &[]);
    assert_eq!(answer.status(), 404);
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("wireloom config init"));
    // Without a key nobody changes anything.
    assert_eq!(gateway.post("/api/config", &[], "{}").status(), 403);
}

#[test]
fn where_a_request_would_go_is_told_as_on_the_command_line() {
    let (upstream, gateway) = started();
    let body: Value = serde_json::from_str(&question("other,two", false)).unwrap();
    let path = gateway.home().join("request.json");
    fs::write(&path, body.to_string()).unwrap();
    let asked = json!({ "face": "anthropic", "body": body });
    let told = gateway.post("/api/explain", &[KEY], asked.to_string());
    assert_eq!(told.status(), 200, "{}", told.everything());
    let told = told.json();
    assert_eq!((&told["scenario"], &told["candidates"][0]["provider"]), (&json!("explicit"), &json!("other")));
    assert!(!told.to_string().contains("sk-"), "{told}");
    assert_eq!(upstream.asked().len(), 0, "nothing is sent");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wireloom"));
    command.args(["explain", path.to_str().unwrap(), "--json", "--face", "anthropic", "--config"]);
    command.arg(gateway.home().join("config.json5")).env("HOME", gateway.home()).env("OTHER_KEY", "sk-from-outside");
    let printed = command.output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, told);
    for body in
        [json!({}), json!({ "body": {} }), json!({ "face": "none", "body": {} }), json!({ "path": "/x", "body": {} })]
    {
        let refused = gateway.post("/api/explain", &[KEY], body.to_string());
        assert_eq!(refused.status(), 400, "{}", refused.everything());
    }
}
