//! Services that count tokens.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};
use wireloom_schema::{
    config::{CountFormat, Secret},
    model::Request,
};

use super::{Tokens, Weights, tally::Tally};
use crate::{specs::Provider, upstream::Upstream, wire::writer::Writer};

/// A service that is asked for the tokens of whole requests.
#[derive(Debug)]
pub struct Service {
    url: reqwest::Url,
    /// Among them the key, which is marked as sensitive.
    headers: HeaderMap,
    format: CountFormat,
    /// The keys on the way to the number in its answer.
    field: Vec<String>,
}

impl Service {
    /// Resolves a configured one.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn new(
        url: &str,
        key: Option<&Secret>,
        format: CountFormat,
        field: &str,
        more: &BTreeMap<String, Secret>,
    ) -> Result<Self, String> {
        let url = reqwest::Url::parse(url).ok().filter(|url| url.has_host());
        let url = url.ok_or("the `url` of its tokenizer is not a URL")?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let bearer = key.map(|key| ("authorization", format!("Bearer {}", key.reveal())));
        let more = more.iter().map(|(name, value)| (name.as_str(), value.reveal().to_owned()));
        for (name, value) in bearer.into_iter().chain(more) {
            let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
            let (Ok(name), Ok(mut value)) = parsed else {
                return Err(format!("its tokenizer's header `{name}` cannot be sent"));
            };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let field = field.split('.').map(str::to_owned).collect();
        Ok(Self { url, headers, format, field })
    }

    /// The tokens of a request.
    ///
    /// # Errors
    /// Why there is no number, for the log.
    pub async fn count(&self, request: &Request<'_>, tokens: &Tokens, upstream: &Upstream) -> Result<u64, String> {
        let body = self.body(request);
        let (key, known) = tokens.recall((self.url.as_str(), &body));
        if let Some(count) = known {
            return Ok(count);
        }
        let mut call = http::Request::new(Bytes::from(body));
        *call.method_mut() = Method::POST;
        *call.uri_mut() = self.url.as_str().parse().map_err(|_| "its URL cannot be called")?;
        *call.headers_mut() = self.headers.clone();
        let answer = upstream.exchange(call).await.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("it answered with status {}", answer.status().as_u16()));
        }
        let whole: Value = serde_json::from_slice(answer.body()).map_err(|_| "its answer is not JSON")?;
        let found = self.field.iter().try_fold(&whole, |value, key| match value {
            Value::Array(list) => list.get(key.parse::<usize>().ok()?),
            value => value.get(key),
        });
        let count = found.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
        let count = count.ok_or_else(|| format!("its answer has no number at `{}`", self.field.join(".")))?;
        tokens.note(key, count);
        Ok(count)
    }

    /// The host, which is all of the URL that may be told.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    fn body(&self, request: &Request<'_>) -> Vec<u8> {
        let spec = match self.format {
            CountFormat::Standard | CountFormat::Anthropic => Provider::Anthropic,
            CountFormat::OpenAi => Provider::OpenaiCompatible,
            CountFormat::Custom => {
                let words = Tally::of(request, &Weights::USUAL).words();
                return json!({ "text": words }).to_string().into_bytes();
            }
        };
        let mut w = Writer::default();
        spec.write_request(request, &mut w);
        w.out
    }
}
