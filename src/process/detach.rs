//! Starting the service in the background, and seeing that it takes requests.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{
    pid_file::{Card, Found, PidFile},
    rebirth::program,
};
use crate::private;

/// How long a service may take until it takes requests.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether it does.
const BEAT: Duration = Duration::from_millis(20);

/// How a service is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The configuration, if one is named.
    pub config: Option<PathBuf>,
    /// The host in place of the configured one.
    pub host: Option<String>,
    /// The port in place of the configured one.
    pub port: Option<u16>,
    /// The file that tells of it.
    pub pid_file: PidFile,
}

/// A service that takes requests.
#[derive(Clone, Debug)]
pub struct Started {
    /// What it tells of itself.
    pub card: Card,
    /// Whether it is the one that was started, and not one that someone else has started at the same time.
    pub is_own: bool,
}

/// Why there is no service.
#[derive(Debug)]
pub enum DetachError {
    /// The process cannot be started.
    Process(io::Error),
    /// The file for what it says cannot be written.
    LastWords(PathBuf, io::Error),
    /// It has ended.
    Ended {
        /// How.
        status: ExitStatus,
        /// What it said.
        said: String,
    },
    /// It does not take requests, and is ended.
    Silent {
        /// What it said.
        said: String,
    },
}

impl fmt::Display for DetachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self {
            DetachError::Process(error) => return write!(f, "the service cannot be started: {error}"),
            DetachError::LastWords(path, error) => return write!(f, "{} cannot be written: {error}", path.display()),
            DetachError::Ended { status, said } => {
                write!(f, "the service did not start ({status})")?;
                said
            }
            DetachError::Silent { said } => {
                write!(f, "the service took no requests within {} s, and is ended", PATIENCE.as_secs())?;
                said
            }
        };
        match said.trim_end() {
            "" => Ok(()),
            said => write!(f, "; it says:\n{said}"),
        }
    }
}

impl std::error::Error for DetachError {}

impl Launch {
    /// Starts the service in the background and waits until it takes requests.
    ///
    /// # Errors
    /// Why it does not, in its own words.
    pub fn detach(&self) -> Result<Started, DetachError> {
        let words = self.pid_file.last_words();
        let file = private_file(&words).map_err(|error| DetachError::LastWords(words.clone(), error))?;
        let mut child = self.command(file).map_err(DetachError::Process)?.spawn().map_err(DetachError::Process)?;
        let said = || fs::read_to_string(&words).unwrap_or_default();
        let end = Instant::now() + PATIENCE;
        loop {
            if let Found::Running(card, _) = self.pid_file.find() {
                let is_own = card.pid == child.id();
                return Ok(Started { card, is_own });
            }
            match child.try_wait().map_err(DetachError::Process)? {
                // Someone else's may be under way, and this one gave way to it.
                Some(status) if !self.pid_file.is_held() => return Err(DetachError::Ended { status, said: said() }),
                _ if Instant::now() > end => {
                    give_up(&mut child);
                    return Err(DetachError::Silent { said: said() });
                }
                _ => thread::sleep(BEAT),
            }
        }
    }

    fn command(&self, words: File) -> io::Result<Command> {
        let mut command = Command::new(program()?);
        command.args(["start", "--detached", "--pid-file"]).arg(self.pid_file.path());
        let config = self.config.iter().flat_map(|config| [Path::new("--config"), config]);
        command.args(config);
        if let Some(host) = &self.host {
            command.args(["--host", host]);
        }
        if let Some(port) = self.port {
            command.args(["--port", &port.to_string()]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(words);
        Ok(command)
    }
}

fn give_up(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Opens an empty file that only its owner reads.
fn private_file(path: &Path) -> io::Result<File> {
    private::make_folder(path.parent().unwrap_or(Path::new(".")))?;
    // One that is there may be open to others, or written to by a service.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private::options().create_new(true).open(path)
}
