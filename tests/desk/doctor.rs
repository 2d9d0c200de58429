//! `wireloom doctor`.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    thread,
};

use serde_json::{Value, json};

use super::{command, run};

const KEY: &str = "sk-s3cr3t-s3cr3t";

/// A provider that lists its models to who shows a key, and remembers nobody.
fn provider(key: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 8192];
            let length = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let status = match () {
                () if !request.starts_with("GET /v1/models ") => "404 Not Found",
                () if request.contains(key) => "200 OK",
                () => "401 Unauthorized",
            };
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
        }
    });
    address
}

fn configure(home: &Path, config: &Value) {
    fs::create_dir_all(home.join(".wireloom")).unwrap();
    let path = home.join(".wireloom/config.json5");
    fs::write(&path, config.to_string()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn config(address: SocketAddr, port: u16) -> Value {
    let provider = json!({ "name": "p", "api_base_url": format!("http://{address}/v1/chat/completions"), "api_key": KEY, "models": ["m"] });
    json!({ "PORT": port, "Providers": [provider], "Router": { "default": "p,m" } })
}

/// The findings with their standing, as JSON tells them.
#[track_caller]
fn doctor(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, Vec<(String, String)>) {
    let arguments = [&["doctor", "--json"], arguments].concat();
    let (code, data, told) = run(command(home, &arguments).envs(variables.iter().copied()));
    assert!(!data.contains("s3cr3t") && !told.contains("s3cr3t"), "{data}{told}");
    let told: Value = serde_json::from_str(&data).unwrap_or_else(|_| panic!("{data}{told}"));
    assert_eq!(told["ok"], code == 0);
    let findings = told["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    (code, findings.map(|finding| (text(finding, "standing"), text(finding, "found"))).collect())
}

#[track_caller]
fn expect(findings: &[(String, String)], standing: &str, words: &str) {
    let found = findings.iter().any(|(own, found)| own == standing && found.contains(words));
    assert!(found, "no {standing} with `{words}` in {findings:#?}");
}

#[test]
fn a_sound_setup_is_sound() {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), &config(provider(KEY), 0));
    let (code, findings) = doctor(home.path(), &[], &[]);
    assert_eq!(code, 0, "{findings:#?}");
    expect(&findings, "ok", "1 providers, 1 models");
    expect(&findings, "ok", "`p` is reached, and takes its key");
    expect(&findings, "ok", "records can be kept");
    expect(&findings, "ok", "is yours alone");
    assert!(findings.iter().all(|(standing, _)| standing == "ok"), "{findings:#?}");
    let (code, data, _) = run(&mut command(home.path(), &["doctor", "--offline"]));
    assert_eq!(code, 0);
    assert!(data.lines().all(|line| line.starts_with("ok ")) && !data.contains("reached"), "{data}");
}

#[test]
fn what_is_wrong_is_told_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut wrong = config(provider("another-key"), other.local_addr().unwrap().port());
    // A port at which nothing listens.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = json!({ "name": "q", "api_base_url": format!("http://{gone}/v1"), "api_key": KEY, "models": ["m"] });
    wrong["Providers"].as_array_mut().unwrap().push(silent);
    configure(home.path(), &wrong);
    let (code, findings) = doctor(home.path(), &[], &[]);
    assert_eq!(code, 1);
    expect(&findings, "wrong", "`p` does not take its key (status 401)");
    expect(&findings, "wrong", "`q`: cannot connect");
    expect(&findings, "wrong", "cannot be listened on");
}

#[test]
fn mistakes_and_missing_variables_are_told() {
    let home = tempfile::tempdir().unwrap();
    let mut unset = config("127.0.0.1:1".parse().unwrap(), 0);
    unset["APIKEY"] = json!("$NOT_SET");
    configure(home.path(), &unset);
    let (code, findings) = doctor(home.path(), &["--offline"], &[]);
    assert_eq!(code, 1);
    expect(&findings, "wrong", "NOT_SET");
    let nowhere = tempfile::tempdir().unwrap();
    let (code, findings) = doctor(nowhere.path(), &[], &[]);
    assert_eq!(code, 0);
    expect(&findings, "warning", "there is no configuration");
}

#[test]
fn settings_of_clients_that_contradict_are_told() {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), &config("127.0.0.1:1".parse().unwrap(), 4567));
    let own = [("ANTHROPIC_BASE_URL", "http://127.0.0.1:4567"), ("ANTHROPIC_AUTH_TOKEN", "s3cr3t-1")];
    let (_, findings) = doctor(home.path(), &["--offline"], &own);
    expect(&findings, "ok", "nothing that Claude Code, Codex or Gemini CLI are set to contradicts");
    fs::create_dir_all(home.path().join(".claude")).unwrap();
    let settings = json!({ "env": { "ANTHROPIC_BASE_URL": "https://u:s3cr3t@else.example/x", "CLAUDE_CODE_USE_BEDROCK": "1" }, "apiKeyHelper": "/x" });
    fs::write(home.path().join(".claude/settings.json"), settings.to_string()).unwrap();
    let both = [own[0], own[1], ("ANTHROPIC_API_KEY", "s3cr3t-2"), ("https_proxy", "http://u:s3cr3t@proxy:1")];
    let (code, findings) = doctor(home.path(), &["--offline"], &both);
    assert_eq!(code, 0);
    expect(&findings, "warning", "leads Claude Code to another place than this gateway (else.example)");
    expect(&findings, "warning", "are both set");
    expect(&findings, "warning", "CLAUDE_CODE_USE_BEDROCK=1");
    expect(&findings, "warning", "`apiKeyHelper`");
    expect(&findings, "warning", "NO_PROXY leaves this machine to the proxy");
}

#[cfg(unix)]
#[test]
fn keys_that_others_can_read_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), &config("127.0.0.1:1".parse().unwrap(), 0));
    let path = home.path().join(".wireloom/config.json5");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::create_dir_all(home.path().join(".claude-code-router")).unwrap();
    fs::write(home.path().join(".claude-code-router/.claude-code-router.pid"), "2147483646").unwrap();
    let (_, findings) = doctor(home.path(), &["--offline"], &[]);
    expect(&findings, "warning", "others can read it (mode 644)");
    expect(&findings, "warning", "is of a process that has ended");
}
