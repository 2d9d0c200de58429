//! A home directory with a configuration, in which commands are run as people run them.

use std::{
    ffi::OsStr,
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{client::Client, http::PATIENCE};

/// A home directory. A service that still runs in it when it is dropped is ended.
pub(crate) struct Home {
    folder: TempDir,
}

/// What a command has left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) told: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), told: text(output.stderr) }
    }
}

impl Done {
    /// Requires that it has succeeded.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Requires words in what was told.
    #[track_caller]
    pub(crate) fn tells(self, words: &[&str]) -> Self {
        words.iter().for_each(|word| assert!(self.told.contains(word), "no `{word}` in {self:?}"));
        self
    }
}

/// A configuration whose one provider is nowhere, on a port that the system chooses.
pub(crate) fn config() -> Value {
    let provider = json!({ "name": "p", "api_base_url": "http://127.0.0.1:9/v1/chat/completions", "api_key": "k", "models": ["a", "b"] });
    json!({ "PORT": 0, "Providers": [provider], "Router": { "default": "p,a" } })
}

/// A port that nobody listens on, and that the system gives to nobody who asks for any.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (std::process::id() % 10_000) as u16;
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a process a signal.
#[track_caller]
pub(crate) fn signal(name: &str, pid: u64) {
    assert!(Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().unwrap().success());
}

impl Home {
    /// One with that configuration.
    pub(crate) fn new(config: &Value) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        home.configure(config);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file below it.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// Writes a file below it, and its folder.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.file(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Changes the configuration.
    pub(crate) fn configure(&self, config: &Value) {
        self.write(".wireloom/config.json5", &config.to_string());
    }

    /// A command with this home, and nothing of this machine's environment that matters.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wireloom"));
        command.args(arguments).env_clear().env("HOME", self.path()).env("PATH", std::env::var_os("PATH").unwrap());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.command(arguments).output().unwrap().into()
    }

    /// Starts the service in the background; where it is.
    #[track_caller]
    pub(crate) fn start(&self) -> SocketAddr {
        self.run(&["start", "--detach"]).well();
        self.address()
    }

    /// What the running service tells of itself.
    #[track_caller]
    pub(crate) fn card(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.file(".wireloom/service.json")).unwrap()).unwrap()
    }

    /// Where the running service is.
    #[track_caller]
    pub(crate) fn address(&self) -> SocketAddr {
        self.card()["address"].as_str().unwrap().parse().unwrap()
    }

    /// The number of the running service's process.
    #[track_caller]
    pub(crate) fn pid(&self) -> u64 {
        self.card()["pid"].as_u64().unwrap()
    }

    /// A new connection to it.
    #[track_caller]
    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address())
    }

    /// What `/health` tells.
    #[track_caller]
    pub(crate) fn health(&self) -> Value {
        self.connect().ask("GET", "/health", &[], &[]).json()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = self.command(["stop", "--now"]).status();
    }
}
