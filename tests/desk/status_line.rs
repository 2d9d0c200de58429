//! `wireloom statusline`.

use std::{
    fs,
    path::Path,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{command, fed};

const SESSION: &str = "0f8fad5b-d9cb";

/// A home with a repository, a transcript, what token-speed tells, and a configuration.
fn home(line: &Value) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let at = |path: &str| home.path().join(path);
    fs::create_dir_all(at("work/.git")).unwrap();
    fs::create_dir_all(at("claude-code-router")).unwrap();
    fs::create_dir_all(at(".wireloom")).unwrap();
    fs::write(at("work/.git/HEAD"), "ref: refs/heads/topic\n").unwrap();
    let answer = json!({ "type": "assistant", "message": { "model": "m-1", "usage": { "input_tokens": 1200, "output_tokens": 34 } } });
    fs::write(at("t.jsonl"), format!("{answer}\n")).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let report = json!({
        "requestId": "r", "sessionId": SESSION, "stream": true, "tokenCount": 5, "tokensPerSecond": 42,
        "timeToFirstToken": "123ms", "duration": "1.00s", "timestamp": now + 60_000,
    });
    fs::write(at(&format!("claude-code-router/session-{SESSION}.json")), report.to_string()).unwrap();
    fs::write(
        at(".wireloom/config.json5"),
        json!({ "Router": { "default": "p,r-1" }, "StatusLine": line, "PORT": "no" }).to_string(),
    )
    .unwrap();
    home
}

fn told(home: &Path) -> String {
    let told = json!({
        "session_id": SESSION, "transcript_path": home.join("t.jsonl"), "cwd": home.join("work"), "version": "2.0.1",
        "model": { "id": "x", "display_name": "X" }, "workspace": { "current_dir": home.join("work") },
        "cost": { "total_cost_usd": 0.5, "total_duration_ms": 83_000, "total_lines_added": 7, "total_lines_removed": 9 },
        "context_window": { "total_input_tokens": 15_000, "total_output_tokens": 900, "context_window_size": 200_000,
            "used_percentage": null, "current_usage": { "input_tokens": 20_000, "output_tokens": 1, "cache_read_input_tokens": 30_000 } },
    });
    told.to_string()
}

#[track_caller]
fn shown(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let arguments = [&["statusline"], arguments].concat();
    let (code, line, said) = fed(command(home, &arguments).envs(variables.iter().copied()), told(home).as_bytes());
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(line.matches('\n').count(), 1, "{line:?}");
    line.trim_end_matches('\n').to_owned()
}

fn modules(modules: Value) -> Value {
    json!({ "enabled": true, "default": { "modules": modules } })
}

#[test]
fn each_variable_has_its_value() {
    let names = [
        ("workDirName", "work"),
        ("gitBranch", "topic"),
        ("model", "m-1"),
        ("inputTokens", "1.2k"),
        ("outputTokens", "34"),
        ("tokenSpeed", "42"),
        ("isStreaming", "streaming"),
        ("streamingIndicator", "[Streaming]"),
        ("timeToFirstToken", "123ms"),
        ("contextPercent", "25"),
        ("contextWindowSize", "200.0k"),
        ("totalInputTokens", "15.0k"),
        ("totalOutputTokens", "900"),
        ("cost", "$0.50"),
        ("duration", "1m23s"),
        ("linesAdded", "7"),
        ("linesRemoved", "9"),
        ("netLines", "-2"),
        ("version", "2.0.1"),
        ("sessionId", "0f8fad5b"),
    ];
    let text = names.map(|(name, _)| format!("{name}={{{{{name}}}}}")).join(" ");
    let home = home(&modules(json!([{ "type": "any", "text": text }])));
    assert_eq!(shown(home.path(), &[], &[]), names.map(|(name, value)| format!("{name}={value}")).join(" "));
}

#[test]
fn both_styles_have_named_and_mixed_colors() {
    let parts = json!([
        { "type": "model", "icon": "M", "text": "{{model}}", "color": "red", "background": "bg_blue" },
        { "type": "usage", "text": "{{inputTokens}}", "color": "#00aaff", "background": "bg_#ffcc00" },
        { "type": "speed", "text": "{{unknown}}", "color": "red" },
    ]);
    let line = json!({ "default": { "modules": parts }, "powerline": { "modules": parts } });
    let home = home(&line);
    let own = "\u{1b}[31;44mM m-1\u{1b}[0m \u{1b}[38;2;0;170;255;48;2;255;204;0m1.2k\u{1b}[0m";
    assert_eq!(shown(home.path(), &[], &[]), own);
    assert_eq!(shown(home.path(), &[], &[("NO_COLOR", "1")]), "M m-1 1.2k");
    let mut powerline = line;
    powerline["currentStyle"] = json!("powerline");
    let path = home.path().join("powerline.json5");
    fs::write(&path, json!({ "StatusLine": powerline }).to_string()).unwrap();
    let arguments = ["--config", "powerline.json5"];
    let block = "\u{1b}[31;44m M m-1 \u{1b}[0m";
    let arrow = "\u{1b}[34;48;2;255;204;0m\u{e0b0}\u{1b}[0m";
    let last = "\u{1b}[38;2;0;170;255;48;2;255;204;0m 1.2k \u{1b}[0m\u{1b}[38;2;255;204;0m\u{e0b0}\u{1b}[0m";
    assert_eq!(shown(home.path(), &arguments, &[]), format!("{block}{arrow}{last}"));
    assert!(!shown(home.path(), &arguments, &[("TERM", "dumb")]).contains('\u{e0b0}'));
}

#[test]
fn without_a_word_of_the_configuration_there_is_a_style() {
    let home = home(&Value::Null);
    let plain = shown(home.path(), &[], &[("NO_COLOR", "1"), ("USE_SIMPLE_ICONS", "true")]);
    assert_eq!(plain, "work topic m-1 ↑ 1.2k ↓ 34 42 t/s");
    fs::remove_file(home.path().join("t.jsonl")).unwrap();
    assert!(shown(home.path(), &[], &[]).contains("r-1"), "the model is that of the route");
}

#[test]
fn a_preset_has_a_line_of_its_own() {
    let home = home(&modules(json!([{ "type": "model", "text": "main" }])));
    let folder = home.path().join(".claude-code-router/presets/mine");
    fs::create_dir_all(&folder).unwrap();
    let line = modules(
        json!([{ "type": "model", "text": "preset {{model}}" }, { "type": "script", "scriptPath": "line.js", "options": { "short": true } }]),
    );
    fs::write(folder.join("manifest.json"), json!({ "name": "mine", "StatusLine": line }).to_string()).unwrap();
    fs::write(folder.join("line.js"), "module.exports = async (v, o) => `${v.gitBranch} ${o.short}`").unwrap();
    let expected = if cfg!(feature = "custom-router") { "preset m-1 topic true" } else { "preset m-1" };
    assert_eq!(shown(home.path(), &["mine"], &[]), expected);
    assert_eq!(shown(home.path(), &["not-there"], &[]), "main");
}

#[test]
fn whatever_is_wrong_the_line_is_empty_and_soon_there() {
    let home = home(&modules(json!([{ "type": "script", "scriptPath": "/not/there.js" }])));
    let begun = Instant::now();
    for input in ["", "not json", "[]", "{\"session_id\":{},\"cost\":null}"] {
        let (code, line, said) = fed(&mut command(home.path(), &["statusline"]), input.as_bytes());
        assert_eq!((code, line.as_str(), said.as_str()), (0, "\n", ""), "{input}");
    }
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}
