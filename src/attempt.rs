//! Asking one provider: the request in its words, its answer in the client's.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use wireloom_schema::model::{ApiError, Request, Response, Text};

use crate::{
    crossing::{Crossing, holds_seal},
    gateway::{Destination, Gateway},
    passage::{Tap, splice},
    pipeline::{Content, Inquiry, Reply},
    refusal::Refusal,
    relay::Relay,
    telling::Telling,
    translation::{Translation, Wish, whole_with_usage},
    upstream::{Answer, Call},
    wire::{
        frames::Framing,
        writer::{Losses, Writer},
    },
};

/// The header that names what a request lost on its way to its provider.
pub const LOSSES: HeaderName = HeaderName::from_static("x-wireloom-losses");

/// The most bytes of an answer that is not streamed.
const MOST_WHOLE: usize = 256 << 20;

/// The most bytes of an error's body.
const MOST_ERROR: usize = 1 << 20;

/// Asks the provider of a destination. `request` is what `text` says.
///
/// # Errors
/// What is wrong, to be told in the client's own protocol.
pub async fn attempt(
    gateway: &Gateway,
    inquiry: &Inquiry<'_>,
    text: &str,
    mut request: Request<'_>,
    destination: &Destination,
) -> Result<Reply, Refusal> {
    let face = inquiry.face;
    let listed = destination.is_listed(gateway);
    inquiry.record.attempted(&destination.target.name, &destination.model, listed, gateway.price(destination));
    if destination.target.takes_bytes_of(face) && !holds_seal(text) {
        return pass_through(gateway, inquiry, text, request.stream, destination).await;
    }
    if request.messages.is_empty() {
        return Err(Refusal::invalid("the request has no messages"));
    }
    let (stream, usage_wanted) = (request.stream, request.stream_usage);
    let spec = destination.target.spec;
    request.model = destination.model.as_str().into();
    request.stream_usage = stream;
    let mut w = Writer::with_capacity(text.len() + 1024);
    let crossing = Crossing::of(face, spec, &mut request, &mut w.losses);
    request
        .unknown
        .iter()
        .for_each(|key| tracing::debug!(%key, "a field that the face does not know is not passed on"));
    spec.write_request(&request, &mut w);
    let losses = w.losses;
    destination.target.log_losses(&destination.model, &losses);
    inquiry.record.lost(losses.names());

    let call = Call {
        url: destination.target.url(&destination.model, stream).ok_or_else(|| no_model(&destination.model))?,
        headers: call_headers(inquiry, destination),
        body: destination.target.addition.added_to(w.out),
    };
    let answer = destination.target.send(&gateway.upstream, call).await?;
    if !answer.status.is_success() {
        return Err(refused(destination, answer).await);
    }
    let mut headers = HeaderMap::new();
    if let Some(value) = losses_header(&losses, &request.unknown) {
        headers.insert(LOSSES, value);
    }
    let (id, model) = (Some(new_id().into()), Some(destination.model.clone().into()));
    let known = Response { id, model, created: Some(now()), ..Response::default() };
    // A stream that is itself JSON has the same media type as a whole answer.
    let is_stream = spec.facts().framing == Framing::JsonArray
        || !content_type(&answer.headers).is_some_and(|kind| kind.starts_with("application/json"));
    if stream && is_stream {
        headers.insert(header::CONTENT_TYPE, content_type_of(inquiry.framing));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let telling = Telling::new(face, inquiry.framing, crossing, known, usage_wanted, Writer::default());
        let translation = Translation::new(spec, telling, answer.body).recorded(inquiry.record.clone());
        return Ok(Reply { status: StatusCode::OK, headers, content: Content::Relayed(Relay::start(translation)) });
    }
    let body = answer.body.whole(MOST_WHOLE).await?;
    let framing = stream.then_some(inquiry.framing);
    let wish = Wish { stream: framing, usage: usage_wanted };
    let (out, usage) = whole_with_usage(face, spec, crossing, &known, wish, &body)?;
    inquiry.record.used(&usage);
    headers.insert(header::CONTENT_TYPE, framing.map_or(HeaderValue::from_static("application/json"), content_type_of));
    Ok(Reply { status: StatusCode::OK, headers, content: Content::Whole(out) })
}

