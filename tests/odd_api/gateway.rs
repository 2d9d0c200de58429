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
    dependencies,
    http::{self, Reply},
    mock::KEY,
};

/// The longest that building may take, with all dependencies, on a slow machine.
const LONGEST_BUILD: Duration = Duration::from_secs(20 * 60);

/// The longest that starting may take.
const LONGEST_START: Duration = Duration::from_secs(30);

/// The configuration that is built in. Where the API is, is said where the binary runs.
const EMBEDDED: &str = r#"{
  Providers: [{
    name: "loom",
    api_base_url: "http://${LOOM_AT}",
    api_key: "loom-key",
    models: ["weaver-1"],
    transformer: { use: ["loomtalk"] },
  }],
  Router: { default: "loom,weaver-1" },
}
"#;

/// Builds the binary by one command, with specs that lie outside of the repository, in a target folder of its own, so that
/// the one of the other tests stays as it is. What is downloaded already is not asked for again. What the command
/// prints stands beside the path.
pub(crate) fn build() -> (PathBuf, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = env::temp_dir().join("wireloom-odd-api");
    copy(&root.join("tests/odd-api"), &folder.join("specs"));
    write(&folder.join("embedded.json5"), EMBEDDED);
    let binary = folder.join(format!("odd{}", env::consts::EXE_SUFFIX));
    let target = root.join("target/odd-api");
    if !target.exists() {
        let tested = Path::new(env!("CARGO_BIN_EXE_wireloom")).parent().unwrap();
        dependencies::copy(tested, &target.join("debug"));
    }
    eprintln!("building wireloom with tests/odd-api; the first time takes minutes");
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_wireloom"))
        .args(["build", "--profile", "dev", "--providers"])
        .arg(folder.join("specs"))
        .arg("--config")
        .arg(folder.join("embedded.json5"))
        .arg("-o")
        .arg(&binary)
        .env("CARGO", env!("CARGO"))
        .env("CARGO_TARGET_DIR", &target)
        .env("WIRELOOM_SOURCES", "1")
        .env_remove("LOOM_AT")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > LONGEST_BUILD {
            child.kill().unwrap();
            panic!("the build takes more than {LONGEST_BUILD:?}");
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "the build fails");
    eprintln!("built in {} s", begin.elapsed().as_secs());
    let output = child.wait_with_output().unwrap();
    (binary, String::from_utf8(output.stdout).unwrap())
}

/// Copies a folder. A file that is the same stays as it is, so that nothing is built for its sake.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &copied),
            false => write(&copied, &fs::read_to_string(&path).unwrap()),
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if fs::read_to_string(path).is_ok_and(|known| known == text) {
        return;
    }
    fs::write(path, text).unwrap();
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
        let mut command = Command::new(binary);
        command.args(["start", "--port", "0", "--config"]).arg(&config);
        Self::run(command, folder)
    }

    /// With the configuration that is built in.
    pub(crate) fn start_as_built(binary: &Path, upstream: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(binary);
        command.args(["start", "--port", "0"]).env("LOOM_AT", upstream.to_string());
        Self::run(command, folder)
    }

    fn run(mut command: Command, folder: TempDir) -> Self {
        let mut child = command
            .env("HOME", folder.path())
            .env_remove("WIRELOOM_CONFIG")
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
