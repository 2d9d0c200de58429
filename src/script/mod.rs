//! Custom routers: claude-code-router's CommonJS modules, run in an engine that lends them nothing but the request and the
//! configuration.
//!
//! A few threads of their own run them, so that no stream waits for one; each has one engine, in which the module is loaded
//! once. An engine that was stopped in the middle is replaced.

mod error;
mod files;
mod line;
mod machine;
mod view;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

pub use error::ScriptError;
pub use line::line;
pub use view::{RequestView, shown};

use files::Folder;
use machine::{Machine, Use};

/// How many engines there are: each takes a megabyte or two, and no request needs one for long.
const ENGINES: usize = 2;

/// The most requests that wait for an engine.
const MOST_WAITING: usize = 256;

/// The bytes of a thread's stack.
const STACK: usize = 2 << 20;

/// How long loading may take.
const LOADING: Duration = Duration::from_secs(2);

/// How long a decision may take.
const DECIDING: Duration = Duration::from_millis(500);

/// A custom router. Dropping it ends its threads.
#[derive(Debug)]
pub struct Script {
    path: PathBuf,
    jobs: SyncSender<Job>,
}

/// A request to decide on.
struct Job {
    view: RequestView,
    said: mpsc::UnboundedSender<Said>,
}

/// What an engine says to the request that waits.
enum Said {
    /// It wants the request's tokens counted.
    Count(oneshot::Sender<u64>),
    /// Its decision.
    Done(Result<Option<String>, ScriptError>),
}

/// What an engine needs to load a router.
struct Plan {
    folder: Folder,
    main: String,
    config: String,
}

impl Plan {
    fn load(&self) -> Result<Machine, ScriptError> {
        Machine::load(&self.folder, &self.main, &self.config, LOADING, Use::Route)
    }
}

impl Script {
    /// Loads the module at a path. `config` is the configuration as JSON, without keys, which it is shown. Reads files and
    /// runs the module's own code: call it where blocking is allowed.
    ///
    /// # Errors
    /// A file that cannot be read, is no JavaScript, throws while it is loaded, or exports no function.
    pub fn load(path: &Path, config: &str) -> Result<Self, ScriptError> {
        let (folder, main) = Folder::of(path).map_err(|reason| ScriptError::File { reason })?;
        let plan = Arc::new(Plan { folder, main, config: config.to_owned() });
        let (jobs, waiting) = sync_channel(MOST_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let (tell, told) = sync_channel(ENGINES);
        for _ in 0..ENGINES {
            let (plan, waiting, tell) = (plan.clone(), waiting.clone(), tell.clone());
            let engine = thread::Builder::new().name("custom-router".into()).stack_size(STACK);
            let work = move || match plan.load() {
                Ok(machine) => {
                    let _ = tell.send(Ok(()));
                    drop(tell);
                    work(&plan, machine, &waiting);
                }
                Err(error) => {
                    let _ = tell.send(Err(error));
                }
            };
            engine.spawn(work).map_err(|error| ScriptError::File { reason: error.to_string() })?;
        }
        drop(tell);
        let loaded: Vec<Result<(), ScriptError>> = told.iter().collect();
        loaded.into_iter().collect::<Result<(), _>>()?;
        Ok(Self { path: path.to_owned(), jobs })
    }

    /// Where its module stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks it where a request goes: `provider,model`, or nothing, so that the usual rules decide. `count` counts the
    /// request's tokens; it is awaited only if the router asks.
    ///
    /// # Errors
    /// Why it gives no answer.
    pub async fn route(
        &self,
        view: RequestView,
        count: impl Future<Output = u64>,
    ) -> Result<Option<String>, ScriptError> {
        let (said, mut hear) = mpsc::unbounded_channel();
        self.jobs.try_send(Job { view, said }).map_err(|error| match error {
            TrySendError::Full(_) => ScriptError::Busy,
            TrySendError::Disconnected(_) => ScriptError::Gone,
        })?;
        let tell = match hear.recv().await {
            Some(Said::Done(decision)) => return decision,
            Some(Said::Count(tell)) => tell,
            None => return Err(ScriptError::Gone),
        };
        let _ = tell.send(count.await);
        match hear.recv().await {
            Some(Said::Done(decision)) => decision,
            // It counts once for one request.
            Some(Said::Count(_)) | None => Err(ScriptError::Gone),
        }
    }
}

/// Decides on requests until nobody asks any more.
fn work(plan: &Plan, machine: Machine, waiting: &Mutex<Receiver<Job>>) {
    let mut machine = Some(machine);
    loop {
        // The lock is held while one engine waits: the others wait for it just as well.
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { view, said }) = job else { return };
        if said.is_closed() {
            continue;
        }
        let loaded = match machine.take() {
            Some(machine) => Ok(machine),
            None => plan.load(),
        };
        let engine = match loaded {
            Ok(engine) => engine,
            Err(error) => {
                let _ = said.send(Said::Done(Err(error)));
                continue;
            }
        };
        let ask = said.clone();
        let count = move || {
            let (tell, told) = oneshot::channel();
            ask.send(Said::Count(tell)).ok()?;
            told.blocking_recv().ok()
        };
        let decision = engine.route(view, DECIDING, count);
        let _ = said.send(Said::Done(decision));
        machine = Some(engine).filter(Machine::is_clean);
    }
}
