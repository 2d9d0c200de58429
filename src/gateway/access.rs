//! A key of a provider, as it is shown.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use wireloom_schema::config::{ProviderConfig, Secret};

use crate::{
    upstream::{Call, Signer, UpstreamError},
    wire::stream::Way,
};

/// The shortest key that is worth hiding: shorter ones are words that say that there is none.
const SHORTEST_KEY: usize = 8;

/// What is sent with one key.
#[derive(Debug)]
pub(super) struct Access {
    /// Constant headers and credentials. The credentials are marked as sensitive, so that no `Debug` shows them.
    pub(super) headers: HeaderMap,
    /// The name of the key in the query, where the API wants it there.
    query: Option<&'static str>,
    signer: Signer,
    key: Secret,
    /// What the headers of the configuration hold.
    own: Vec<Secret>,
}

/// The keys of a provider, each once; an empty one if there is none.
pub(super) fn keys(config: &ProviderConfig) -> Vec<Secret> {
    let mut keys: Vec<Secret> = Vec::new();
    for key in std::iter::once(&config.api_key).chain(&config.api_keys) {
        if !key.reveal().is_empty() && keys.iter().all(|known| known.reveal() != key.reveal()) {
            keys.push(key.clone());
        }
    }
    if keys.is_empty() {
        keys.push(config.api_key.clone());
    }
    keys
}

impl Access {
    /// `headers` are those of the spec, `own` those of the configuration, of which an empty one takes away that of the
    /// spec.
    ///
    /// # Errors
    /// A key or a header that cannot be sent.
    pub(super) fn new(
        key: &Secret,
        way: Option<Way>,
        signer: Signer,
        headers: &HeaderMap,
        own: &BTreeMap<String, Secret>,
    ) -> Result<Self, String> {
        let mut headers = headers.clone();
        let mut query = None;
        match way {
            Some(Way::Header(name, template)) => {
                let value = secret(&template.replace("${key}", key.reveal()));
                let value = value.ok_or("its key has characters that no header may have")?;
                headers.insert(HeaderName::from_static(name), value);
            }
            Some(Way::Query(name)) => query = Some(name),
            Some(Way::Gcp(_) | Way::Sigv4(..)) | None => {}
        }
        for (name, value) in own {
            let known: HeaderName = name.parse().map_err(|_| format!("`{name}` is not the name of a header"))?;
            match value.reveal() {
                "" => _ = headers.remove(known),
                text => {
                    let value =
                        secret(text).ok_or_else(|| format!("the header `{name}` has characters that none may have"))?;
                    headers.insert(known, value);
                }
            }
        }
        Ok(Self { headers, query, signer, key: key.clone(), own: own.values().cloned().collect() })
    }

    /// The name and the key that the query shows.
    pub(super) fn in_query(&self) -> Option<(&'static str, &str)> {
        self.query.map(|name| (name, self.key.reveal()))
    }

    /// Whether calls are signed.
    pub(super) fn is_signed(&self) -> bool {
        !matches!(self.signer, Signer::None)
    }

    /// Signs a call, if the API wants that.
    pub(super) async fn sign(&self, call: &mut Call) -> Result<(), UpstreamError> {
        self.signer.sign(call).await
    }

    /// A text without the key, and without what the headers of the configuration hold.
    pub(super) fn hidden(&self, text: String) -> String {
        std::iter::once(&self.key).chain(&self.own).fold(text, |text, secret| match secret.reveal() {
            secret if secret.len() >= SHORTEST_KEY && text.contains(secret) => text.replace(secret, "…"),
            _ => text,
        })
    }

    /// Whether both show the same key.
    pub(super) fn has_key_of(&self, other: &Self) -> bool {
        self.key.matches(other.key.reveal())
    }
}

/// A header's value that nothing prints.
fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
