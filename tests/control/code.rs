//! `wireloom code`.

use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt, process::Child};

use serde_json::{Value, json};

use super::{
    claude::{program, seen},
    home::{Done, Home, config, free_port, signal, until},
};

/// A home with a program in the place of Claude Code, and a configuration that names it.
fn home(change: impl FnOnce(&mut Value)) -> Home {
    let mut config = config();
    change(&mut config);
    let home = Home::new(&config);
    let program = program(&home);
    config["CLAUDE_PATH"] = program.to_str().unwrap().into();
    home.configure(&config);
    home
}

/// The files of settings that are there.
fn settings(home: &Home) -> usize {
    fs::read_dir(home.file(".wireloom/clients")).map_or(0, Iterator::count)
}

#[test]
fn it_starts_the_service_and_leads_the_client_there() {
    let home = home(|config| {
        config["APIKEY"] = "s3cr3t".into();
        config["API_TIMEOUT_MS"] = 1234.into();
    });
    let mut command = home.command(["code", "hello"]);
    command.env("NO_PROXY", "a.example").env("ANTHROPIC_API_KEY", "theirs").env("CLAUDE_CODE_USE_BEDROCK", "1");
    let done = Done::from(command.output().unwrap()).well().tells(&["wireloom is started at", "wireloom stop"]);
    assert_eq!(done.out, "");
    let seen = seen(&home);
    let expected = json!({
        "ANTHROPIC_BASE_URL": format!("http://{}", home.address()), "ANTHROPIC_AUTH_TOKEN": "s3cr3t", "API_TIMEOUT_MS": "1234",
        "NO_PROXY": "a.example,127.0.0.1", "DISABLE_TELEMETRY": "true", "DISABLE_COST_WARNINGS": "true",
    });
    // Settings of the client's own go before its environment, so it is told twice.
    assert_eq!(seen.settings, json!({ "env": expected }));
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(seen.environment.get(name).unwrap(), value, "{name}");
    }
    for name in ["ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK", "CI"] {
        assert!(!seen.environment.contains_key(name), "{name}");
    }
    assert_eq!(seen.environment["HOME"], home.path().to_str().unwrap());
}

#[test]
fn defect_6_arguments_are_no_words_of_a_shell() {
    let home = home(|_| {});
    let given = [
        "-p",
        "$(touch pwned) `touch pwned` ; touch pwned & \"'",
        "",
        "--no-color",
        "--allowedTools",
        "Bash(git *)",
        "--allowedTools",
        "Edit",
        "--name=a b",
        "--",
        "-x",
        "--help",
        "--version",
        "--config",
        "c",
        "*",
        "~",
        "a\nb",
        "ü",
        "code",
    ];
    home.run(&[&["code"], &given[..]].concat()).well();
    let seen = seen(&home);
    assert_eq!(seen.arguments[0], "--settings");
    assert_eq!(seen.arguments[2..], given);
    for given in [&["--", "x"][..], &["--help"], &[]] {
        home.run(&[&["code"], given].concat()).well();
        assert_eq!(super::claude::seen(&home).arguments[2..], *given);
    }
    let found = fs::read_dir(home.path()).unwrap().any(|entry| entry.unwrap().file_name() == "pwned");
    assert!(!found && !std::path::Path::new("pwned").exists());
    // What is no UTF-8 stays what it is.
    let odd = OsString::from_vec(vec![b'a', 0xff]);
    Done::from(home.command([OsString::from("code"), odd]).output().unwrap()).well();
    assert!(fs::read(home.file("arguments")).unwrap().ends_with(&[0, b'a', 0xff, 0]));
}

#[test]
fn defect_55_the_prompt_arrives_and_the_service_stays_for_the_next_terminal() {
    let home = home(|_| {});
    home.run(&["code", "what is this?"]).well();
    assert_eq!(seen(&home).arguments[2..], ["what is this?"]);
    // The first has ended, and its service is there for the second, which does not tell of a start.
    let (pid, instance) = (home.pid(), home.health()["instance"].clone());
    let done = home.run(&["code", "and", "this"]).well();
    assert_eq!((done.told.as_str(), home.pid(), &home.health()["instance"]), ("", pid, &instance));
    assert_eq!(seen(&home).arguments[2..], ["and", "this"]);
    home.run(&["stop"]).well().tells(&["has ended"]);
}

#[test]
fn several_terminals_at_once_share_one_service() {
    let home = home(|_| {});
    let terminals: Vec<Child> = (0..3).map(|_| home.command(["code"]).spawn().unwrap()).collect();
    let told: String = terminals.into_iter().map(|it| Done::from(it.wait_with_output().unwrap()).well().told).collect();
    assert_eq!(told.matches("is started at").count(), 1, "{told}");
    assert_eq!(settings(&home), 0);
    home.health();
}

