//! Presets over HTTP.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{
    CHAT,
    admin_configuration::KEY,
    chat_answer, question,
    support::{
        gateway::{Gateway, config},
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

fn manifest(upstream: &Upstream) -> Value {
    json!({
        "name": "mine", "version": "1.0.0", "description": "What I use", "keywords": ["a"],
        "schema": [{ "id": "hub_key", "type": "password", "label": "Key" }, { "id": "model", "type": "input", "defaultValue": "m" }],
        "Providers": [{
            "name": "hub", "api_base_url": format!("http://{}/v1/chat/completions", upstream.address),
            "api_key": "#{hub_key}", "models": ["#{model}"], "headers": { "x-team": "team-secret" },
        }],
        "Router": { "default": "hub,#{model}" },
    })
}

fn folder(gateway: &Gateway, name: &str) -> std::path::PathBuf {
    gateway.home().join(".wireloom/presets").join(name)
}

#[test]
fn a_preset_is_installed_answered_shown_and_removed() {
    let (upstream, gateway) = started();
    assert_eq!(ask(&gateway, "GET", "/api/presets", &Value::Null).json(), json!({ "presets": [] }));
    let installed = ask(&gateway, "POST", "/api/presets", &json!({ "manifest": manifest(&upstream) }));
    assert_eq!(installed.status(), 200, "{}", installed.everything());
    assert!(installed.json()["lacks"].as_str().unwrap().contains("hub_key"), "{}", installed.text());
    let at = format!("/preset/mine{CHAT}");
    assert_eq!(gateway.post(&at, &[KEY], question("any", false)).status(), 404, "it lacks an answer");
    let again = ask(&gateway, "POST", "/api/presets", &json!({ "manifest": manifest(&upstream) }));
    assert_eq!(again.status(), 409);

    let applied = ask(&gateway, "POST", "/api/presets/mine/apply", &json!({ "secrets": { "hub_key": "sk-of-hub" } }));
    assert_eq!(applied.json(), json!({ "success": true, "message": "Preset applied successfully" }));
    assert_eq!(gateway.post(&at, &[KEY], question("any", false)).status(), 200, "{}", gateway.logged());
    assert_eq!(upstream.only().header("authorization"), Some("Bearer sk-of-hub"));

    let listed = ask(&gateway, "GET", "/api/presets", &Value::Null).json();
    let about = &listed["presets"][0];
    for (key, value) in [("id", "mine"), ("name", "mine"), ("version", "1.0.0"), ("description", "What I use")] {
        assert_eq!(about[key], value, "{listed}");
    }
    assert_eq!((&about["keywords"], &about["installed"]), (&json!(["a"]), &json!(true)));
    // Defect 4.
    for path in ["/api/presets", "/api/presets/mine", "/preset/mine/providers", "/preset/mine/providers/hub"] {
        let answer = ask(&gateway, "GET", path, &Value::Null);
        assert_eq!(answer.status(), 200, "{path}: {}", answer.everything());
        for secret in ["sk-of-hub", "team-secret"] {
            assert!(!answer.everything().contains(secret), "{path}: {}", answer.everything());
        }
    }
    let shown = ask(&gateway, "GET", "/api/presets/mine", &Value::Null).json();
    assert_eq!(
        (&shown["userValues"]["hub_key"], &shown["config"]["Router"]["default"]),
        (&json!("********"), &json!("hub,m"))
    );
    assert_eq!((&shown["metadata"]["version"], &shown["schema"][0]["id"]), (&json!("1.0.0"), &json!("hub_key")));
    // What was shown comes back and stays.
    let kept = ask(
        &gateway,
        "POST",
        "/api/presets/mine/apply",
        &json!({ "secrets": { "hub_key": "********", "model": "n" } }),
    );
    assert_eq!(kept.status(), 200, "{}", kept.everything());
    gateway.post(&at, &[KEY], question("any", false));
    let asked = upstream.asked();
    assert_eq!((asked[1].header("authorization"), &asked[1].json()["model"]), (Some("Bearer sk-of-hub"), &json!("n")));

    assert_eq!(ask(&gateway, "DELETE", "/api/presets/mine", &Value::Null).json()["success"], true);
    assert!(!folder(&gateway, "mine").exists());
    assert_eq!(gateway.post(&at, &[KEY], question("any", false)).status(), 404);
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing_behind() {
    let (upstream, gateway) = started();
    assert_eq!(ask(&gateway, "POST", "/api/presets", &json!({ "manifest": 5 })).status(), 422);
    assert_eq!(ask(&gateway, "POST", "/api/presets", &json!({})).status(), 400);
    let body = json!({ "manifest": manifest(&upstream), "answers": { "nothing": "asked" } });
    assert_eq!(ask(&gateway, "POST", "/api/presets", &body).status(), 400);
    assert_eq!(ask(&gateway, "GET", "/api/presets/mine", &Value::Null).status(), 404);
    assert_eq!(ask(&gateway, "POST", "/api/presets/mine/apply", &json!({})).status(), 404);
    assert_eq!(ask(&gateway, "DELETE", "/api/presets/mine", &Value::Null).status(), 404);
    for path in ["/api/presets/market", "/api/update/check"] {
        let answer = ask(&gateway, "GET", path, &Value::Null);
        assert_eq!(answer.status(), 404, "{}", answer.everything());
        assert!(answer.json()["error"]["message"].is_string());
    }
    assert_eq!(ask(&gateway, "POST", "/api/presets/install/github", &json!({ "presetName": "x" })).status(), 404);
    assert!(!folder(&gateway, "").exists(), "nothing is installed");
}

/// Defect 11: a name could lead out of the folder of presets, to one that only begins like it.
#[test]
fn no_name_leads_out_of_the_folder_of_presets() {
    let (upstream, gateway) = started();
    let presets = gateway.home().join(".wireloom/presets");
    let beside = gateway.home().join(".wireloom/presets-others/victim");
    fs::create_dir_all(&beside).unwrap();
    fs::create_dir_all(&presets).unwrap();
    fs::write(beside.join("manifest.json"), json!({ "name": "victim" }).to_string()).unwrap();
    let is_whole = |path: &Path| path.join("manifest.json").is_file();
    for name in ["../presets-others/victim", "..", "a/b", "a\\b", "/etc", ".hidden", ""] {
        let mut manifest = manifest(&upstream);
        manifest["name"] = name.into();
        let refused = ask(&gateway, "POST", "/api/presets", &json!({ "manifest": manifest }));
        assert_eq!(refused.status(), 404, "{name}: {}", refused.everything());
    }
    for name in ["..%2Fpresets-others%2Fvictim", "%2e%2e%2fpresets-others%2fvictim", "..%5Cpresets-others", "%2Fetc"] {
        for (method, end) in [("GET", ""), ("DELETE", ""), ("POST", "/apply")] {
            let answer = ask(&gateway, method, &format!("/api/presets/{name}{end}"), &json!({}));
            assert!([404, 405].contains(&answer.status()), "{method} {name}: {}", answer.everything());
        }
    }
    assert!(is_whole(&beside));
    assert_eq!(fs::read_dir(&presets).unwrap().count(), 0);
}
