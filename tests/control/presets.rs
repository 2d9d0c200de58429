//! `wireloom PRESET [ARGUMENT…]`.

use serde_json::{Value, json};

use super::{
    claude::{program, seen},
    home::{Home, config},
};

fn home(manifest: &Value) -> Home {
    let home = Home::new(&config());
    let mut config = config();
    config["CLAUDE_PATH"] = program(&home).to_str().unwrap().into();
    config["APIKEY"] = "k".into();
    config["StatusLine"] = json!({ "enabled": true });
    home.configure(&config);
    home.write(".wireloom/presets/team/manifest.json", &manifest.to_string());
    home
}

fn provider(url: &str) -> Value {
    json!({ "name": "hub", "api_base_url": url, "api_key": "hub-key", "models": ["m"] })
}

#[test]
fn a_preset_is_a_command_whose_client_is_led_to_it() {
    let settings = json!({ "model": "opus", "env": { "DISABLE_TELEMETRY": "false", "MORE": "1" } });
    let home = home(&json!({
        "name": "team", "Providers": [provider("http://127.0.0.1:9/v1/messages")], "Router": { "default": "hub,m" },
        "claudeCodeSettings": settings,
    }));
    home.run(&["team", "-p", "do it", "--", "--x"]).well();
    let seen = seen(&home);
    let base = format!("http://{}/preset/team", home.address());
    assert_eq!(
        (seen.environment["ANTHROPIC_BASE_URL"].as_str(), &seen.arguments[2..]),
        (base.as_str(), &["-p", "do it", "--", "--x"].map(str::to_owned)[..])
    );
    let told = &seen.settings["env"];
    assert_eq!(
        (&told["ANTHROPIC_BASE_URL"], &told["MORE"], &told["DISABLE_TELEMETRY"]),
        (&json!(base), &json!("1"), &json!("false"))
    );
    assert_eq!((&told["ANTHROPIC_AUTH_TOKEN"], &seen.settings["model"]), (&json!("k"), &json!("opus")));
    assert!(seen.settings["statusLine"]["command"].as_str().unwrap().ends_with(" statusline 'team'"));
    // And it is there.
    assert_eq!(home.connect().ask("GET", "/preset/team/v1/models", &[("x-api-key", "k")], &[]).status(), 200);
}

#[test]
fn a_preset_without_a_gateway_leads_to_the_provider_itself() {
    for url in ["https://hub.example/api/v1/messages", "https://hub.example/api/", "https://hub.example/api"] {
        let home = home(&json!({ "name": "team", "noServer": true, "Providers": [provider(url)] }));
        home.run(&["team", "hello"]).well();
        let seen = seen(&home);
        assert_eq!(seen.environment["ANTHROPIC_BASE_URL"], "https://hub.example/api");
        assert_eq!(seen.environment["ANTHROPIC_AUTH_TOKEN"], "hub-key");
        assert_eq!(seen.arguments[2..], ["hello"]);
        assert!(!home.file(".wireloom/service.json").exists());
    }
    let home = home(&json!({ "name": "team", "noServer": true, "provider": "p" }));
    home.run(&["team"]).well();
    assert_eq!(seen(&home).environment["ANTHROPIC_BASE_URL"], "http://127.0.0.1:9/v1/chat/completions");
}

#[test]
fn a_word_that_is_neither_a_command_nor_a_preset_is_told_with_the_nearest() {
    let home = home(&json!({ "name": "team", "Providers": [provider("http://127.0.0.1:9/")] }));
    for (word, near) in [("statsu", "did you mean `status`?"), ("taem", "did you mean `team`?"), ("../team", "neither")]
    {
        let done = home.run(&[word, "--x"]).tells(&["neither a command nor a preset", near, "wireloom --help"]);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
    }
    assert!(!home.file("started").exists());
}
