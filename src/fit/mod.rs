//! What a provider and its models demand beyond spelling: a request is fitted to it before it is written, and what that
//! costs is told.

mod budget;
mod cache;
mod choice;
pub mod demands;
mod media;
mod model;
mod names;
mod order;
mod schemas;
mod search;
mod titles;

pub use names::Names;

use wireloom_schema::model::Request;

use crate::{specs::Provider, wire::writer::Losses};

/// Fits a request to its model at a provider. What is returned gives tools their own names back in the answer.
pub fn fit(provider: Provider, request: &mut Request<'_>, losses: &mut Losses) -> Names {
    let (api, facts) = (provider.facts(), provider.model(&request.model));
    if let Some(facts) = facts {
        model::fit(facts, request, losses);
    }
    let demands = facts.and_then(|facts| facts.demands.as_ref()).unwrap_or(&api.demands);
    media::fit(demands, request, losses);
    cache::fit(demands, request, losses);
    order::fit(demands, request, losses);
    budget::fit(demands, facts.and_then(|facts| facts.output), request, losses);
    search::fit(demands, request, losses);
    choice::fit(demands, request, losses);
    schemas::fit(demands, request, losses);
    names::fit_user(demands, request);
    titles::fit(demands, request);
    Names::fit(demands, request)
}
