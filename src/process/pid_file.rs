//! Where a running service is found: a file below the home directory that tells of it, and a lock that it holds as long as
//! it lives.
//!
//! A number alone does not tell whether a process is there, for numbers are used again; the system takes a lock from its
//! holder, however that ends.

use std::{
    fs::{self, File, TryLockError},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::health::{self, Health};
use crate::private;

/// The file, below the home directory.
const FILE: &str = ".wireloom/service.json";

/// How often, and how long after each other, the lock is tried: who asks whether it is held has it for a moment.
const TRIES: (u32, Duration) = (10, Duration::from_millis(20));

/// What a running service tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The number of its process.
    pub pid: u32,
    /// What tells it from any other, and from itself after a restart.
    pub instance: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its configuration's file, unless that is built in.
    pub config: Option<PathBuf>,
    /// When it was started, as a date and a time in UTC.
    pub started_at: String,
    /// The file that it logs to, if it logs to one.
    pub log: Option<PathBuf>,
    /// How long it lets running answers finish when it is told to end, in seconds.
    pub shutdown_seconds: u32,
}

/// The file that tells of a service.
#[derive(Clone, Debug)]
pub struct PidFile {
    path: PathBuf,
}

/// What is known of the service of a file.
#[derive(Clone, Debug)]
pub enum Found {
    /// It runs.
    Running(Card, Health),
    /// It is there and does not answer: it starts, or finishes what runs before it ends, or hangs.
    Silent(Card),
    /// There is none.
    Nothing,
}

/// The right to be the service of a file, for one process. When it is dropped, the file is gone.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    _lock: File,
}

impl PidFile {
    /// The one below the home directory, if there is one.
    pub fn usual() -> Option<Self> {
        crate::config::home().map(|home| Self { path: home.join(FILE) })
    }

    /// One of its own for a further service.
    pub fn at(path: &Path) -> Self {
        Self { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a service in the background writes what it has no other place for: why it cannot start.
    pub fn last_words(&self) -> PathBuf {
        self.path.with_extension("err")
    }

    /// What is known of the service. It is asked, so this waits for its answer.
    pub fn find(&self) -> Found {
        // A file whose service did not come to remove it stays until the next one starts: who removed it here could
        // remove that one's.
        let Some(card) = self.read().filter(|_| self.is_held()) else { return Found::Nothing };
        match health::ask(card.address) {
            Some(health) if health.instance == card.instance => Found::Running(card, health),
            _ => Found::Silent(card),
        }
    }

    /// What the file says, whether it is true or not.
    pub fn read(&self) -> Option<Card> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }

    /// Whether there is a service.
    pub fn is_held(&self) -> bool {
        let lock = File::open(self.lock());
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Makes this process the service of the file; none, if another one is.
    ///
    /// # Errors
    /// The folder cannot be written, or has no locks.
    pub fn hold(&self) -> io::Result<Option<Held>> {
        private::make_folder(self.path.parent().unwrap_or(Path::new(".")))?;
        let lock = private::options().create(true).truncate(false).open(self.lock())?;
        for _ in 0..TRIES.0 {
            match lock.try_lock() {
                Ok(()) => {
                    let _ = fs::remove_file(&self.path);
                    return Ok(Some(Held { path: self.path.clone(), _lock: lock }));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(TRIES.1),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    fn lock(&self) -> PathBuf {
        self.path.with_extension("lock")
    }
}

impl Held {
    /// Tells of the service, in one step and to nobody else.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, card: &Card) -> io::Result<()> {
        private::write(&self.path, &serde_json::to_vec_pretty(card)?)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn card() -> Card {
        Card {
            pid: std::process::id(),
            instance: "a".into(),
            address: ([127, 0, 0, 1], 1).into(),
            config: None,
            started_at: "2026-01-01T00:00:00Z".into(),
            log: None,
            shutdown_seconds: 30,
        }
    }

    #[test]
    fn one_process_is_the_service() {
        let folder = tempfile::tempdir().unwrap();
        let file = PidFile::at(&folder.path().join("below/service.json"));
        assert!(!file.is_held() && matches!(file.find(), Found::Nothing));
        let held = file.hold().unwrap().unwrap();
        assert!(file.is_held() && file.hold().unwrap().is_none());
        held.write(&card()).unwrap();
        assert_eq!(file.read(), Some(card()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        }
        // It holds the lock and does not answer.
        assert!(matches!(file.find(), Found::Silent(_)));
        drop(held);
        assert!(!file.is_held() && !file.path().exists());
    }

    #[test]
    fn the_number_of_a_living_process_is_no_service() {
        let folder = tempfile::tempdir().unwrap();
        let file = PidFile::at(&folder.path().join("service.json"));
        fs::write(file.path(), serde_json::to_vec(&card()).unwrap()).unwrap();
        assert!(matches!(file.find(), Found::Nothing));
        let held = file.hold().unwrap();
        assert!(held.is_some() && file.read().is_none());
    }
}
