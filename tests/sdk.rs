//! The SDKs of the vendors as judges: what they cannot read is wrong, whatever our own tests say.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// Runs a command that must succeed, and gives what it prints.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?} fails with {}\n{printed}\n{told}", output.status);
    printed
}

#[test]
fn the_sdks_of_anthropic_and_openai_understand_every_answer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("sdk-venv");
    let (python, installed) = (environment.join("bin/python"), environment.join("requirements.txt"));
    let wanted = root.join("tests/sdk/requirements.txt");
    let requirements = fs::read(&wanted).unwrap();
    // Written last, so that an installation that was interrupted is begun again.
    if fs::read(&installed).ok().as_ref() != Some(&requirements) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(Command::new(&python).args(pip).arg(&wanted));
        fs::write(&installed, &requirements).unwrap();
    }
    let judge = root.join("tests/sdk/judge.py");
    let printed = run(Command::new(&python).arg("-B").arg(judge).arg(env!("CARGO_BIN_EXE_wireloom")));
    assert!(printed.trim_end().ends_with(" passed, 0 failed"), "{printed}");
}
