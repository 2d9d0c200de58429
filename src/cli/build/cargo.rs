//! Running cargo, and telling how far it is.

use std::{
    io::{BufRead, BufReader, IsTerminal, Read},
    path::PathBuf,
    process::{ChildStderr, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use crate::cli::{Failure, tell};

/// How often progress is told where it cannot be shown in one line.
const TOLD_EACH: Duration = Duration::from_secs(15);

/// A build to run.
pub(super) struct Build<'a> {
    /// The sources.
    pub(super) folder: PathBuf,
    /// Where cargo works.
    pub(super) target: PathBuf,
    /// Cargo's profile.
    pub(super) profile: &'a str,
    /// Cargo's features.
    pub(super) features: Option<&'a str>,
    /// What the build script is told; an empty one is taken from the environment.
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Build<'_> {
    fn arguments(&self) -> Vec<&str> {
        let mut arguments = vec!["build", "--locked", "--bin", "wireloom", "--profile", self.profile];
        arguments.extend(self.features.iter().flat_map(|features| ["--features", features]));
        arguments
    }

    /// The commands for a shell.
    pub(super) fn told(&self) -> String {
        let target = ("CARGO_TARGET_DIR", self.target.display().to_string());
        let variables = self.variables.iter().chain([&target]).filter(|(_, value)| !value.is_empty());
        let variables: Vec<String> = variables.map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        let folder = quoted(&self.folder.display().to_string());
        format!("cd {folder} && {} cargo {}", variables.join(" "), self.arguments().join(" "))
    }

    /// Runs it; where the binary is.
    pub(super) fn run(&self) -> Result<PathBuf, Failure> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(self.arguments()).args(["--message-format", "json-render-diagnostics"]);
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        for (name, value) in &self.variables {
            match value.is_empty() {
                true => command.env_remove(name),
                false => command.env(name, value),
            };
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            Failure::Work(format!("cargo cannot be run ({error}): a Rust toolchain is needed, see https://rustup.rs"))
        })?;
        let progress = Progress::start();
        let told = child.stderr.take().map(|stderr| {
            let bar = progress.bar.clone();
            thread::spawn(move || listen(stderr, &bar))
        });
        let binary = child.stdout.take().and_then(|stdout| progress.follow(stdout));
        let status = child.wait();
        progress.bar.finish_and_clear();
        let told = told.and_then(|told| told.join().ok()).unwrap_or_default();
        match (status, binary) {
            (Ok(status), Some(binary)) if status.success() => Ok(binary),
            _ => Err(Failure::Work(format!("cargo could not build it:\n\n{told}"))),
        }
    }
}

/// What cargo says beside its progress.
fn listen(stderr: ChildStderr, bar: &ProgressBar) -> String {
    let mut told = String::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        match line.trim_start().split_once(' ') {
            Some(("Compiling" | "Downloading" | "Downloaded" | "Updating" | "Locking", what)) => {
                bar.set_message(what.to_owned());
            }
            _ => told += &(line + "\n"),
        }
    }
    told
}

/// What cargo tells of a crate that is built. Its other messages are none.
#[derive(Deserialize)]
struct Artifact {
    target: Target,
    /// The program, if it is one.
    executable: Option<PathBuf>,
    /// All crates have some; it tells them from other messages.
    #[serde(rename = "filenames")]
    _files: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// How far a build is, for people.
struct Progress {
    bar: ProgressBar,
    begin: Instant,
}

impl Progress {
    /// Shown in one line that changes if people look at a terminal.
    fn start() -> Self {
        let bar = match std::io::stderr().is_terminal() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} crates, {elapsed}: {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, begin: Instant::now() }
    }

    /// Follows cargo's messages to their end; where the binary is, if it is built.
    fn follow(&self, stdout: impl Read) -> Option<PathBuf> {
        let (mut binary, mut told) = (None, Instant::now());
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let Ok(artifact) = serde_json::from_str::<Artifact>(&line) else { continue };
            self.bar.inc(1);
            if artifact.target.name == "wireloom" {
                binary = artifact.executable.or(binary);
            }
            if self.bar.is_hidden() && told.elapsed() > TOLD_EACH {
                told = Instant::now();
                let seconds = self.begin.elapsed().as_secs();
                tell(&format!("{} crates are built after {seconds} s", self.bar.position()));
            }
        }
        binary
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-=:,".contains(letter);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
