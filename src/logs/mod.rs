//! The log: to people at the terminal, to files of bounded size, and to whoever listens.
//!
//! What is logged never holds a key, a header's value or a body: secrets have a type that no log can show, and those that
//! log say what happened, not what was said.

mod files;
mod follow;
mod tail;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_rolling_file::{RollingConditionBase, RollingFileAppenderBase};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::dynamic_filter_fn, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt,
};
use wireloom_schema::config::{Config, LogLevel};

pub use files::LogFile;
pub use follow::Follow;
pub use tail::Listener;

use self::{
    files::Files,
    tail::{Line, Tail},
};

/// The file of the log, below the home directory.
const FILE: &str = ".wireloom/logs/wireloom.log";

/// The most bytes of one file.
const MOST_FILE: u64 = 10 << 20;

/// How many older files are kept beside the one that is written to.
const OLDER_FILES: usize = 9;

/// Where and how much is logged.
#[derive(Clone, Debug, Default)]
pub struct LogSettings {
    /// How much, if that is said.
    pub level: Option<LogLevel>,
    /// Whether to the standard error.
    pub terminal: bool,
    /// In colors.
    pub color: bool,
    /// To which file, if to any.
    pub file: Option<PathBuf>,
}

impl LogSettings {
    /// As a configuration says: to the terminal, and to `LOG_FILE` where one is named. `detached`, where nobody sees a
    /// terminal, to a file alone.
    pub fn of(config: &Config, detached: bool, color: bool) -> Self {
        let usual = || crate::config::home().map(|home| home.join(FILE));
        let named = config.log_file.as_ref().map(PathBuf::from);
        // A bare name is one in the usual folder.
        let placed = named.and_then(|name| match name.components().count() {
            1 => usual().map(|usual| usual.with_file_name(&name)),
            _ => Some(name),
        });
        let file = placed.or_else(|| usual().filter(|_| detached)).filter(|_| config.log);
        Self { level: config.log_level, terminal: config.log && !detached, color, file }
    }
}

/// The running log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Logs(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    level: Mutex<Option<LogLevel>>,
    filter: reload::Handle<EnvFilter, Registry>,
    files: Option<Files>,
    tail: Arc<Tail>,
    /// Writes what waits when it is dropped.
    _file: Option<WorkerGuard>,
}

impl Logs {
    /// Begins to log. `WIRELOOM_LOG` says how much, in the syntax of tracing's filters, else the settings do.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn start(settings: LogSettings) -> io::Result<Self> {
        let filter = EnvFilter::try_from_env("WIRELOOM_LOG").unwrap_or_else(|_| filter(settings.level));
        let (filter, handle) = reload::Layer::new(filter);
        let terminal = || fmt::layer().with_writer(io::stderr).with_ansi(settings.color);
        let written = settings.file.as_deref().map(Files::open).transpose()?;
        let (files, appender) = written.unzip();
        let (file, guard) = appender.map(|appender| NonBlockingBuilder::default().lossy(true).finish(appender)).unzip();
        let tail = Arc::<Tail>::default();
        let (heard, told) = (tail.clone(), tail.clone());
        let listeners = fmt::layer().json().with_writer(move || Line(told.clone()));
        let layers = tracing_subscriber::registry()
            .with(filter)
            .with(settings.terminal.then(terminal))
            .with(file.map(|file| fmt::layer().json().with_writer(file)))
            .with(listeners.with_filter(dynamic_filter_fn(move |_, _| heard.is_heard())));
        // Whoever has set up a log of their own keeps it.
        let _ = layers.try_init();
        let level = Mutex::new(settings.level);
        Ok(Self(Arc::new(Shared { level, filter: handle, files, tail, _file: guard })))
    }

    /// How much is logged, if that was said.
    pub fn level(&self) -> Option<LogLevel> {
        *self.0.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on so much is logged, or what is usual. Whether that could be done.
    pub fn set_level(&self, level: Option<LogLevel>) -> bool {
        *self.0.level.lock().unwrap_or_else(PoisonError::into_inner) = level;
        self.0.filter.reload(filter(level)).is_ok()
    }

    /// The files of the log, the newest first.
    ///
    /// # Errors
    /// What the system says.
    pub fn files(&self) -> io::Result<Vec<LogFile>> {
        self.0.files.as_ref().map_or_else(|| Ok(Vec::new()), Files::list)
    }

    /// The last lines of the file of that name; none, if no file of the log is called so.
    ///
    /// # Errors
    /// What the system says.
    pub fn lines(&self, name: Option<&str>) -> io::Result<Option<Vec<String>>> {
        self.0.files.as_ref().map_or_else(|| Ok(None), |files| files.lines(name))
    }

    /// Empties the file of that name. Whether a file of the log is called so.
    ///
    /// # Errors
    /// What the system says.
    pub fn clear(&self, name: Option<&str>) -> io::Result<bool> {
        self.0.files.as_ref().map_or_else(|| Ok(false), |files| files.clear(name))
    }

    /// Listens to what is logged from now on.
    pub fn listen(&self) -> Listener {
        self.0.tail.listen()
    }

    /// Tells those who listen that nothing more comes.
    pub fn end(&self) {
        self.0.tail.end();
    }
}

/// What is logged at a level. Libraries that log what they send are kept quiet.
fn filter(level: Option<LogLevel>) -> EnvFilter {
    EnvFilter::new(match level {
        Some(LogLevel::Error) => "error",
        Some(LogLevel::Warn) => "warn",
        Some(LogLevel::Debug) => "wireloom=debug,info",
        Some(LogLevel::Trace) => "wireloom=trace,info",
        Some(LogLevel::Info) | None => "wireloom=info,warn",
    })
}

/// Writes to a file until it has so many bytes or the day is over, then to the next.
fn appender(path: &std::path::Path, most: u64) -> io::Result<RollingFileAppenderBase> {
    let condition = RollingConditionBase::new().daily().max_size(most);
    RollingFileAppenderBase::new(path, condition, OLDER_FILES).map_err(io::Error::other)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    #[test]
    fn the_log_never_has_more_than_its_files_may_hold() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder.path().join("loom.log"), 5_000).unwrap();
        for number in 0..200 {
            writeln!(appender, "{number:0999}").unwrap();
        }
        appender.flush().unwrap();
        let sizes: Vec<u64> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).collect();
        assert!(sizes.len() == OLDER_FILES + 1 && sizes.iter().all(|size| *size <= 6_000), "{sizes:?}");
        let last = fs::read_to_string(folder.path().join("loom.log")).unwrap();
        assert!(last.ends_with("199\n"), "{last}");
    }
}
