//! The binary with the invented API in it.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    http::{self, Reply},
    mock::KEY,
};

/// The longest that building may take, with all dependencies, on a slow machine.
const LONGEST_BUILD: Duration = Duration::from_secs(20 * 60);

/// The longest that starting may take.
const LONGEST_START: Duration = Duration::from_secs(30);

/// Builds the binary in a target folder of its own, so that the one of the other tests stays as it is. What is
/// downloaded already is not asked for again.
pub(crate) fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = root.join("target/odd-api");
    eprintln!("building wireloom with tests/odd-api; the first time takes minutes");
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--bin", "wireloom"])
        .current_dir(root)
        .env("WIRELOOM_PROVIDERS", "tests/odd-api")
        .env("CARGO_TARGET_DIR", &target)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = begin;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > LONGEST_BUILD {
            child.kill().unwrap();
            panic!("the build takes more than {LONGEST_BUILD:?}");
        }
        if told.elapsed() > Duration::from_secs(15) {
            told = Instant::now();
            eprintln!("building since {} s", begin.elapsed().as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "the build fails");
    eprintln!("built in {} s", begin.elapsed().as_secs());
    target.join("debug").join(format!("wireloom{}", env::consts::EXE_SUFFIX))
}

/// A running gateway before the invented API. It ends with its value.
pub(crate) struct Gateway {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Gateway {
    pub(crate) fn start(binary: &Path, upstream: SocketAddr) -> Self {
        Self::start_with(binary, upstream, KEY)
    }

    pub(crate) fn start_with(binary: &Path, upstream: SocketAddr, key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.json5");
        let provider = |name: &str, spec: &str| {
            json!({
                "name": name,
                "api_base_url": format!("http://{upstream}"),
                "api_key": key,
                "transformer": { "use": [spec] },
            })
        };
        // Signed in to by other means than a key of the configuration.
        let keyless = |name: &str, spec: &str, options: Value| {
            let transformer = json!({ "use": [[spec, options]] });
            json!({ "name": name, "api_base_url": format!("http://{upstream}"), "transformer": transformer })
        };
        let papers = json!({
            "type": "service_account", "project_id": "p-1", "private_key": include_str!("../signing/key.pem"),
            "client_email": "a@p-1.invalid", "token_uri": format!("http://{upstream}/token"),
        });
        let providers = [
            provider("loom", "loomtalk"),
            provider("loft", "pigeon"),
            keyless("cloud", "loomcloud", json!({ "region": "north-1" })),
            keyless("vault", "loomvault", json!({ "papers": papers.to_string() })),
        ];
        fs::write(&config, json!({ "Providers": providers }).to_string()).unwrap();
        let mut child = Command::new(binary)
            .args(["start", "--port", "0", "--config"])
            .arg(&config)
            .env("AWS_ACCESS_KEY_ID", "AKID")
            .env("AWS_SECRET_ACCESS_KEY", "a-secret")
            .env_remove("AWS_SESSION_TOKEN")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                eprintln!("| {line}");
                let address = line.split("listens on http://").nth(1).and_then(|rest| rest.split(' ').next());
                if let Some(address) = address.and_then(|address| address.parse().ok()) {
                    let _ = tell.send(address);
                }
            }
        });
        let address = told.recv_timeout(LONGEST_START);
        let address = address.unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("the gateway does not listen within {LONGEST_START:?}")
        });
        Gateway { child, address, _folder: folder }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        http::ask(self.address, "POST", path, &body.to_string())
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        http::ask(self.address, "GET", path, "")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
