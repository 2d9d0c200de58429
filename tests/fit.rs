//! What providers and their models demand beyond spelling, and what of a request that costs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "fit/media.rs"]
mod media;
#[path = "fit/models.rs"]
mod models;
#[path = "fit/names.rs"]
mod names;
#[path = "fit/order.rs"]
mod order;
#[path = "fit/schemas.rs"]
mod schemas;
#[path = "fit/search.rs"]
mod search;
#[path = "fit/subset.rs"]
mod subset;
#[path = "fit/titles.rs"]
mod titles;

use serde_json::Value;
use wireloom::{
    fit::fit,
    specs::{Face, Provider},
    wire::writer::Writer,
};
use wireloom_schema::model::Request;

/// What a provider is sent of a request, and what the request lost.
fn sent(provider: Provider, mut request: Request<'_>) -> (Value, Vec<&'static str>) {
    let mut w = Writer::default();
    fit(provider, &mut request, &mut w.losses);
    provider.write_request(&request, &mut w);
    (serde_json::from_slice(&w.out).unwrap(), w.losses.names().to_vec())
}

/// The same for a client's request, sent to another model.
fn asked(face: Face, provider: Provider, model: &str, request: &Value) -> (Value, Vec<&'static str>) {
    let text = request.to_string();
    let mut request = face.read_request(&text).unwrap();
    request.model = model.into();
    sent(provider, request)
}
