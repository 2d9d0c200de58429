//! What projects and sessions say otherwise than the configuration: files below the home directory, read when they have
//! changed.
//!
//! A session belongs to the project in whose folder of transcripts it has one. The files of a project stand in a folder of
//! the same name: `SESSION.json` for one session, `config.json` for all.

use std::{
    collections::HashMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use quick_cache::unsync::Cache;
use wireloom_schema::{
    config::{PROJECTS, RouterConfig, read_router},
    diagnostic::Severity,
    document::read_file,
};

use super::{Routes, Routing, session::is_name};

/// Folders that hold those of projects, below the home directory, the first before the others.
const ROOTS: [&str; 2] = [".wireloom", ".claude-code-router"];

/// The file of a project.
const PROJECT_FILE: &str = "config.json";

/// How long it is believed that no project has a folder, or that nobody knows a session's project.
const BELIEVED: Duration = Duration::from_secs(2);

/// How many sessions' projects are remembered.
const REMEMBERED: usize = 1_000;

/// What routes a session has, and the project that it belongs to.
#[derive(Clone, Debug)]
pub struct Scope {
    /// `Router` with what the project and the session say otherwise.
    pub routes: Arc<Routes>,
    /// The project, if it is known.
    pub project: Option<Arc<str>>,
}

/// The files, and what was last read of them.
pub struct Overrides {
    home: Option<PathBuf>,
    /// Whether a rule asks for the project.
    project_wanted: bool,
    known: Mutex<Known>,
}

struct Known {
    /// Since when it is believed that no project has a folder.
    none: Option<Instant>,
    projects: Cache<Box<str>, Arc<str>>,
    files: HashMap<PathBuf, Read>,
}

/// A file as it was read.
struct Read {
    version: (Option<SystemTime>, u64),
    router: Option<Arc<RouterConfig>>,
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Overrides({:?})", self.home)
    }
}

/// The project whose folder has a session's transcript, below a home directory. It reads folders.
pub fn project_of(home: &Path, session: &str) -> Option<String> {
    if !is_name(session) {
        return None;
    }
    let file = format!("{session}.jsonl");
    let folders = fs::read_dir(home.join(PROJECTS)).ok()?.flatten();
    let found = folders.map(|folder| folder.path()).find(|folder| folder.join(&file).is_file())?;
    found.file_name()?.to_str().map(str::to_owned)
}

impl Overrides {
    /// Below the home directory of the process.
    pub(super) fn new(project_wanted: bool) -> Self {
        let home =
            ["HOME", "USERPROFILE"].into_iter().find_map(|name| std::env::var_os(name).filter(|at| !at.is_empty()));
        Self::below(home.map(PathBuf::from), project_wanted)
    }

    /// The same below another directory.
    pub(super) fn moved(self, home: PathBuf) -> Self {
        Self::below(Some(home), self.project_wanted)
    }

    fn below(home: Option<PathBuf>, project_wanted: bool) -> Self {
        let projects = Cache::new(REMEMBERED);
        Self { home, project_wanted, known: Mutex::new(Known { none: None, projects, files: HashMap::new() }) }
    }

    /// Whether files must be looked at for a request. If not, nothing blocks.
    fn is_idle(&self) -> bool {
        let since = self.known.lock().ok().and_then(|known| known.none);
        self.home.is_none() || since.is_some_and(|since| since.elapsed() < BELIEVED)
    }

    /// The project whose folder has the session's transcript. That there is none yet is not remembered.
    fn project(&self, home: &Path, session: &str) -> Option<Arc<str>> {
        if let Some(found) = self.known.lock().ok()?.projects.get(session) {
            return Some(found.clone());
        }
        let name: Arc<str> = project_of(home, session)?.into();
        self.known.lock().ok()?.projects.insert(session.into(), name.clone());
        Some(name)
    }

    /// Whether some project has a folder for files.
    fn has_folder(home: &Path) -> bool {
        let below = |root: &&str| fs::read_dir(home.join(root)).into_iter().flatten().flatten();
        let projects = home.join(PROJECTS);
        ROOTS
            .iter()
            .flat_map(below)
            .any(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()) && projects.join(entry.file_name()).is_dir())
    }

    /// What a file says, if it is there and right. Its mistakes are told once for each version of it.
    fn router(&self, path: PathBuf, routing: &Routing) -> Option<Arc<RouterConfig>> {
        let about = fs::metadata(&path).ok()?;
        let version = (about.modified().ok(), about.len());
        let read = |known: &Known| {
            known.files.get(&path).filter(|read| read.version == version).map(|read| read.router.clone())
        };
        if let Some(router) = self.known.lock().ok().as_deref().and_then(read) {
            return router;
        }
        let source = read_file(&path).map_err(|error| tracing::warn!(path = %path.display(), %error, "cannot be read"));
        let router = match read_router(&source.ok()?, routing.providers(), |name| std::env::var(name).ok()) {
            Ok((router, told)) => {
                told.iter().for_each(|warning| tracing::warn!("{}", warning.line()));
                router.map(Arc::new)
            }
            Err(told) => {
                let errors = told.iter().filter(|mistake| mistake.severity == Severity::Error);
                errors.for_each(|mistake| tracing::warn!("not used: {}", mistake.line()));
                None
            }
        };
        self.known.lock().ok()?.files.insert(path, Read { version, router: router.clone() });
        router
    }
}

impl Routing {
    /// What holds for a session. Files are looked at on a thread that may wait for them, and only if there are any.
    pub async fn scope(self: &Arc<Self>, session: Option<&str>) -> Scope {
        let Some(session) = session.filter(|_| !self.overrides.is_idle()) else { return self.general() };
        let (routing, session) = (self.clone(), session.to_owned());
        let read = tokio::task::spawn_blocking(move || routing.scope_of(&session));
        read.await.unwrap_or_else(|_| self.general())
    }

    /// What holds where nothing else is said.
    pub fn general(&self) -> Scope {
        Scope { routes: self.routes.clone(), project: None }
    }

    /// [`scope`](Self::scope), for callers who may wait for files.
    pub fn scope_of(&self, session: &str) -> Scope {
        let overrides = &self.overrides;
        let Some(home) = &overrides.home else { return self.general() };
        let has_folder = Overrides::has_folder(home);
        if !has_folder && !overrides.project_wanted {
            if let Ok(mut known) = overrides.known.lock() {
                known.none = Some(Instant::now());
            }
            return self.general();
        }
        let Some(project) = overrides.project(home, session) else { return self.general() };
        let session_file = format!("{session}.json");
        let folders = ROOTS.map(|root| home.join(root).join(&*project));
        let paths =
            [&session_file, PROJECT_FILE].into_iter().flat_map(|file| folders.iter().map(move |at| at.join(file)));
        let found: Vec<Arc<RouterConfig>> = paths.filter_map(|path| overrides.router(path, self)).collect();
        let routes = match found.into_iter().reduce(|first, next| Arc::new(RouterConfig::clone(&first).or(&next))) {
            Some(own) => Arc::new(self.routes_with(RouterConfig::clone(&own))),
            None => self.routes.clone(),
        };
        Scope { routes, project: Some(project) }
    }
}
