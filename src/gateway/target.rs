//! A configured provider: its spec, and the URLs and headers of its calls.

use std::{collections::BTreeSet, path::PathBuf, sync::Mutex};

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use wireloom_schema::config::{BreakerConfig, LimitsConfig, OnLoss, ProviderConfig, veiled};

use crate::{
    resilience::health::Health,
    specs::{Face, Provider},
    tokens::{Meters, Weights},
    transform::Pass,
    upstream::{Answer, Call, Signer, Upstream, UpstreamError},
    wire::{path::fill, stream::Way, writer::Losses},
};

use super::{
    Addition, Handlings, SetupError,
    access::{Access, keys},
    endpoint::{Endpoints, Flaw, add_pair},
    variables::Variables,
};

/// Where and how one configured provider is called.
#[derive(Debug)]
pub struct Target {
    /// Its name in the configuration.
    pub name: String,
    /// Its spec.
    pub spec: Provider,
    /// The models that the configuration lists.
    pub models: Vec<String>,
    endpoints: Endpoints,
    /// What is sent with each of its keys, of which there is at least one, though it may be empty.
    accesses: Vec<Access>,
    /// The names of the headers that the configuration adds: a client's own do not replace them.
    pub fixed: Vec<HeaderName>,
    /// What the configuration does to requests and answers.
    handlings: Handlings,
    /// The file with the credentials, if a variable names one.
    pub credentials: Option<PathBuf>,
    /// How it is doing.
    pub health: Health,
    /// What becomes of a request that would lose something.
    pub on_loss: OnLoss,
    /// How tokens are counted.
    pub meters: Meters,
    /// The client that calls it.
    pub(super) upstream: Upstream,
    url: String,
    told: Mutex<BTreeSet<&'static str>>,
}

