//! Presets: configurations of their own below `/preset/NAME`.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    chat_answer, question,
    support::{
        gateway::{Gateway, config},
        http::PATIENCE,
        upstream::Upstream,
    },
};

/// A manifest that asks for a key and a model.
fn manifest(upstream: &Upstream) -> Value {
    json!({
        "name": "team", "version": "1.2.0", "description": "What the team has agreed on",
        "schema": [
            { "id": "key", "type": "password", "prompt": "Which key?" },
            { "id": "model", "type": "select", "options": [{ "value": "small" }, { "value": "large" }], "defaultValue": "small" },
            { "id": "far", "type": "confirm", "defaultValue": false },
            { "id": "host", "when": { "field": "far", "value": true } },
        ],
        "Providers": [{
            "name": "hub", "api_base_url": format!("http://{}/v1/chat/completions", upstream.address),
            "api_key": "#{key}", "models": ["small", "large"],
        }],
        "Router": { "default": "hub,#{model}" },
    })
}

fn put(home: &Path, manifest: &Value) {
    let folder = home.join(".wireloom/presets/team");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

/// Waits until a preset answers with that status.
#[track_caller]
fn comes_to(gateway: &Gateway, status: u16) {
    let end = Instant::now() + PATIENCE;
    while gateway.post("/preset/team/v1/messages", &[("x-api-key", "k")], question("any", false)).status() != status {
        assert!(Instant::now() < end, "{}", gateway.logged());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_preset_is_served_as_soon_as_it_is_there_and_as_long() {
    let (own, main) = (Upstream::json(200, chat_answer().to_string()), Upstream::json(200, chat_answer().to_string()));
    let mut config = config(&main);
    config["APIKEY"] = "k".into();
    let gateway = Gateway::start(&config);
    let key = [("x-api-key", "k")];
    assert_eq!(gateway.post("/preset/team/v1/messages", &key, question("any", false)).status(), 404);
    let mut answered = manifest(&own);
    answered["userValues"] = json!({ "key": "sk-of-the-preset" });
    put(gateway.home(), &answered);
    comes_to(&gateway, 200);
    let asked = own.asked().pop().unwrap();
    assert_eq!(asked.json()["model"], "small");
    assert_eq!(asked.header("authorization"), Some("Bearer sk-of-the-preset"));
    assert_eq!(main.asked().len(), 0, "the main providers have not been asked");
    for path in ["/preset/team/v1/chat/completions", "/preset/team/v1/responses"] {
        let body = question("hub,large", false);
        let told = gateway.post(path, &key, body).status();
        assert!(told == 200 || path.ends_with("responses"), "{path}: {told}");
    }
    let models = gateway.get("/preset/team/v1/models", &key).json();
    assert_eq!(models["data"][0]["id"], "hub,small", "{models}");
    assert_eq!(gateway.post("/preset/team/v1/messages/count_tokens", &key, question("any", false)).status(), 200);
    // The key is asked for before anything is said of which presets there are.
    for name in ["team", "nobody"] {
        let refused = gateway.post(&format!("/preset/{name}/v1/messages"), &[], question("any", false));
        assert_eq!(refused.status(), 401, "{name}");
    }
    fs::remove_dir_all(gateway.home().join(".wireloom/presets/team")).unwrap();
    comes_to(&gateway, 404);
}

#[test]
fn a_preset_that_lacks_an_answer_is_told_of_and_harms_nobody() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    put(gateway.home(), &manifest(&upstream));
    let end = Instant::now() + PATIENCE;
    while !gateway.logged().contains("the preset asks for key, and there is no answer") {
        assert!(Instant::now() < end, "{}", gateway.logged());
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(gateway.post("/preset/team/v1/messages", &[], question("any", false)).status(), 404);
    assert_eq!(gateway.post("/v1/messages", &[], question("any", false)).status(), 200);
}

fn wireloom(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireloom"));
    command.args(arguments).current_dir(home).env("HOME", home).env_remove("WIRELOOM_CONFIG").output().unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &told
}

#[test]
fn presets_are_installed_answered_shown_and_deleted() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let upstream = Upstream::json(200, chat_answer().to_string());
    let source = home.join("given");
    fs::create_dir_all(source.join("scripts")).unwrap();
    fs::write(source.join("manifest.json"), manifest(&upstream).to_string()).unwrap();
    fs::write(source.join("scripts/line.js"), "module.exports = () => 'x'").unwrap();
    let lacking = wireloom(home, &["preset", "install", "given"]);
    assert_eq!(lacking.status.code(), Some(2), "{lacking:?}");
    assert!(String::from_utf8_lossy(&lacking.stderr).contains("--set"), "{lacking:?}");
    // What was answered before stays, so that the rest can be given later.
    let told =
        done(&wireloom(home, &["preset", "install", "team", "--set", "key=sk-secret-1", "--set", "model=large"]));
    assert!(told.contains("/preset/team"), "{told}");
    let folder = home.join(".wireloom/presets/team");
    assert!(folder.join("scripts/line.js").is_file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.join("manifest.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "answers may be keys");
    }
    assert!(done(&wireloom(home, &["preset", "list"])).contains("team"), "it is listed");
    let shown = done(&wireloom(home, &["preset", "info", "team"]));
    assert!(shown.contains("hub,large") && !shown.contains("sk-secret-1"), "{shown}");
    let wrong = wireloom(home, &["preset", "install", "team", "--set", "model=huge"]);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
    assert!(!wireloom(home, &["preset", "info", "../given"]).status.success(), "a name is no path");
    done(&wireloom(home, &["preset", "delete", "team"]));
    assert!(!folder.exists());
}

#[test]
fn an_exported_preset_asks_for_each_secret_and_works_again() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let config = json!({
        "APIKEY": "sk-top", "Router": { "default": "one,m" },
        "Providers": [
            { "name": "one", "api_base_url": "http://127.0.0.1:9/v1/chat/completions", "api_key": "sk-one", "models": ["m"] },
            { "name": "two", "api_base_url": "http://127.0.0.1:9/v1/chat/completions", "api_key": "sk-two", "models": ["n"] },
            { "name": "three", "api_base_url": "http://127.0.0.1:9/v1/chat/completions", "api_key": "$THREE", "models": ["o"] },
        ],
    });
    fs::write(home.join("config.json"), config.to_string()).unwrap();
    let exported =
        ["preset", "export", "shared", "--config", "config.json", "--output", "shared.json", "--tags", "a,b"];
    let told = done(&wireloom(home, &exported));
    let text = fs::read_to_string(home.join("shared.json")).unwrap();
    for secret in ["sk-top", "sk-one", "sk-two"] {
        assert!(!text.contains(secret) && !told.contains(secret), "{secret} in {text}{told}");
    }
    assert!(text.contains("$THREE"), "a variable tells nothing: {text}");
    assert_eq!(wireloom(home, &exported).status.code(), Some(2), "nothing is written over");
    let answers = ["--set", "apikey=a", "--set", "one_api_key=b", "--set", "two_api_key=c"];
    let install = [&["preset", "install", "shared.json"], &answers[..]].concat();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireloom"));
    let output = command.args(install).current_dir(home).env("HOME", home).env("THREE", "d").output().unwrap();
    done(&output);
    let manifest = fs::read_to_string(home.join(".wireloom/presets/shared/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["userValues"], json!({ "apikey": "a", "one_api_key": "b", "two_api_key": "c" }));
    assert_eq!(manifest["keywords"], json!(["a", "b"]));
}
