//! The gateway that runs now, and putting another in its place while requests are answered.

mod document;
mod rehearsal;
mod standing;
mod watch;

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    fmt, fs,
    hash::{Hash, Hasher, RandomState},
    io,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use wireloom_schema::{
    config::{Config, LogLevel, OtlpConfig, RecordsConfig, ServiceLimits},
    diagnostic::Diagnostic,
};

use crate::{
    config::{self, DOT_ENV, LoadError, Loaded, check_transformers},
    gateway::{Gateway, SetupError, spec_names},
    logs::Logs,
    presets::Presets,
};

pub use document::{Document, WriteError, Written};
pub use standing::Standing;
pub use watch::watch;

/// The gateway that runs now, behind a swap: requests take it once and keep it until they are answered.
#[derive(Debug)]
pub struct Live {
    gateway: ArcSwap<Gateway>,
    standing: ArcSwap<Standing>,
    origin: Mutex<Origin>,
    logs: Logs,
    /// What marks of texts are made with: nobody else can tell from one what the text may be.
    marks: RandomState,
}

/// Where the configuration is from, and what of it holds until the process ends.
#[derive(Debug)]
pub struct Origin {
    /// The file; none for the one that is built in.
    pub path: Option<PathBuf>,
    /// The host and the port of the command line, which go before the file's.
    pub given: (Option<String>, Option<u16>),
    /// Where the service listens.
    pub address: SocketAddr,
    /// Whether a service manager has it listen there, whatever the configuration says.
    pub handed_down: bool,
    /// What the process was started with.
    started: Started,
    /// Marks of what stood in the files when they were last read; none for one that could not be.
    seen: HashMap<PathBuf, Option<u64>>,
}

/// Settings that only a restart changes.
#[derive(Debug, PartialEq, Eq)]
struct Started {
    host: String,
    port: u16,
    log: bool,
    log_file: Option<String>,
    records: RecordsConfig,
    otlp: OtlpConfig,
    /// What counts for connections.
    limits: ServiceLimits,
    /// Taken over where the log can do that.
    log_level: Option<LogLevel>,
}

/// A gateway that is ready to answer.
struct Next {
    path: Option<PathBuf>,
    gateway: Gateway,
    started: Started,
    warnings: Vec<Diagnostic>,
}

/// What taking over a configuration did.
#[derive(Debug)]
pub struct Reloaded {
    /// The number of the configuration that runs now, from 1.
    pub generation: u64,
    /// What in it is without effect or looks like a slip.
    pub warnings: Vec<Diagnostic>,
    /// Changed settings that have no effect before a restart, by their keys.
    pub restart: Vec<&'static str>,
}

/// Why a configuration was not taken over. What ran before goes on.
#[derive(Debug)]
pub enum ReloadError {
    /// It cannot be read, or has mistakes.
    Load(LoadError),
    /// It cannot become a gateway.
    Setup(SetupError),
    /// It has no key, and others than this machine reach the service.
    Open(SocketAddr),
    /// Where it has the service listen after a restart, that is not possible.
    Listen(String, io::Error),
}

impl ReloadError {
    /// The mistakes with their places, if it is of such; its `Display` tells all the others.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            ReloadError::Load(LoadError::Mistakes(mistakes)) => mistakes,
            ReloadError::Load(_) | ReloadError::Setup(_) | ReloadError::Open(_) | ReloadError::Listen(..) => &[],
        }
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReloadError::Load(LoadError::Mistakes(mistakes)) => {
                let lines: Vec<String> = mistakes.iter().map(Diagnostic::line).collect();
                f.write_str(&lines.join("\n"))
            }
            ReloadError::Load(error) => error.fmt(f),
            ReloadError::Setup(error) => error.fmt(f),
            ReloadError::Open(address) => {
                write!(f, "neither `APIKEY` nor `keys` is set, and {address} is reached from other machines")
            }
            ReloadError::Listen(address, error) => write!(f, "{address} cannot be listened on: {error}"),
        }
    }
}

impl std::error::Error for ReloadError {}

impl Origin {
    /// Of a configuration that becomes the first gateway, with the host and the port that count.
    pub fn new(
        path: Option<PathBuf>,
        given: (Option<String>, Option<u16>),
        address: SocketAddr,
        handed_down: bool,
        config: &Config,
    ) -> Self {
        Self { path, given, address, handed_down, started: Started::of(config), seen: HashMap::new() }
    }
}

impl Started {
    fn of(config: &Config) -> Self {
        // What counts for requests changes with the gateway.
        let limits = ServiceLimits { body_mb: NonZeroU32::MIN, requests_per_minute: None, ..config.limits };
        Self {
            host: config.host.clone(),
            port: config.port,
            log: config.log,
            log_file: config.log_file.clone(),
            records: config.records.clone(),
            otlp: config.otlp.clone(),
            limits,
            log_level: config.log_level,
        }
    }

    /// The keys of what is different in another.
    fn differences(&self, other: &Self) -> Vec<&'static str> {
        let each = [
            ("HOST", self.host == other.host),
            ("PORT", self.port == other.port),
            ("LOG", self.log == other.log),
            ("LOG_FILE", self.log_file == other.log_file),
            ("LOG_LEVEL", self.log_level == other.log_level),
            ("records", self.records == other.records),
            ("otlp", self.otlp == other.otlp),
            ("limits", self.limits == other.limits),
        ];
        each.into_iter().filter(|(_, same)| !same).map(|(key, _)| key).collect()
    }
}

