//! The commands that a person at a desk uses, run as people run them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "desk/doctor.rs"]
mod doctor;
#[path = "desk/model.rs"]
mod model;
#[path = "desk/status_line.rs"]
mod status_line;

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// A command in a home of its own, with nothing of this machine's environment that matters.
fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireloom"));
    command.args(arguments).env_clear().env("HOME", home).env("TMPDIR", home).current_dir(home);
    // The tests' coverage and the system's libraries need these.
    for name in ["PATH", "LLVM_PROFILE_FILE", "SYSTEMROOT"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.stdin(Stdio::null());
    command
}

/// The exit code, the data and the messages.
#[track_caller]
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The same with an input.
#[track_caller]
fn fed(command: &mut Command, input: &[u8]) -> (i32, String, String) {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = process.stdin.take().unwrap().write_all(input);
    let output = process.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn each_shell_has_a_script_that_completes_commands() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, script, told) = run(&mut command(home.path(), &["completions", shell]));
        assert_eq!((code, told.as_str()), (0, ""), "{shell}");
        assert!(script.contains("statusline") && script.contains("doctor"), "{shell}: {script}");
    }
    assert_eq!(run(&mut command(home.path(), &["completions", "tcsh"])).0, 2);
}
