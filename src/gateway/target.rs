//! A configured provider: its spec, and the URL and headers of its calls.

use std::{collections::BTreeSet, sync::Mutex};

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use wireloom_schema::config::ProviderConfig;

use crate::{
    specs::{Face, Provider},
    wire::writer::Losses,
};

use super::{Addition, SetupError};

/// Where and how one configured provider is called.
#[derive(Debug)]
pub struct Target {
    /// Its name in the configuration.
    pub name: String,
    /// Its spec.
    pub spec: Provider,
    /// The models that the configuration lists.
    pub models: Vec<String>,
    /// The URL of the call.
    pub url: Url,
    /// Constant headers and credentials. The credentials are marked as sensitive, so that no `Debug` shows them.
    pub headers: HeaderMap,
    /// What the configuration adds to each request.
    pub addition: Addition,
    told: Mutex<BTreeSet<&'static str>>,
}

impl Target {
    /// Resolves a configured provider.
    ///
    /// # Errors
    /// A URL or a key that cannot be part of a request.
    pub fn new(config: &ProviderConfig, spec: Provider, addition: Addition) -> Result<Self, SetupError> {
        let refuse = |reason| SetupError::Provider { name: config.name.clone(), reason };
        let facts = spec.facts();
        let mut url = Url::parse(&config.api_base_url).map_err(|_| refuse("`api_base_url` is not a URL"))?;
        // A configured URL is the whole URL of the call, or the base below which the call's path stands.
        let path = url.path().trim_end_matches('/').to_owned();
        if !path.ends_with(facts.call) {
            url.set_path(&format!("{path}{}", facts.call));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in facts.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Some((name, template)) = facts.auth {
            let value = template.replace("${key}", config.api_key.reveal());
            let value =
                HeaderValue::from_str(&value).map_err(|_| refuse("`api_key` has characters that no header may have"));
            let mut value = value?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self {
            name: config.name.clone(),
            spec,
            models: config.models.clone(),
            url,
            headers,
            addition,
            told: Mutex::default(),
        })
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
}
