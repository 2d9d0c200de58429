//! The configuration: looking at it, and putting another in its place.

use std::{io::ErrorKind, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use salvo::{Depot, Request, Response, Writer, writing::Json};
use salvo_oapi::{Components, EndpointOutRegister, Operation, ToSchema, endpoint};
use serde::Serialize;
use serde_json::Value;
use wireloom_schema::{
    config::{edit, effective, shown, shown_text, unveil},
    diagnostic::Diagnostic,
    document::{self, Source},
};

use crate::{
    config::{Finding, Problem, study},
    live::{Live, WriteError, Written},
    refusal::Refusal,
    server::{body::read_body, refused::Refused},
};

use super::apart;

/// The most bytes of a configuration.
const MOST: usize = 4 << 20;

/// The media type of JSON5.
const JSON5: HeaderValue = HeaderValue::from_static("application/json5");

/// Tells what the configuration says.
pub(super) struct Shown(pub(super) Arc<Live>);

/// Puts a configuration in the place of what it says.
pub(super) struct Replacing(pub(super) Arc<Live>);

/// Changes what claude-code-router's clients know of the configuration.
pub(super) struct Saving(pub(super) Arc<Live>);

/// A text, with the mark of what stands in the file.
struct Text {
    kind: HeaderValue,
    text: String,
    mark: Option<String>,
}

#[salvo::async_trait]
impl Writer for Text {
    async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        res.status_code(StatusCode::OK);
        res.headers_mut().insert(header::CONTENT_TYPE, self.kind);
        tag(res, self.mark.as_deref());
        res.body(self.text);
    }
}

impl EndpointOutRegister for Text {
    // Each operation says it itself.
    fn register(_components: &mut Components, _operation: &mut Operation) {}
}

/// What the configuration says, with stars in place of secrets.
///
/// As data; with `format=json5` the file's own text, with its comments; with `effective=true` what counts in the end,
/// each value with where it is from. The `ETag` is what `PUT` wants as `If-Match`.
#[endpoint(
    tags("configuration"),
    parameters(
        ("format" = Option<String>, Query, description = "`json` or `json5`"),
        ("effective" = Option<bool>, Query, description = "Whether with defaults and what the environment says"),
    ),
    responses((status_code = 200, description = "The configuration", body = Value)),
)]
impl Shown {
    async fn handle(&self, req: &mut Request) -> Result<Text, Refused> {
        let query = |name: &str| req.queries().get(name).map(String::as_str);
        let is_json5 = match query("format") {
            None | Some("json") => false,
            Some("json5") => true,
            Some(_) => return Err(Refusal::invalid("`format` is json or json5").into()),
        };
        let is_effective = matches!(query("effective"), Some("true" | "1" | ""));
        let live = self.0.clone();
        apart(move || {
            let Some(document) = live.document().map_err(|error| unreadable(error.kind()))? else {
                return Err(Refused::not_found(WriteError::NoFile.to_string()));
            };
            let (source, mark) = (document.source, document.mark);
            let broken =
                |told: Vec<Diagnostic>| Refused::mistakes("what stands in the file is not JSON5", problems(told));
            if is_effective {
                let path = live.standing().path.clone().unwrap_or_default();
                let reading = study(&path, &source, |name| std::env::var(name).ok())
                    .map_err(|error| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
                let tree = reading.tree.as_ref().ok_or_else(|| broken(reading.told.clone()))?;
                return Ok(Text { kind: JSON5, text: effective(tree), mark });
            }
            // Of a text that is not JSON5 it cannot be said which words are secrets.
            let tree = document::parse(&source).map_err(|_| broken(config_told(&source)))?;
            match is_json5 {
                true => Ok(Text { kind: JSON5, text: shown_text(&source).unwrap_or_default(), mark }),
                false => {
                    let kind = HeaderValue::from_static("application/json");
                    Ok(Text { kind, text: shown(&tree).to_string(), mark })
                }
            }
        })
        .await
    }
}

/// The mistakes of a text, with excerpts that may be shown.
fn config_told(source: &Arc<Source>) -> Vec<Diagnostic> {
    wireloom_schema::config::study(source, |_| None).told
}

fn problems(told: Vec<Diagnostic>) -> Vec<Problem> {
    Finding::all(told, None).iter().map(Problem::from).collect()
}

fn unreadable(kind: ErrorKind) -> Refused {
    Refused::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the configuration's file cannot be read: {kind}"))
}

/// What writing the configuration did.
#[derive(Serialize, ToSchema)]
pub(super) struct Saved {
    success: bool,
    message: &'static str,
    /// The number of the configuration that counts now.
    generation: u64,
    /// What in it is without effect or looks like a slip.
    warnings: Vec<Problem>,
    /// Changed settings that need a restart.
    restart: Vec<&'static str>,
    #[serde(skip)]
    #[salvo(schema(skip))]
    mark: Option<String>,
}

impl Saved {
    fn of(written: Written) -> Self {
        Self {
            success: true,
            message: "Config saved successfully",
            generation: written.reloaded.generation,
            warnings: written.warnings(),
            restart: written.reloaded.restart,
            mark: written.document.mark,
        }
    }
}

#[salvo::async_trait]
impl Writer for Saved {
    async fn write(self, req: &mut Request, depot: &mut Depot, res: &mut Response) {
        tag(res, self.mark.as_deref());
        Json(self).write(req, depot, res).await;
    }
}

impl EndpointOutRegister for Saved {
    fn register(components: &mut Components, operation: &mut Operation) {
        <Json<Self> as EndpointOutRegister>::register(components, operation);
    }
}

/// Puts a configuration in the place of what the file says, and lets it count at once.
///
/// A body of JSON is data: what is the same in the file stays as it is written there, with its comments. Any other is
/// JSON5, and becomes the file. Stars that came with `GET` stand for what is there. With any mistake nothing is changed.
#[endpoint(
    tags("configuration"),
    parameters(("if-match" = String, Header, description = "The `ETag` of what is to be replaced, or `*`")),
    request_body(content = Value, description = "The whole configuration, as JSON or JSON5", content_type = "application/json"),
)]
impl Replacing {
    async fn handle(&self, req: &mut Request) -> Result<Saved, Refused> {
        let Some(expected) = req.headers().get(header::IF_MATCH) else {
            let message = "say with If-Match which configuration is to be replaced: the ETag that GET gives";
            return Err(Refused::new(StatusCode::PRECONDITION_REQUIRED, message));
        };
        let expected = expected.to_str().unwrap_or_default().to_owned();
        let body = Body::of(req).await?;
        let (live, expected) = (self.0.clone(), (expected != "*").then_some(expected));
        apart(move || live.write(expected.as_deref(), |before| body.over(before, |data, _| data)).map(Saved::of)).await
    }
}

