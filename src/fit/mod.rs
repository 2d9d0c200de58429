//! What a provider and its models demand beyond spelling: a request is fitted to it before it is written, and what that
//! costs is told.

mod model;

use wireloom_schema::model::Request;

use crate::{specs::Provider, wire::writer::Losses};

/// Fits a request to its model at a provider.
pub fn fit(provider: Provider, request: &mut Request<'_>, losses: &mut Losses) {
    if let Some(facts) = provider.model(&request.model) {
        model::fit(facts, request, losses);
    }
}