#[test]
fn defect_7_the_key_stands_in_a_file_that_is_private_and_gone_afterwards() {
    let home = home(|config| config["APIKEY"] = "s3cr3t".into());
    home.run(&["code"]).well();
    let seen = seen(&home);
    assert_eq!(seen.mode, "-rw-------");
    let path = std::path::Path::new(&seen.arguments[1]);
    assert!(path.starts_with(home.path()) && !path.exists(), "{path:?}");
    assert!(seen.settings.to_string().contains("s3cr3t"));
    assert!(!seen.arguments.concat().contains("s3cr3t"));
    // Nor does it stay when the client fails, or is ended.
    home.command(["code"]).env("FAKE", "exit 3").status().unwrap();
    home.command(["code"]).env("FAKE", "kill -KILL $$").status().unwrap();
    assert_eq!(settings(&home), 0);
    let mut broken = config();
    broken["CLAUDE_PATH"] = "/nowhere/claude".into();
    home.configure(&broken);
    let done = home.run(&["code"]).tells(&["Claude Code", "/nowhere/claude", "CLAUDE_PATH"]);
    assert_eq!((done.code, settings(&home)), (Some(1), 0));
}

#[test]
fn its_exit_code_is_the_clients_also_when_a_signal_ends_it() {
    let home = home(|_| {});
    for (what, code) in [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$; sleep 9", 143)] {
        let status = home.command(["code"]).env("FAKE", what).status().unwrap();
        assert_eq!(status.code(), Some(code), "{what}");
    }
}

#[test]
fn signals_reach_the_client_which_decides() {
    let home = home(|_| {});
    home.start();
    for (name, code) in [("TERM", 40), ("HUP", 41)] {
        let waits =
            "trap 'exit 40' TERM; trap 'exit 41' HUP; trap '' INT; touch \"$HOME/waits\"; while :; do sleep 0.02; done";
        let mut terminal = home.command(["code"]).env("FAKE", waits).spawn().unwrap();
        until("the client waits", || home.file("waits").exists());
        // Of the terminal's own keys the client hears by itself.
        signal("INT", terminal.id().into());
        signal(name, terminal.id().into());
        assert_eq!(terminal.wait().unwrap().code(), Some(code), "{name}");
        fs::remove_file(home.file("waits")).unwrap();
    }
    assert_eq!(settings(&home), 0);
}

#[test]
fn the_configuration_says_what_else_the_client_is_told() {
    let home = home(|config| {
        config["StatusLine"] = json!({ "enabled": true });
        config["NON_INTERACTIVE_MODE"] = true.into();
    });
    home.run(&["code"]).well();
    let seen = seen(&home);
    for (name, value) in [("CI", "true"), ("FORCE_COLOR", "0"), ("NODE_NO_READLINE", "1"), ("TERM", "dumb")] {
        assert_eq!((seen.environment[name].as_str(), &seen.settings["env"][name]), (value, &json!(value)));
    }
    let line = &seen.settings["statusLine"];
    assert_eq!((&line["type"], &line["padding"]), (&json!("command"), &json!(0)));
    let command = line["command"].as_str().unwrap();
    let program = env!("CARGO_BIN_EXE_wireloom");
    assert_eq!(command, format!("'{program}' statusline"));
    assert_eq!(fs::read_to_string(home.file("input")).unwrap(), "");
}

#[test]
fn the_program_is_found_by_the_environment_too() {
    let home = Home::new(&config());
    let program = program(&home);
    let status = home.command(["code"]).env("CLAUDE_PATH", &program).env("FAKE", "exit 5").status().unwrap();
    assert_eq!(status.code(), Some(5));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let status = home.command(["code"]).env("PATH", path).env("FAKE", "exit 6").status().unwrap();
    assert_eq!(status.code(), Some(6));
}

#[test]
fn one_that_somebody_else_runs_where_it_is_configured_is_used() {
    let port = free_port();
    let home = home(|config| config["PORT"] = port.into());
    let other = Home::new(&{
        let mut config = config();
        config["PORT"] = port.into();
        config
    });
    other.start();
    home.run(&["code"]).well();
    assert_eq!(seen(&home).environment["ANTHROPIC_BASE_URL"], format!("http://127.0.0.1:{port}"));
    assert!(!home.file(".wireloom/service.json").exists());
}

#[test]
fn why_the_service_does_not_start_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let home = home(|config| config["PORT"] = port.into());
    // Whoever has the port answers nothing that a wireloom would.
    std::thread::spawn(move || taken.incoming().for_each(drop));
    let done = home.run(&["code"]).tells(&["did not start", "cannot be listened on"]);
    assert_eq!(done.code, Some(1));
    assert!(!home.file("started").exists());
}
