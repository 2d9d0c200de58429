//! The gateway as people run it: a process with a configuration.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    client::Client,
    http::{Message, PATIENCE},
    upstream::Upstream,
};

/// The keys of the upstreams in [`config`]. No client may ever see them.
pub(crate) const UPSTREAM_KEY: &str = "sk-upstream-secret";

/// A running gateway. It is killed when it is dropped.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    process: Child,
    log: Arc<Mutex<String>>,
    logging: Option<JoinHandle<()>>,
    home: TempDir,
}

/// A configuration with an OpenAI-style provider `chat`, which is the default, and whatever else is put in.
pub(crate) fn config(upstream: &Upstream) -> Value {
    one_provider("chat", &format!("http://{}/v1/chat/completions", upstream.address), None)
}

/// The same with an Anthropic-style provider `claude`.
pub(crate) fn anthropic_config(upstream: &Upstream) -> Value {
    one_provider("claude", &format!("http://{}/v1/messages", upstream.address), Some("anthropic"))
}

fn one_provider(name: &str, url: &str, spec: Option<&str>) -> Value {
    let mut provider = json!({ "name": name, "api_base_url": url, "api_key": UPSTREAM_KEY, "models": ["Model-1"] });
    if let Some(spec) = spec {
        provider["transformer"] = json!({ "use": [spec] });
    }
    let router = json!({ "default": format!("{name},Model-1") });
    json!({ "Providers": [provider], "Router": router, "LOG_LEVEL": "trace", "retry": { "backoff_ms": 1 } })
}

/// `wireloom start` with a home of its own and nothing of this machine's environment that matters.
pub(crate) fn command(home: &TempDir, config: Option<&Value>, arguments: &[&str]) -> Command {
    // Load is measured with a program of one's choice.
    let program = std::env::var("WIRELOOM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_wireloom").into());
    let mut command = Command::new(program);
    command.arg("start");
    if let Some(config) = config {
        let path = home.path().join("config.json5");
        fs::write(&path, config.to_string()).unwrap();
        command.arg("--config").arg(path);
    }
    command.args(arguments).env("HOME", home.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    for name in ["WIRELOOM_CONFIG", "WIRELOOM_LOG", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env_remove(name);
    }
    command
}

/// Runs a gateway that must refuse to start; its exit code and what it says.
#[track_caller]
pub(crate) fn refusal(config: &Value, arguments: &[&str]) -> (Option<i32>, String) {
    let home = tempfile::tempdir().unwrap();
    let mut process = command(&home, Some(config), arguments).spawn().unwrap();
    let status = wait(&mut process, PATIENCE);
    let _ = process.kill();
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (status.unwrap_or_else(|| panic!("it runs: {said}")).code(), said)
}

fn wait(process: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        match process.try_wait().unwrap() {
            None if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            status => return status,
        }
    }
}

impl Gateway {
    /// Starts one on a free port.
    #[track_caller]
    pub(crate) fn start(config: &Value) -> Self {
        Self::run(Some(config))
    }

    /// Starts one behind a line of shell, such as a limit of the system's.
    #[track_caller]
    pub(crate) fn start_behind(line: &str, config: &Value) -> Self {
        let home = tempfile::tempdir().unwrap();
        let plain = command(&home, Some(config), &["--port", "0"]);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{line}; exec \"$0\" \"$@\"")).arg(plain.get_program()).args(plain.get_args());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env_remove("WIRELOOM_LOG").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        Self::watch(command, home)
    }

    /// Starts one in an empty home.
    #[track_caller]
    pub(crate) fn unconfigured() -> Self {
        Self::run(None)
    }

    /// Starts one with a configuration as people write it, and with variables of the environment.
    #[track_caller]
    pub(crate) fn written(text: &str, variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.json5");
        fs::write(&path, text).unwrap();
        let mut command = command(&home, None, &["--port", "0", "--config"]);
        command.arg(path).envs(variables.iter().copied());
        Self::watch(command, home)
    }

    #[track_caller]
    fn run(config: Option<&Value>) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self::watch(command(&home, config, &["--port", "0"]), home)
    }

    #[track_caller]
    fn watch(mut command: Command, home: TempDir) -> Self {
        let mut process = command.spawn().unwrap();
        let (tell, told) = mpsc::channel();
        let log = Arc::<Mutex<String>>::default();
        let (lines, written) = (BufReader::new(process.stderr.take().unwrap()).lines(), log.clone());
        let logging = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("wireloom listens on http://") {
                    let _ = tell.send(rest.split(' ').next().unwrap().parse().unwrap());
                }
                *written.lock().unwrap() += &(line + "\n");
            }
        });
        let address = told.recv_timeout(PATIENCE);
        let mut gateway = Self { address: ([127, 0, 0, 1], 0).into(), process, log, logging: Some(logging), home };
        gateway.address = address.unwrap_or_else(|_| panic!("it does not start: {}", gateway.log.lock().unwrap()));
        gateway
    }

    /// A new connection to it.
    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    #[track_caller]
    pub(crate) fn post(&self, target: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Message {
        self.connect().ask("POST", target, headers, body.as_ref())
    }

    #[track_caller]
    pub(crate) fn get(&self, target: &str, headers: &[(&str, &str)]) -> Message {
        self.connect().ask("GET", target, headers, &[])
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it, as a system without memory does: nothing of it is asked.
    pub(crate) fn kill_hard(&mut self) {
        self.kill();
    }

    /// Runs another command of the program in its home, which must succeed; what it prints.
    #[track_caller]
    pub(crate) fn run_beside(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wireloom"));
        command.args(arguments).arg("--config").arg(self.home().join("config.json5")).env("HOME", self.home());
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Asks it to end, as service managers do.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// The folder with its configuration, `config.json5`.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// All that it has logged so far.
    pub(crate) fn logged(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it takes no more connections.
    pub(crate) fn refuses_connections(&self) {
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).is_ok() {
            assert!(Instant::now() < end, "it still takes connections");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        wait(&mut self.process, PATIENCE).expect("the gateway ends").code()
    }

    /// Ends it, and gives all that it has logged.
    pub(crate) fn log(mut self) -> String {
        self.kill();
        self.log.lock().unwrap().clone()
    }

    fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(logging) = self.logging.take() {
            let _ = logging.join();
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
    }
}
