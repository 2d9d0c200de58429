//! Services that are told how fast answers come.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{runtime::Handle, sync::mpsc};
use wireloom_schema::config::{HandlerConfig, OutputOptions, WebhookAuth};

use crate::upstream::Upstream;

use super::{handler::Handler, report::Report};

/// Reports that may wait for a service; behind them they are left out.
const WAITING: usize = 64;

/// How long a call may take, unless the configuration says so.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a call is made, unless the configuration says so.
const ATTEMPTS: u32 = 3;

/// The first wait between two calls, unless the configuration says so.
const BACKOFF: Duration = Duration::from_secs(1);

/// The longest wait between two calls.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// A service and how it is called. Its `Debug` shows neither its URL nor what it is signed in to with.
#[derive(Clone)]
pub(super) struct Webhook {
    url: Uri,
    method: Method,
    /// Those with secrets are marked as sensitive.
    headers: HeaderMap,
    attempts: u32,
    backoff: Duration,
    patience: Duration,
    is_silent: bool,
    prefix: Option<String>,
    metadata: Value,
}

/// What it is told.
#[derive(Serialize)]
struct Told<'t> {
    data: &'t Report,
    timestamp: u64,
    prefix: Option<&'t str>,
    metadata: &'t Value,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Webhook")
    }
}

impl Webhook {
    /// As the configuration says.
    ///
    /// # Errors
    /// What is wrong with it, without secrets.
    pub(super) fn new(config: &HandlerConfig, output: &OutputOptions) -> Result<Self, String> {
        let url = config.url.as_deref().ok_or("its `url` is missing")?;
        let is_web = |url: &Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
        let url = url.parse().ok().filter(is_web).ok_or("its `url` is not one that begins with http:// or https://")?;
        let method = match config.method.as_deref().map(str::to_ascii_uppercase).as_deref() {
            None | Some("POST") => Method::POST,
            Some("PUT") => Method::PUT,
            Some("PATCH") => Method::PATCH,
            Some(_) => return Err("its `method` is neither POST, PUT nor PATCH".into()),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let own = config.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned()));
        let signed = config.auth.as_ref().map(shown).transpose()?;
        for (name, value) in own.chain(signed) {
            let parsed = (HeaderName::try_from(&name), HeaderValue::try_from(value));
            let (Ok(name), Ok(mut value)) = parsed else { return Err(format!("its header `{name}` cannot be sent")) };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Self {
            url,
            method,
            headers,
            attempts: config.retry.max_attempts.unwrap_or(ATTEMPTS).max(1),
            backoff: config.retry.backoff_ms.map_or(BACKOFF, Duration::from_millis),
            patience: config.timeout.map_or(PATIENCE, Duration::from_millis),
            is_silent: config.silent,
            prefix: output.prefix.clone(),
            metadata: output.metadata.clone().unwrap_or_else(|| json!({})),
        })
    }

    fn body(&self, report: &Report) -> Bytes {
        let Self { prefix, metadata, .. } = self;
        let told = Told { data: report, timestamp: report.timestamp, prefix: prefix.as_deref(), metadata };
        serde_json::to_vec(&told).unwrap_or_default().into()
    }

    /// Calls it until it takes the report or has been called often enough.
    async fn call(&self, body: Bytes, upstream: &Upstream) {
        let mut wait = self.backoff;
        let mut why = String::new();
        for attempt in 1..=self.attempts {
            let mut call = http::Request::new(body.clone());
            *call.method_mut() = self.method.clone();
            *call.uri_mut() = self.url.clone();
            *call.headers_mut() = self.headers.clone();
            why = match tokio::time::timeout(self.patience, upstream.exchange(call)).await {
                Ok(Ok(answer)) if answer.status().is_success() => return,
                Ok(Ok(answer)) => format!("it answers with status {}", answer.status().as_u16()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it takes too long".to_owned(),
            };
            if attempt < self.attempts {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_BACKOFF);
            }
        }
        if !self.is_silent {
            tracing::warn!(host = self.url.host(), why, "a webhook of token-speed is not told");
        }
    }
}

/// The header that signs in.
fn shown(auth: &WebhookAuth) -> Result<(String, String), String> {
    let authorization = |value| Ok((header::AUTHORIZATION.to_string(), value));
    match auth.kind.as_str() {
        "bearer" => {
            let token = auth.token.as_ref().ok_or("the `token` of its `auth` is missing")?;
            authorization(format!("Bearer {}", token.reveal()))
        }
        "basic" => {
            let password = auth.password.as_ref().map(|password| password.reveal()).unwrap_or_default();
            let pair = format!("{}:{password}", auth.username.as_deref().unwrap_or_default());
            authorization(format!("Basic {}", BASE64_STANDARD.encode(pair)))
        }
        "custom" => {
            let name = auth.header.clone().ok_or("the `header` of its `auth` is missing")?;
            Ok((name, auth.value.as_ref().map(|value| value.reveal().to_owned()).unwrap_or_default()))
        }
        _ => Err("the `type` of its `auth` is neither `bearer`, `basic` nor `custom`".into()),
    }
}

/// The services with what waits for them.
pub(super) struct Hooks(Vec<(Webhook, mpsc::Sender<Bytes>)>);

/// Starts a task for each service, so that a slow one keeps no other waiting.
pub(super) fn start(handlers: &[Handler], upstream: Upstream, runtime: &Handle) -> Hooks {
    let webhooks = handlers.iter().filter_map(|handler| match handler {
        Handler::Webhook(webhook) => Some((**webhook).clone()),
        _ => None,
    });
    let started = webhooks.map(|webhook| {
        let (sender, mut waiting) = mpsc::channel::<Bytes>(WAITING);
        let (own, upstream) = (webhook.clone(), upstream.clone());
        runtime.spawn(async move {
            while let Some(body) = waiting.recv().await {
                own.call(body, &upstream).await;
            }
        });
        (webhook, sender)
    });
    Hooks(started.collect())
}

impl Hooks {
    /// Gives each service a report, unless it is too far behind.
    pub(super) fn tell(&self, report: &Report) {
        for (webhook, sender) in &self.0 {
            let _ = sender.try_send(webhook.body(report));
        }
    }
}