fn no_model(name: &str) -> Refusal {
    Refusal::invalid(format!("`{name}` is not the name of a model"))
}

/// Sends the client's own bytes, and the upstream's own bytes back.
async fn pass_through(
    gateway: &Gateway,
    inquiry: &Inquiry<'_>,
    text: &str,
    stream: bool,
    destination: &Destination,
) -> Result<Reply, Refusal> {
    let body = match inquiry.model {
        Some(_) => inquiry.body.to_vec(),
        None => splice(text, &inquiry.face.peek(text).map_err(Refusal::malformed)?, &destination.model),
    };
    let body = destination.target.addition.added_to(body);
    let url = destination.target.url_for(&destination.model, stream, inquiry.query);
    let url = url.ok_or_else(|| no_model(&destination.model))?;
    let call = Call { url, headers: call_headers(inquiry, destination), body };
    let answer = destination.target.send(&gateway.upstream, call).await?;
    let hop_by_hop = [
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::TRAILER,
        header::TE,
        header::SET_COOKIE,
    ];
    let kept = answer.headers.iter().filter(|(name, _)| !hop_by_hop.contains(name) && name.as_str() != "keep-alive");
    let headers = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    // A stream that is itself JSON has the same media type as a whole answer.
    let is_stream = inquiry.framing == Framing::JsonArray
        || !content_type(&answer.headers).is_some_and(|kind| kind.starts_with("application/json"));
    let framing = (stream && is_stream).then_some(inquiry.framing);
    let tap = Tap::new(answer.body, destination.target.spec, framing, inquiry.record.clone());
    Ok(Reply { status: answer.status, headers, content: Content::Relayed(Relay::start(tap)) })
}

/// Constant headers and credentials, and those of the client's that the provider's spec lets through.
fn call_headers(inquiry: &Inquiry<'_>, destination: &Destination) -> HeaderMap {
    let mut headers = destination.target.headers.clone();
    if destination.target.speaks(inquiry.face) {
        for name in destination.target.spec.facts().forward {
            let name = HeaderName::from_static(name);
            if let Some(value) = inquiry.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
    }
    headers
}

/// An upstream's refusal, in words that every protocol has.
async fn refused(destination: &Destination, answer: Answer) -> Refusal {
    let (status, spec) = (answer.status, destination.target.spec);
    let retry_after = answer.headers.get(header::RETRY_AFTER).cloned();
    let name = &destination.target.name;
    let body = answer.body.whole(MOST_ERROR).await.unwrap_or_default();
    let text = destination.target.without_key(&String::from_utf8_lossy(&body));
    let told = spec.read_error(&text);
    let kind = told.as_ref().and_then(|error| error.kind).unwrap_or_else(|| spec.facts().kind_of(status.as_u16()));
    let message = match &told {
        Some(error) => format!("{name}: {}", error.message),
        None => format!("{name} answered with status {}: {}", status.as_u16(), excerpt(&text)),
    };
    let error = ApiError {
        kind: Some(kind),
        message: message.into(),
        code: told.as_ref().and_then(|error| error.code.clone()).map(Text::into_owned),
        param: told.as_ref().and_then(|error| error.param.clone()).map(Text::into_owned),
    };
    Refusal { status: Some(status), error: Box::new(error), retry_after }
}

/// The beginning of a body that is not an error's, for people.
fn excerpt(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(300) {
        _ if text.is_empty() => "no body".to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The names of what was lost, and of the client's fields that its protocol's spec does not know.
fn losses_header(losses: &Losses, unknown: &[Text<'_>]) -> Option<HeaderValue> {
    let is_plain = |key: &&Text<'_>| {
        key.len() <= 64 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
    };
    let unknown = unknown.iter().filter(is_plain).take(16).map(|key| format!("unknown.{}", &**key));
    let names: Vec<String> = losses.names().iter().map(|name| (*name).to_owned()).chain(unknown).collect();
    if names.is_empty() { None } else { HeaderValue::from_str(&names.join(", ")).ok() }
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

fn content_type_of(framing: Framing) -> HeaderValue {
    HeaderValue::from_static(framing.content_type())
}

/// A name for an answer whose upstream gives none.
fn new_id() -> String {
    crate::wire::id::mint("wl_")
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