impl Target {
    /// Resolves a configured provider, with `variable` as the environment.
    ///
    /// # Errors
    /// A URL or a key that cannot be part of a request, or what they lack.
    pub fn new(
        config: &ProviderConfig,
        spec: Provider,
        handlings: Handlings,
        variable: impl Fn(&str) -> Option<String>,
        upstream: Upstream,
        breaker: BreakerConfig,
    ) -> Result<Self, SetupError> {
        let refuse = |reason: &str| SetupError::Provider { name: config.name.clone(), reason: reason.to_owned() };
        let facts = spec.facts();
        let variables = Variables::new(config, facts, variable);
        let value = |name: &str| variables.get(name);
        let missing = |name: &str| refuse(&variables.missing(name, facts));
        let base = match (&config.api_base_url, facts.base) {
            (Some(url), _) => url.clone(),
            (None, Some(base)) => fill(base, value).map_err(missing)?,
            (None, None) => return Err(refuse("it has no `api_base_url`, and its API has no usual one")),
        };
        let endpoints =
            Endpoints::new(&base, facts.call, facts.stream, facts.counting.map(|counting| counting.path), value)
                .map_err(|flaw| match flaw {
                    Flaw::NotUrl => refuse("`api_base_url` is not a URL"),
                    Flaw::Missing(name) => missing(&name),
                })?;
        let mut headers = HeaderMap::new();
        let header = |text: &str| HeaderValue::from_str(text);
        for (name, template) in facts.headers {
            let text = fill(template, value).map_err(missing)?;
            let value = header(&text).map_err(|_| refuse("a variable has characters that no header may have"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let asked = |option: &str| config.option(option).is_some_and(|value| *value != serde_json::Value::Bool(false));
        let chosen = facts.auth.iter().find(|auth| auth.option.is_some_and(asked));
        let usual = || facts.auth.iter().find(|auth| auth.option.is_none());
        let mut credentials = None;
        let way = chosen.or_else(usual).map(|auth| auth.way);
        let keys = keys(config);
        if keys.iter().any(|key| key.reveal().is_empty()) && matches!(way, Some(Way::Header(..) | Way::Query(_))) {
            return Err(refuse("it has no `api_key`"));
        }
        let mut accesses = Vec::with_capacity(keys.len());
        for key in &keys {
            let signer = match way {
                Some(Way::Gcp(file)) => {
                    let file = value(file);
                    let signer = Signer::gcp(key, file.as_deref()).map_err(|reason| refuse(&reason))?;
                    // It may be the credentials themselves.
                    credentials = file.filter(|file| !file.trim_start().starts_with('{')).map(PathBuf::from);
                    signer
                }
                Some(Way::Sigv4(service, region)) => {
                    let region = value(region).ok_or_else(|| missing(region))?;
                    Signer::sigv4(key, service, &region, &upstream).map_err(|reason| refuse(&reason))?
                }
                _ => Signer::None,
            };
            accesses.push(Access::new(key, way, signer, &headers, &config.headers).map_err(|reason| refuse(&reason))?);
        }
        let fixed = config.headers.keys().filter_map(|name| name.parse().ok()).collect();
        let meters = Meters::new(&config.tokenizer).map_err(|reason| refuse(&reason))?;
        Ok(Self {
            name: config.name.clone(),
            spec,
            models: config.models.clone(),
            endpoints,
            accesses,
            fixed,
            handlings,
            credentials,
            health: Health::new(breaker, config.limits, &keys),
            on_loss: OnLoss::default(),
            meters,
            upstream,
            url: base,
            told: Mutex::default(),
        })
    }

    /// Takes over what an earlier configuration knows of how it is doing, if it is the same service.
    pub fn take_over(&mut self, earlier: &Self, breaker: BreakerConfig, limits: LimitsConfig) {
        if self.name != earlier.name || self.url != earlier.url {
            return;
        }
        let same = |key: &Access| earlier.accesses.iter().position(|other| other.has_key_of(key));
        let keys = self.accesses.iter().enumerate().filter_map(|(own, key)| Some((own, same(key)?)));
        self.health.take_over(&earlier.health, breaker, limits, &keys.collect::<Vec<_>>());
    }

    /// Constant headers, and the credentials of a key.
    pub fn headers(&self, key: usize) -> HeaderMap {
        self.accesses.get(key).map(|access| access.headers.clone()).unwrap_or_default()
    }

    /// The URL of a call, with the key where the query shows it: nobody is to see it. None for a model whose name would
    /// mean another path.
    pub fn url(&self, model: &str, stream: bool, key: usize) -> Option<Url> {
        let endpoint = self.endpoints.stream.as_ref().filter(|_| stream).unwrap_or(&self.endpoints.call);
        let mut url = endpoint.url(model)?;
        self.add_key(&mut url, key);
        Some(url)
    }

    /// The same in place of a client's call in the provider's own dialect, whose query goes with it: all but what the
    /// gateway's own key may stand in, and what the configuration says otherwise.
    pub fn url_for(&self, model: &str, stream: bool, query: Option<&str>, key: usize) -> Option<Url> {
        let endpoint = self.endpoints.stream.as_ref().filter(|_| stream).unwrap_or(&self.endpoints.call);
        let mut url = endpoint.bare_url(model)?;
        let ways = || Face::ALL.iter().flat_map(|face| face.facts().auth).map(|auth| auth.way);
        for pair in query.unwrap_or_default().split('&') {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            if ways().all(|way| !matches!(way, Way::Query(key) if key == name)) {
                add_pair(&mut url, pair);
            }
        }
        self.add_key(&mut url, key);
        Some(url)
    }

    /// The host and the port that are called.
    pub fn address(&self) -> Option<(&str, u16)> {
        self.endpoints.call.address()
    }

    /// Whether its API wants each call signed, or an access token that is fetched.
    pub(super) fn is_signed(&self) -> bool {
        self.accesses.iter().any(Access::is_signed)
    }

    /// What is changed in the requests for a model and in their answers.
    pub fn passes(&self, model: &str) -> &[Pass] {
        &self.handlings.of(model).passes
    }

    /// What the configuration lists as transformers for a model, beside the spec.
    pub fn transformers(&self, model: &str) -> &[String] {
        &self.handlings.of(model).transformers
    }

    /// The fields that are added to the bodies of the requests for a model.
    pub fn addition(&self, model: &str) -> &Addition {
        &self.handlings.of(model).addition
    }

    /// Sends a call, signed if the API wants that.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(&self, mut call: Call, key: usize) -> Result<Answer, UpstreamError> {
        if let Some(access) = self.accesses.get(key) {
            access.sign(&mut call).await?;
        }
        self.upstream.send(call).await
    }

    /// What images, pages and recordings weigh for a model.
    pub fn weights(&self, model: &str) -> &'static Weights {
        let of_model = self.spec.model(model).and_then(|known| known.weights.as_ref());
        of_model.or(self.spec.facts().weights.as_ref()).unwrap_or(&Weights::USUAL)
    }

    /// The URL at which it counts tokens itself, with the key where the query shows it.
    pub(super) fn count_url(&self, model: &str) -> Option<Url> {
        let mut url = self.endpoints.count.as_ref()?.url(model)?;
        self.add_key(&mut url, 0);
        Some(url)
    }

    /// A text of the upstream's without the keys, should it repeat them.
    pub fn without_key(&self, text: &str) -> String {
        self.accesses.iter().fold(text.to_owned(), |text, access| access.hidden(text))
    }

    /// The URL of the configuration for people, without what is secret in it.
    pub fn shown_url(&self) -> String {
        self.without_key(&veiled(&self.url, false))
    }

    fn add_key(&self, url: &mut Url, key: usize) {
        if let Some((name, key)) = self.accesses.get(key).and_then(Access::in_query) {
            url.query_pairs_mut().append_pair(name, key);
        }
    }

    /// Logs what a request lost: each loss once where everybody sees it, then only for those who look closely.
    pub fn log_losses(&self, model: &str, losses: &Losses) {
        if losses.names().is_empty() {
            return;
        }
        let told = self.told.lock().map(|mut told| losses.names().iter().filter(|name| told.insert(name)).count());
        let names = losses.names().join(", ");
        match told {
            Ok(0) => tracing::debug!(provider = self.name, model, losses = names, "lost on the way"),
            _ => {
                tracing::info!(provider = self.name, model, losses = names, "its API has no place for all of a request")
            }
        }
    }

    /// Whether it speaks a face's own dialect.
    pub fn speaks(&self, face: Face) -> bool {
        self.spec.facts().dialect == face.facts().dialect
    }

    /// Whether a face's bytes may go to it as they are, but for the model.
    pub fn takes_bytes_of(&self, face: Face) -> bool {
        // Signatures of another maker must be told from those of the face's own.
        let (own, other) = (self.spec.facts(), face.facts());
        let signs_alike = own.signatures == other.signatures || !other.places.reasoning_signature;
        self.speaks(face) && own.passes && signs_alike
    }
}