/// Changes the configuration as claude-code-router's clients do, and lets it count at once.
///
/// Keys that are missing at the top, or in `Router`, stay as they are, for these clients know only some; `null` takes one
/// away. All else is as with `PUT`; `If-Match` need not be there.
#[endpoint(
    tags("configuration"),
    request_body(content = Value, description = "The configuration, as JSON or JSON5", content_type = "application/json"),
)]
impl Saving {
    async fn handle(&self, req: &mut Request) -> Result<Saved, Refused> {
        let expected = req.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = Body::of(req).await?;
        let (live, expected) = (self.0.clone(), expected.filter(|expected| expected != "*"));
        apart(move || live.write(expected.as_deref(), |before| body.over(before, with_unknown)).map(Saved::of)).await
    }
}

/// What a client does not know stays: missing keys at the top and in `Router`. What is null goes.
fn with_unknown(new: Value, old: &Value) -> Value {
    let (Value::Object(new), Value::Object(old)) = (new, old) else { return Value::Null };
    let over = |new: serde_json::Map<String, Value>, old: &serde_json::Map<String, Value>| {
        let mut all = old.clone();
        for (key, value) in new {
            match value {
                Value::Null => _ = all.shift_remove(&key),
                value => _ = all.insert(key, value),
            }
        }
        all
    };
    let mut all = over(new, old);
    if let (Some(Value::Object(router)), Some(Value::Object(before))) = (all.get_mut("Router"), old.get("Router")) {
        *router = over(std::mem::take(router), before);
    }
    Value::Object(all)
}

/// A configuration that a client sends.
struct Body {
    text: Bytes,
    /// Whether it is said to be JSON5, so that it is a text of its own even where it is JSON as well.
    is_text: bool,
}

impl Body {
    async fn of(req: &mut Request) -> Result<Self, Refused> {
        let kind = req.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_text = kind.contains("json5") || kind.starts_with("text/");
        Ok(Self { text: read_body(req, MOST).await?, is_text })
    }

    /// The text that the file is to have in place of what it has.
    fn over(&self, before: &Arc<Source>, complete: impl FnOnce(Value, &Value) -> Value) -> Result<String, Refused> {
        let text = String::from_utf8_lossy(&self.text).into_owned();
        let is_data = !self.is_text && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let sent = Arc::new(Source { path: before.path.clone(), text });
        let wrong = |told| Refused::mistakes(WriteError::Mistakes(Vec::new()).to_string(), problems(told));
        let text = unveil(&sent, before).map_err(wrong)?;
        if !is_data {
            return Ok(text);
        }
        // With secrets as they are written in the file, it is JSON5.
        let restored = Arc::new(Source { path: before.path.clone(), text });
        let (Ok(new), Ok(old)) = (document::parse(&restored), document::parse(before)) else {
            return Ok(restored.text.clone());
        };
        let old = old.to_json();
        let new = complete(new.to_json(), &old);
        // What the file has no place for is written anew, as it was sent.
        Ok(edit::merge(&before.text, &old, &new).unwrap_or_else(|_| format!("{new:#}\n")))
    }
}

impl From<WriteError> for Refused {
    fn from(error: WriteError) -> Self {
        let status = match &error {
            WriteError::NoFile => StatusCode::CONFLICT,
            WriteError::Stale => StatusCode::PRECONDITION_FAILED,
            WriteError::Io { error } if error.kind() == ErrorKind::PermissionDenied => StatusCode::CONFLICT,
            WriteError::Io { .. } | WriteError::Load(_) => StatusCode::INTERNAL_SERVER_ERROR,
            WriteError::Mistakes(_) | WriteError::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let message = error.to_string();
        match error {
            WriteError::Mistakes(problems) => Self::mistakes(message, problems),
            _ => Self::new(status, message),
        }
    }
}

fn tag(res: &mut Response, mark: Option<&str>) {
    if let Some(mark) = mark.and_then(|mark| HeaderValue::from_str(mark).ok()) {
        res.headers_mut().insert(header::ETAG, mark);
    }
}
