//! The log over HTTP: its files, its lines as they come, and how much is logged. The paths and the answers are those of
//! claude-code-router where it has them; what it does not have is a way to any other file.

use std::io;

use http::{HeaderValue, StatusCode, header};
use salvo::{Request, Response, writing::Json};
use salvo_oapi::{ToSchema, endpoint};
use serde::{Deserialize, Serialize};
use wireloom_schema::{config::LogLevel, model::ErrorKind};

use crate::{
    logs::{LogFile, Logs},
    refusal::Refusal,
};

use super::refused::Refused;

/// The most bytes of a request to change the level.
const MOST: usize = 1 << 10;

/// Lists the files.
pub(super) struct LogFiles(pub(super) Logs);

/// The files of the log, the newest first.
#[endpoint(tags("log"))]
impl LogFiles {
    async fn handle(&self) -> Result<Json<Vec<LogFile>>, Refused> {
        let logs = self.0.clone();
        blocking(move || logs.files()).await.map(Json)
    }
}

/// Tells the lines of a file: `?file=NAME`, or of the one that is written to.
pub(super) struct LogLines(pub(super) Logs);

/// The last lines of a file of the log.
///
/// Without a name, those of the file that is written to.
#[endpoint(tags("log"), parameters(("file" = Option<String>, Query, description = "The file's name")))]
impl LogLines {
    async fn handle(&self, req: &mut Request) -> Result<Json<Vec<String>>, Refused> {
        let (logs, name) = (self.0.clone(), named(req));
        let is_named = name.is_some();
        let found = blocking(move || logs.lines(name.as_deref())).await?;
        // Without a file there are no lines, which is no mistake.
        found.or_else(|| (!is_named).then(Vec::new)).map(Json).ok_or_else(unknown)
    }
}

/// Empties a file: `?file=NAME`, or the one that is written to.
pub(super) struct LogClearing(pub(super) Logs);

/// Empties a file of the log.
///
/// Without a name, the one that is written to.
#[endpoint(tags("log"), parameters(("file" = Option<String>, Query, description = "The file's name")))]
impl LogClearing {
    async fn handle(&self, req: &mut Request) -> Result<Json<Done>, Refused> {
        let (logs, name) = (self.0.clone(), named(req));
        match blocking(move || logs.clear(name.as_deref())).await? {
            true => Ok(Json(Done::new("Logs cleared successfully"))),
            false => Err(unknown()),
        }
    }
}

/// That something is done, as claude-code-router tells it.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    success: bool,
    message: &'static str,
}

impl Done {
    pub(super) fn new(message: &'static str) -> Self {
        Self { success: true, message }
    }
}

/// Tells what is logged from now on, as server-sent events.
pub(super) struct LogTail(pub(super) Logs);

/// What is logged from now on.
///
/// Server-sent events, each with a line of the log.
#[endpoint(tags("log"), responses(
    (status_code = 200, description = "The lines", body = String, content_type = "text/event-stream"),
))]
impl LogTail {
    async fn handle(&self, res: &mut Response) {
        res.status_code(StatusCode::OK);
        res.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        res.stream(self.0.listen());
    }
}

/// Tells how much is logged.
pub(super) struct Level(pub(super) Logs);

/// Changes how much is logged, until the service ends.
pub(super) struct LevelChange(pub(super) Logs);

/// How much is logged.
#[derive(Deserialize, Serialize, ToSchema)]
struct Wanted {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    level: String,
}

impl Wanted {
    fn of(level: LogLevel) -> Json<Self> {
        Json(Self { level: level.name().to_owned() })
    }
}

/// How much is logged.
#[endpoint(tags("log"))]
impl Level {
    async fn handle(&self) -> Json<Wanted> {
        Wanted::of(self.0.level().unwrap_or(LogLevel::Info))
    }
}

/// Changes how much is logged, until the service ends.
#[endpoint(tags("log"), request_body(content = Wanted))]
impl LevelChange {
    async fn handle(&self, req: &mut Request) -> Result<Json<Wanted>, Refused> {
        let body = req.payload_with_max_size(MOST).await.ok().cloned();
        let wanted = body.and_then(|body| serde_json::from_slice::<Wanted>(&body).ok());
        match wanted.and_then(|wanted| LogLevel::named(&wanted.level)) {
            None => Err(Refusal::invalid("`level` is error, warn, info, debug or trace: {\"level\":\"debug\"}").into()),
            Some(level) if self.0.set_level(Some(level)) => {
                tracing::info!(level = level.name(), "the level of the log is changed");
                Ok(Wanted::of(level))
            }
            Some(_) => {
                let message = "the log is not this service's own, and keeps its level";
                Err(Refusal::new(ErrorKind::Internal, message).into())
            }
        }
    }
}

fn named(req: &Request) -> Option<String> {
    req.queries().get("file").cloned()
}

fn unknown() -> Refused {
    Refused::not_found("the log has no file of this name: see /api/logs/files")
}

/// Does work on files where it keeps nobody waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    // The system's words tell what is wrong, and no path.
    let told = |error: io::Error| format!("the log cannot be read: {}", error.kind());
    done.map_err(|error| Refusal::new(ErrorKind::Internal, told(error)).into())
}
