//! Administration: the configuration, the providers in it, presets, what is built in, and where requests would go. The
//! paths and the answers are claude-code-router's where it has them.

mod configuration;
mod explain;
mod openapi;
mod overview;
mod presets;
mod providers;
mod specs;

use http::StatusCode;
use salvo::Router;

use self::{
    configuration::{Replacing, Saving, Shown},
    explain::Explain,
    openapi::Document,
    presets::{Applying, Deleting, Details, FromGithub, Installed, Installing, Market},
    providers::{Added, Changed, Listed, One, Removed, Switched},
    specs::{Matrix, OneSpec, Specs, Transformers},
};

use super::{PRESET, Parts, refused::Refused};

/// A router with all that administers the service.
pub(super) fn administered(router: Router, parts: &Parts) -> Router {
    let at = Router::with_path;
    let live = || parts.live.clone();
    let preset = at("{name}").get(Details).delete(Deleting(live())).push(at("apply").post(Applying(live())));
    let one = at("{id}")
        .get(One(live()))
        .put(Changed(live()))
        .delete(Removed(live()))
        .push(at("toggle").patch(Switched(live())));
    router
        .push(at("api/openapi.json").get(Document::new(parts.clone())))
        .push(at("api/config").get(Shown(live())).put(Replacing(live())).post(Saving(live())))
        .push(at("api/providers").get(overview::Providers(live())))
        .push(at("api/models").get(overview::Models(live())))
        .push(at("api/transformers").get(Transformers))
        .push(at("api/specs").get(Specs).push(at("{name}").get(OneSpec)))
        .push(at("api/matrix").get(Matrix))
        .push(at("api/explain").post(Explain(live())))
        .push(
            at("api/presets")
                .get(Installed)
                .post(Installing(live()))
                .push(at("market").get(Market))
                .push(at("install/github").post(FromGithub))
                .push(preset),
        )
        .push(at("providers").get(Listed(live())).post(Added(live())).push(one))
        .push(at(PRESET).push(at("providers").get(Listed(live())).push(at("{id}").get(One(live())))))
}

/// Does work that waits, such as reading files, where it keeps nobody else waiting.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refused> + Send + 'static) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "this could not be brought to an end")))
}
