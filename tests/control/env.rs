//! `wireloom env`.

use std::process::Command;

use serde_json::json;

use super::home::{Home, config, free_port};

/// What a POSIX shell has in its environment after what is printed.
fn evaluated(home: &Home, lines: &str) -> String {
    let script = format!("{lines}\nenv -0");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    let output = shell.env("CLAUDE_CODE_USE_BEDROCK", "1").current_dir(home.path()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_shell_that_runs_it_has_the_variables_whatever_the_key_holds() {
    let key = "a'b\"c$(touch pwned)`touch pwned`\\ ${base} $HOME;#\u{e9}";
    let port = free_port();
    let mut config = config();
    (config["PORT"], config["APIKEY"]) = (port.into(), key.replace('$', "$$").into());
    let home = Home::new(&config);
    let done = home.run(&["env"]).well().tells(&["does not run", "start --detach"]);
    let environment = evaluated(&home, &done.out);
    let variables: Vec<&str> = environment.split_terminator('\0').collect();
    for wanted in [
        format!("ANTHROPIC_AUTH_TOKEN={key}"),
        format!("ANTHROPIC_BASE_URL=http://127.0.0.1:{port}"),
        "NO_PROXY=127.0.0.1".into(),
        "DISABLE_TELEMETRY=true".into(),
        "API_TIMEOUT_MS=600000".into(),
    ] {
        assert!(variables.contains(&wanted.as_str()), "no {wanted} in {variables:?}");
    }
    assert!(!environment.contains("BEDROCK") && !home.file("pwned").exists());
    for (shell, line) in [("fish", "set -gx NO_PROXY '127.0.0.1'"), ("powershell", "$env:NO_PROXY = '127.0.0.1'")] {
        let out = home.run(&["env", "--shell", shell]).well().out;
        assert!(out.lines().any(|known| known == line), "{out}");
    }
    assert!(home.run(&["env", "--help"]).well().out.contains("contains the key"));
}

#[test]
fn it_leads_to_the_service_that_runs_and_other_clients_too() {
    let mut config = config();
    config["APIKEY"] = "k".into();
    let home = Home::new(&config);
    let address = home.start();
    let out = |client: &str| home.run(&["env", "--client", client]).well().out;
    let gemini = out("gemini");
    assert!(gemini.contains(&format!("export GOOGLE_GEMINI_BASE_URL='http://{address}'\n")), "{gemini}");
    assert!(gemini.contains("export GEMINI_API_KEY='k'\n"), "{gemini}");
    let openai = out("openai");
    assert!(openai.contains(&format!("export OPENAI_BASE_URL='http://{address}/v1'")), "{openai}");
    let codex = home.run(&["env", "--client", "codex"]).well();
    assert!(codex.out.contains("export WIRELOOM_KEY='k'") && codex.told.contains("config.toml"), "{codex:?}");
    assert_eq!(home.run(&["env", "--client", "nobody"]).code, Some(2));
}

#[test]
fn a_key_of_which_there_is_a_digest_alone_must_be_there() {
    let mut config = config();
    config["keys"] = json!([{ "name": "me", "key": "mine" }]);
    let home = Home::new(&config);
    let done = home.run(&["env"]).tells(&["set ANTHROPIC_AUTH_TOKEN"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""));
    let output = home.command(["env"]).env("ANTHROPIC_AUTH_TOKEN", "mine").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("export ANTHROPIC_AUTH_TOKEN='mine'\n"));
}
