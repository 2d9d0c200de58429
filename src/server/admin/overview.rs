//! How providers are doing, and which models they have.

use std::sync::Arc;

use salvo::writing::Json;
use salvo_oapi::{ToSchema, endpoint};
use serde::Serialize;
use tokio::time::Instant;
use wireloom_schema::{config::PriceConfig, model::PartKind};

use crate::{
    gateway::{Destination, Gateway, Target},
    live::Live,
    resilience::key::State,
};

/// Tells how the configured providers are doing.
pub(super) struct Providers(pub(super) Arc<Live>);

/// Lists the configured models, with what is known of them.
pub(super) struct Models(pub(super) Arc<Live>);

/// The configured providers that are switched on.
#[derive(Serialize, ToSchema)]
struct ProviderList {
    providers: Vec<Standing>,
}

/// How a provider is doing.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "ProviderStanding"))]
struct Standing {
    name: String,
    /// The spec that it is spoken to with.
    spec: &'static str,
    /// Its URL, as far as it is no secret.
    url: String,
    /// Whether it is called.
    health: Health,
    /// Its keys, in the order of the configuration.
    keys: Vec<State>,
    models: Vec<Known>,
}

/// Whether a provider is called.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Whether it is left alone after failures in a row.
    open: bool,
    /// For how many seconds more.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_seconds: Option<u64>,
    /// Its failures in a row.
    failures: u32,
}

/// What is known of a model.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "KnownModel"))]
struct Known {
    /// `provider,model`, as requests may name it.
    id: String,
    provider: String,
    name: String,
    /// How many tokens it takes, its answer included.
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<u64>,
    /// The most tokens of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<u64>,
    /// Whether it reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<bool>,
    /// The media that it takes in beside text.
    #[serde(skip_serializing_if = "Option::is_none")]
    takes: Option<Vec<&'static str>>,
    /// What it costs, in US dollars for a million tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
}

/// A price, in US dollars for a million tokens.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Price"))]
struct Price {
    input: f64,
    output: f64,
    /// Of input that the vendor's prompt cache had; as `input` if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read: Option<f64>,
    /// Of input that was written to it; as `input` if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write: Option<f64>,
    /// Of input that was written to it for an hour; as `cache_write` if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write_1h: Option<f64>,
    /// The input, in tokens, above which a request costs otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    above: Option<u64>,
}

impl From<PriceConfig> for Price {
    fn from(price: PriceConfig) -> Self {
        let PriceConfig { input, output, cache_read, cache_write, cache_write_1h, above } = price;
        Self { input, output, cache_read, cache_write, cache_write_1h, above: above.map(|long| long.tokens) }
    }
}

/// The configured models.
#[derive(Serialize, ToSchema)]
struct ModelList {
    models: Vec<Known>,
}

/// How the configured providers are doing, with their models.
#[endpoint(tags("providers"))]
impl Providers {
    async fn handle(&self) -> Json<ProviderList> {
        let gateway = self.0.gateway();
        Json(ProviderList { providers: gateway.targets.iter().map(|target| Standing::of(&gateway, target)).collect() })
    }
}

/// The configured models, with what is known of them.
#[endpoint(tags("providers"))]
impl Models {
    async fn handle(&self) -> Json<ModelList> {
        let gateway = self.0.gateway();
        Json(ModelList { models: gateway.targets.iter().flat_map(|target| models(&gateway, target)).collect() })
    }
}

impl Standing {
    fn of(gateway: &Gateway, target: &Arc<Target>) -> Self {
        let (now, health) = (Instant::now(), &target.health);
        let until = health.breaker.until();
        Self {
            name: target.name.clone(),
            spec: target.spec.facts().name,
            url: target.shown_url(),
            health: Health {
                open: health.breaker.is_open(),
                open_seconds: until.map(|until| until.saturating_duration_since(now).as_secs()),
                failures: health.breaker.failures(),
            },
            keys: health.keys.iter().map(|key| key.state(now)).collect(),
            models: models(gateway, target).collect(),
        }
    }
}

fn models<'g>(gateway: &'g Gateway, target: &'g Arc<Target>) -> impl Iterator<Item = Known> {
    const MEDIA: [(PartKind, &str); 3] =
        [(PartKind::Image, "image"), (PartKind::Document, "document"), (PartKind::Audio, "audio")];
    target.models.iter().map(|model| {
        let facts = target.spec.model(model);
        let destination = Destination { target: target.clone(), model: model.clone() };
        let takes = facts.and_then(|facts| facts.takes);
        let media =
            |takes: u16| MEDIA.iter().filter(|(kind, _)| takes & kind.bit() != 0).map(|(_, name)| *name).collect();
        Known {
            id: destination.name(),
            provider: target.name.clone(),
            name: model.clone(),
            context: facts.and_then(|facts| facts.context),
            output: facts.and_then(|facts| facts.output),
            reasons: facts.and_then(|facts| facts.reasons),
            takes: takes.map(media),
            price: gateway.price(&destination).map(Price::from),
        }
    })
}
