//! The log over HTTP: its files, its lines as they come, and how much is logged. The paths and the answers are those of
//! claude-code-router where it has them; what it does not have is a way to any other file.

use std::io;

use http::{HeaderValue, StatusCode, header};
use salvo::{Depot, FlowCtrl, Handler, Request, Response};
use serde::{Deserialize, Serialize};
use wireloom_schema::{config::LogLevel, model::ErrorKind};

use crate::{logs::Logs, refusal::Refusal, specs::Face};

use super::{
    goal::{json, refuse},
    place::likely_face,
};

/// The most bytes of a request to change the level.
const MOST: usize = 1 << 10;

/// Lists the files.
pub(super) struct LogFiles(pub(super) Logs);

#[salvo::async_trait]
impl Handler for LogFiles {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let logs = self.0.clone();
        reply(blocking(move || logs.files().map(Some)).await, req, res).await;
    }
}

/// Tells the lines of a file: `?file=NAME`, or of the one that is written to.
pub(super) struct LogLines(pub(super) Logs);

#[salvo::async_trait]
impl Handler for LogLines {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let (logs, name) = (self.0.clone(), named(req));
        let is_named = name.is_some();
        let found = blocking(move || logs.lines(name.as_deref())).await;
        // Without a file there are no lines, which is no mistake.
        reply(found.map(|lines| lines.or_else(|| (!is_named).then(Vec::new))), req, res).await;
    }
}

/// Empties a file: `?file=NAME`, or the one that is written to.
pub(super) struct LogClearing(pub(super) Logs);

#[salvo::async_trait]
impl Handler for LogClearing {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        #[derive(Serialize)]
        struct Done {
            success: bool,
            message: &'static str,
        }
        let (logs, name) = (self.0.clone(), named(req));
        let cleared = blocking(move || logs.clear(name.as_deref())).await;
        let done = Done { success: true, message: "Logs cleared successfully" };
        reply(cleared.map(|is_there| is_there.then_some(done)), req, res).await;
    }
}

/// Tells what is logged from now on, as server-sent events.
pub(super) struct LogTail(pub(super) Logs);

#[salvo::async_trait]
impl Handler for LogTail {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.status_code(StatusCode::OK);
        res.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        res.stream(self.0.listen());
    }
}

/// Tells and changes how much is logged, until the service ends.
pub(super) struct Level(pub(super) Logs);

#[derive(Deserialize, Serialize)]
struct Wanted {
    level: String,
}

#[salvo::async_trait]
impl Handler for Level {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let told = |level: LogLevel| Some(Wanted { level: level.name().to_owned() });
        if req.method().is_safe() {
            return reply(Ok(told(self.0.level().unwrap_or(LogLevel::Info))), req, res).await;
        }
        let body = req.payload_with_max_size(MOST).await.ok().cloned();
        let wanted = body.and_then(|body| serde_json::from_slice::<Wanted>(&body).ok());
        let set = match wanted.and_then(|wanted| LogLevel::named(&wanted.level)) {
            None => Err(Refusal::invalid("`level` is error, warn, info, debug or trace: {\"level\":\"debug\"}")),
            Some(level) if self.0.set_level(Some(level)) => {
                tracing::info!(level = level.name(), "the level of the log is changed");
                Ok(told(level))
            }
            Some(_) => Err(Refusal::new(ErrorKind::Internal, "the log is not this service's own, and keeps its level")),
        };
        reply(set, req, res).await;
    }
}

fn named(req: &Request) -> Option<String> {
    req.queries().get("file").cloned()
}

/// Does work on files where it keeps nobody waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    // The system's words tell what is wrong, and no path.
    done.map_err(|error| Refusal::new(ErrorKind::Internal, format!("the log cannot be read: {}", error.kind())))
}

async fn reply(found: Result<Option<impl Serialize>, Refusal>, req: &mut Request, res: &mut Response) {
    let body = found.and_then(|found| match found {
        Some(found) => serde_json::to_vec(&found).map_err(|error| Refusal::new(ErrorKind::Internal, error.to_string())),
        None => Err(Refusal::new(ErrorKind::NotFound, "the log has no file of this name: see /api/logs/files")),
    });
    match body {
        Ok(body) => json(res, body),
        Err(refusal) => refuse(req, res, likely_face(Face::ALL, req), &refusal).await,
    }
}