impl Live {
    /// Of the first gateway, with the log whose level the configuration says.
    pub fn new(gateway: Gateway, origin: Origin, logs: Logs) -> Self {
        let standing = Standing::first(origin.path.clone());
        let live = Self {
            gateway: ArcSwap::from_pointee(gateway),
            standing: ArcSwap::from_pointee(standing),
            origin: Mutex::new(origin),
            logs,
            marks: RandomState::new(),
        };
        live.look(&mut live.origin());
        live
    }

    /// The gateway that runs now. A request takes it once, and so is answered by one configuration.
    pub fn gateway(&self) -> Arc<Gateway> {
        self.gateway.load_full()
    }

    /// How the configuration stands.
    pub fn standing(&self) -> Arc<Standing> {
        self.standing.load_full()
    }

    /// Reads the configuration again and lets it answer from the next request on; requests in flight finish on the old
    /// one. Reads files, so it is not for a thread that must not wait.
    ///
    /// # Errors
    /// What is wrong with it. The one before goes on, and [`standing`](Self::standing) says so.
    pub fn reload(&self) -> Result<Reloaded, ReloadError> {
        let mut origin = self.origin();
        // What changes while it is read is seen as changed afterwards.
        origin.seen.clear();
        self.look(&mut origin);
        let done = self.take_over(&mut origin);
        // Those that only the new one names.
        self.look(&mut origin);
        match &done {
            Ok(reloaded) => reloaded.log(origin.address),
            Err(error) => {
                let count = self.standing().generation;
                error.to_string().lines().for_each(|line| tracing::error!("{line}"));
                tracing::error!("the changed configuration is not taken over, number {count} goes on");
                self.standing.store(Arc::new(self.standing().failed(error.to_string())));
            }
        }
        done
    }

    /// The same if something stands in the files that did not when they were last read.
    fn reload_if_changed(&self) {
        let changed = {
            let origin = self.origin();
            origin.seen.iter().any(|(file, seen)| mark(file) != *seen)
        };
        if changed {
            // What became of it is logged.
            let _ = self.reload();
        }
    }

    fn take_over(&self, origin: &mut Origin) -> Result<Reloaded, ReloadError> {
        let loaded = config::load(origin.path.as_deref()).map_err(ReloadError::Load)?;
        let (path, config, warnings) = match loaded {
            Loaded::File { path, config, warnings } => (Some(path), config, warnings),
            Loaded::BuiltIn { config, warnings } => (None, config, warnings),
            Loaded::Demo => {
                let generation = self.standing().generation;
                return Ok(Reloaded { generation, warnings: Vec::new(), restart: Vec::new() });
            }
        };
        let next = self.next(origin, path, config, warnings)?;
        Ok(self.put(origin, next))
    }

    /// What a configuration comes to.
    fn next(
        &self,
        origin: &Origin,
        path: Option<PathBuf>,
        mut config: Config,
        mut warnings: Vec<Diagnostic>,
    ) -> Result<Next, ReloadError> {
        let (host, port) = origin.given.clone();
        config.host = host.unwrap_or(config.host);
        config.port = port.unwrap_or(config.port);
        if !config.needs_key() && !origin.address.ip().is_loopback() {
            return Err(ReloadError::Open(origin.address));
        }
        warnings.extend(check_transformers(&config, &spec_names()));
        let gateway = self.gateway().renewed(&config).map_err(ReloadError::Setup)?;
        let gateway = gateway.with_presets(&Presets::of_user(), &config);
        Ok(Next { path, gateway, started: Started::of(&config), warnings })
    }

    /// Lets it answer.
    fn put(&self, origin: &mut Origin, next: Next) -> Reloaded {
        let Next { path, gateway, started, warnings } = next;
        if started.log_level != origin.started.log_level && self.logs.set_level(started.log_level) {
            origin.started.log_level = started.log_level;
        }
        let restart = origin.started.differences(&started);
        self.gateway.store(Arc::new(gateway));
        let standing = self.standing().next(path.clone());
        let generation = standing.generation;
        self.standing.store(Arc::new(standing));
        origin.path = path;
        Reloaded { generation, warnings, restart }
    }

    /// The files that the configuration depends on, there or not.
    fn files(&self, origin: &Origin) -> Vec<PathBuf> {
        let own = origin.path.iter().flat_map(|path| [path.clone(), path.with_file_name(DOT_ENV)]);
        own.chain(self.gateway.load().files().map(PathBuf::from)).collect()
    }

    /// Notes what stands in the files that were not looked at yet.
    fn look(&self, origin: &mut Origin) {
        for file in self.files(origin) {
            origin.seen.entry(file).or_insert_with_key(|file| mark(file));
        }
    }

    /// The file of records, if there is one: it is the same until the process ends.
    fn records(&self) -> Option<PathBuf> {
        crate::records::path(&self.origin().started.records)
    }

    fn origin(&self) -> MutexGuard<'_, Origin> {
        self.origin.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mark of what stands in a file, or of what a folder holds, if it can be read.
fn mark(path: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    if path.is_dir() {
        let mut names: Vec<_> = fs::read_dir(path).ok()?.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names.hash(&mut hasher);
    } else {
        fs::read(path).ok()?.hash(&mut hasher);
    }
    Some(hasher.finish())
}

impl Reloaded {
    fn log(&self, address: SocketAddr) {
        self.warnings.iter().for_each(|warning| tracing::warn!("{}", warning.line()));
        if !self.restart.is_empty() {
            let keys = self.restart.join(", ");
            tracing::warn!("{keys} changed, which needs a restart: it still listens on {address} as it was started");
        }
        tracing::info!(generation = self.generation, "the configuration is taken over");
    }
}
