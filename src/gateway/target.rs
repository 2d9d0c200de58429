//! A configured provider: its spec, and the URLs and headers of its calls.

use std::{collections::BTreeSet, sync::Mutex};

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use wireloom_schema::config::{ProviderConfig, Secret};

use crate::{
    specs::{Face, Provider},
    tokens::{Meters, Weights},
    upstream::{Answer, Call, Signer, Upstream, UpstreamError},
    wire::{path::fill, stream::Way, writer::Losses},
};

use super::{
    Addition, SetupError,
    endpoint::{Endpoints, Flaw, add_pair},
    variables::Variables,
};

/// The shortest key that is worth hiding: shorter ones are words that say that there is none.
const SHORTEST_KEY: usize = 8;

/// Where and how one configured provider is called.
#[derive(Debug)]
pub struct Target {
    /// Its name in the configuration.
    pub name: String,
    /// Its spec.
    pub spec: Provider,
    /// The models that the configuration lists.
    pub models: Vec<String>,
    /// Constant headers and credentials. The credentials are marked as sensitive, so that no `Debug` shows them.
    pub headers: HeaderMap,
    endpoints: Endpoints,
    /// The name and the key that the query shows, where the API wants it there.
    query_key: Option<(&'static str, Secret)>,
    /// What the configuration adds to each request.
    pub addition: Addition,
    /// How tokens are counted.
    pub meters: Meters,
    signer: Signer,
    key: Secret,
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
        addition: Addition,
        variable: impl Fn(&str) -> Option<String>,
        upstream: &Upstream,
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
        let asked = |option: &str| config.option(option).is_some_and(|value| *value != serde_json::Value::Bool(false));
        let chosen = facts.auth.iter().find(|auth| auth.option.is_some_and(asked));
        let usual = || facts.auth.iter().find(|auth| auth.option.is_none());
        let (mut query_key, mut signer) = (None, Signer::None);
        let way = chosen.or_else(usual).map(|auth| auth.way);
        if config.api_key.reveal().is_empty() && matches!(way, Some(Way::Header(..) | Way::Query(_))) {
            return Err(refuse("it has no `api_key`"));
        }
        match way {
            None => {}
            Some(Way::Header(name, template)) => {
                let text = template.replace("${key}", config.api_key.reveal());
                let mut value =
                    header(&text).map_err(|_| refuse("`api_key` has characters that no header may have"))?;
                value.set_sensitive(true);
                headers.insert(HeaderName::from_static(name), value);
            }
            Some(Way::Query(name)) => query_key = Some((name, config.api_key.clone())),
            Some(Way::Gcp(file)) => {
                signer = Signer::gcp(&config.api_key, value(file).as_deref()).map_err(|reason| refuse(&reason))?;
            }
            Some(Way::Sigv4(service, region)) => {
                let region = value(region).ok_or_else(|| missing(region))?;
                signer =
                    Signer::sigv4(&config.api_key, service, &region, upstream).map_err(|reason| refuse(&reason))?;
            }
        }
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let meters = Meters::new(&config.tokenizers).map_err(|reason| refuse(&reason))?;
        Ok(Self {
            name: config.name.clone(),
            spec,
            models: config.models.clone(),
            headers,
            endpoints,
            query_key,
            addition,
            meters,
            signer,
            key: config.api_key.clone(),
            told: Mutex::default(),
        })
    }

    /// The URL of a call, with the key where the query shows it: nobody is to see it. None for a model whose name would
    /// mean another path.
    pub fn url(&self, model: &str, stream: bool) -> Option<Url> {
        let endpoint = self.endpoints.stream.as_ref().filter(|_| stream).unwrap_or(&self.endpoints.call);
        let mut url = endpoint.url(model)?;
        self.add_key(&mut url);
        Some(url)
    }

    /// The same in place of a client's call in the provider's own dialect, whose query goes with it: all but what the
    /// gateway's own key may stand in, and what the configuration says otherwise.
    pub fn url_for(&self, model: &str, stream: bool, query: Option<&str>) -> Option<Url> {
        let endpoint = self.endpoints.stream.as_ref().filter(|_| stream).unwrap_or(&self.endpoints.call);
        let mut url = endpoint.bare_url(model)?;
        let ways = || Face::ALL.iter().flat_map(|face| face.facts().auth).map(|auth| auth.way);
        for pair in query.unwrap_or_default().split('&') {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            if ways().all(|way| !matches!(way, Way::Query(key) if key == name)) {
                add_pair(&mut url, pair);
            }
        }
        self.add_key(&mut url);
        Some(url)
    }

    /// Sends a call, signed if the API wants that.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(&self, upstream: &Upstream, mut call: Call) -> Result<Answer, UpstreamError> {
        self.signer.sign(&mut call).await?;
        upstream.send(call).await
    }

    /// A text of the upstream's without the key, should it repeat it.
    pub fn without_key(&self, text: &str) -> String {
        match self.key.reveal() {
            key if key.len() >= SHORTEST_KEY => text.replace(key, "…"),
            _ => text.to_owned(),
        }
    }

    /// What images, pages and recordings weigh for a model.
    pub fn weights(&self, model: &str) -> &'static Weights {
        let of_model = self.spec.model(model).and_then(|known| known.weights.as_ref());
        of_model.or(self.spec.facts().weights.as_ref()).unwrap_or(&Weights::USUAL)
    }

    /// The URL at which it counts tokens itself, with the key where the query shows it.
    pub(super) fn count_url(&self, model: &str) -> Option<Url> {
        let mut url = self.endpoints.count.as_ref()?.url(model)?;
        self.add_key(&mut url);
        Some(url)
    }

    fn add_key(&self, url: &mut Url) {
        if let Some((name, key)) = &self.query_key {
            url.query_pairs_mut().append_pair(name, key.reveal());
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
