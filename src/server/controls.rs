//! Telling the service what to do, over HTTP: to read its configuration again, and to begin anew.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use salvo::{Response, writing::Json};
use salvo_oapi::{ToSchema, endpoint};
use serde::Serialize;

use crate::{
    live::{Live, Reloaded},
    process::control::Control,
    refusal::Refusal,
};

use super::refused::Refused;

/// Begins anew.
pub(super) struct Restart {
    pub(super) live: Arc<Live>,
    pub(super) control: Control,
}

/// That it is done.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Begun"))]
struct Done {
    success: bool,
    message: &'static str,
}

/// Begins anew, once running answers are finished.
///
/// Not before the configuration has been found sound.
#[endpoint(tags("service"))]
impl Restart {
    async fn handle(&self, res: &mut Response) -> Result<Json<Done>, Refused> {
        let (live, control) = (self.live.clone(), self.control.clone());
        // The connection goes with the service.
        res.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        blocking(move || control.restart(&live)).await?;
        Ok(Json(Done { success: true, message: "Service restart initiated" }))
    }
}

/// Reads the configuration again.
pub(super) struct Reload {
    pub(super) live: Arc<Live>,
}

/// A configuration that was read again.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "TakenOver"))]
struct TakenOver {
    success: bool,
    message: &'static str,
    /// The number of the configuration that runs now.
    generation: u64,
    /// What in it is without effect or looks like a slip, with places.
    warnings: Vec<String>,
    /// Changed settings that have no effect before a restart.
    restart: Vec<&'static str>,
}

/// Reads the configuration again, as it is done when its file changes.
#[endpoint(tags("configuration"))]
impl Reload {
    async fn handle(&self) -> Result<Json<TakenOver>, Refused> {
        let live = self.live.clone();
        let reloaded = blocking(move || live.reload().map_err(|error| error.to_string())).await?;
        let Reloaded { generation, warnings, restart } = reloaded;
        let warnings = warnings.iter().map(|warning| warning.line()).collect();
        Ok(Json(TakenOver { success: true, message: "Configuration reloaded", generation, warnings, restart }))
    }
}

/// Does work on files where it keeps nobody waiting. What it says is told to the client, as `/health` tells it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, Refused> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done.map_err(Refusal::invalid)?),
        Err(_) => Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "this could not be brought to an end")),
    }
}
