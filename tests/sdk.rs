//! Judges that we did not write: what the vendors' SDKs cannot read is wrong, and so is what their published schemas
//! refuse, whatever our own tests say.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod laws;

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use laws::exceptions::expect_only_known;

/// The protocols whose rows, as face and as upstream, must not be skipped.
const SERVED: [&str; 4] = ["anthropic", "openai-chat", "openai-responses", "gemini"];

const WIRELOOM: &str = env!("CARGO_BIN_EXE_wireloom");

/// The packages of Python, installed once: the path of their interpreter.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let environment = installed("sdk-python", &["requirements.txt"], |environment| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment), "python3 has no venv");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        let wanted = source("requirements.txt");
        run(
            Command::new(environment.join("bin/python")).args(pip).arg(wanted),
            "PyPI does not give the packages of tests/sdk/requirements.txt",
        );
    });
    environment.join("bin/python")
});

#[test]
fn the_sdks_for_python_understand_every_answer() {
    let mut judge = Command::new(&*PYTHON);
    judge.arg("-B").arg(source("judge.py")).arg(WIRELOOM).args(SERVED);
    verdict("SDK for Python", "python", judge);
}

#[test]
fn the_sdks_for_javascript_understand_every_answer() {
    let packages = installed("sdk-node", &["package.json", "package-lock.json"], |folder| {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
        for name in ["package.json", "package-lock.json"] {
            fs::copy(source(name), folder.join(name)).unwrap();
        }
        let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        run(
            Command::new("npm").args(npm).current_dir(folder),
            "npm's registry does not give the packages of tests/sdk/package-lock.json",
        );
    });
    let mut judge = Command::new("node");
    judge.arg(source("js/judge.mjs")).arg(WIRELOOM).args(SERVED).env("WIRELOOM_NODE_MODULES", packages);
    verdict("SDK for JavaScript", "javascript", judge);
}

#[test]
fn what_the_vendors_publish_accepts_every_request() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut judge = Command::new(&*PYTHON);
    judge.arg("-B").arg(source("judge_requests.py")).arg(WIRELOOM).arg(cases).args(SERVED);
    verdict("published schema", "requests", judge);
}

#[test]
fn the_lock_file_names_no_host_of_a_registry() {
    let text = fs::read_to_string(source("package-lock.json")).unwrap();
    assert!(!text.contains("\"resolved\""), "tests/sdk/.npmrc has npm leave it out");
}

/// Runs a judge: what it finds must be what is known not to hold. Its counts are told, whoever captures the output.
#[track_caller]
fn verdict(law: &str, name: &str, mut judge: Command) {
    let output = judge.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{judge:?}: {error}"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    let counts = printed.lines().last().and_then(|line| line.strip_suffix(" failed")?.split_once(" passed, "));
    let Some((passed, failed)) = counts else { panic!("{judge:?} ends with {}\n{printed}\n{told}", output.status) };
    assert_ne!(passed, "0", "the judge has judged nothing");
    let found: BTreeSet<String> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("FAILED "))
        .map(|what| what.split_once(": ").map_or_else(|| what.into(), |(who, what)| format!("{who} | {what}")))
        .collect();
    if !found.is_empty() {
        println!("{printed}");
    }
    expect_only_known(law, &found);
    let skipped = printed.lines().filter(|line| line.starts_with("skipped: ")).map(|line| format!("{line}\n"));
    let counts = format!("{name}: {passed} passed, 0 failed; {failed} are known exceptions\n");
    // Not captured as what `println!` says is.
    std::io::stderr().write_all((skipped.collect::<String>() + &counts).as_bytes()).unwrap();
}

/// A file of the judges.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(name)
}

/// A folder under `target` that an installation fills, again whenever one of these files has changed.
fn installed(name: &str, wanted: &[&str], install: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name);
    let stamp = folder.join("installed");
    let wanted: Vec<u8> = wanted.iter().flat_map(|name| fs::read(source(name)).unwrap()).collect();
    // Written last, so that an installation that was interrupted is begun again.
    if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        install(&folder);
        fs::write(&stamp, &wanted).unwrap();
    }
    folder
}

/// Runs a command of an installation.
fn run(command: &mut Command, trouble: &str) {
    let output =
        command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{trouble}: {command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{trouble}: {command:?} fails with {}\n{printed}\n{told}", output.status);
}
