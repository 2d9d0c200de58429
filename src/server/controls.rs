//! Telling the service what to do, over HTTP: to read its configuration again, and to begin anew.

use std::sync::Arc;

use http::{HeaderValue, header};
use salvo::{Depot, FlowCtrl, Handler, Request, Response};
use serde::Serialize;
use wireloom_schema::model::ErrorKind;

use crate::{
    live::{Live, Reloaded},
    process::control::Control,
    refusal::Refusal,
    specs::Face,
};

use super::{
    goal::{json, refuse},
    place::likely_face,
};

/// Begins anew, as claude-code-router does, once running answers are finished.
pub(super) struct Restart {
    pub(super) live: Arc<Live>,
    pub(super) control: Control,
}

#[derive(Serialize)]
struct Done {
    success: bool,
    message: &'static str,
}

#[salvo::async_trait]
impl Handler for Restart {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let (live, control) = (self.live.clone(), self.control.clone());
        let begun = blocking(move || control.restart(&live)).await;
        let begun = begun.map(|()| Done { success: true, message: "Service restart initiated" });
        // The connection goes with the service.
        res.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        reply(begun, req, res).await;
    }
}

/// Reads the configuration again.
pub(super) struct Reload {
    pub(super) live: Arc<Live>,
}

#[derive(Serialize)]
struct TakenOver {
    #[serde(flatten)]
    done: Done,
    /// The number of the configuration that runs now.
    generation: u64,
    /// What in it is without effect or looks like a slip, with places.
    warnings: Vec<String>,
    /// Changed settings that have no effect before a restart.
    restart: Vec<&'static str>,
}

impl From<Reloaded> for TakenOver {
    fn from(reloaded: Reloaded) -> Self {
        let Reloaded { generation, warnings, restart } = reloaded;
        let warnings = warnings.iter().map(|warning| warning.line()).collect();
        Self { done: Done { success: true, message: "Configuration reloaded" }, generation, warnings, restart }
    }
}

#[salvo::async_trait]
impl Handler for Reload {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let live = self.live.clone();
        let reloaded = blocking(move || live.reload().map_err(|error| error.to_string())).await;
        reply(reloaded.map(TakenOver::from), req, res).await;
    }
}

/// Does work on files where it keeps nobody waiting. What it says is told to the client, as `/health` tells it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Refusal::invalid),
        Err(error) => Err(Refusal::new(ErrorKind::Internal, error.to_string())),
    }
}

async fn reply(done: Result<impl Serialize, Refusal>, req: &mut Request, res: &mut Response) {
    let told = |done| serde_json::to_vec(&done).map_err(|error| Refusal::new(ErrorKind::Internal, error.to_string()));
    match done.and_then(told) {
        Ok(body) => json(res, body),
        Err(refusal) => refuse(req, res, likely_face(Face::ALL, req), &refusal).await,
    }
}
