//! Asking one provider: the request in its words, its answer in the client's.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use wireloom_schema::config::OnLoss;
use wireloom_schema::model::{ApiError, FinishReason, Request, Response, Text};

use crate::{
    crossing::{Crossing, holds_seal},
    extension::{Asked, Extension, Pass, Place},
    gateway::Destination,
    passage::{Passage, Remainder, splice},
    pipeline::{Content, Inquiry, Reply},
    refusal::Refusal,
    relay::Relay,
    resilience::{
        failure::Failure,
        gate::{Gate, Hold, Opens, hold},
        trouble::Trouble,
    },
    telling::Telling,
    transform,
    translation::{Translation, Wish, whole_through},
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

/// The most bytes of an answer that may be an error in spite of its status, or empty.
const MOST_SUSPECT: usize = 8 << 10;

/// The most bytes of an error's body.
const MOST_ERROR: usize = 1 << 20;

/// What one call is made with.
pub struct Way<'w> {
    /// Where it goes.
    pub destination: &'w Destination,
    /// Which of the provider's keys it shows.
    pub key: usize,
    /// The place at the provider, held until the answer ends.
    pub hold: Hold,
    /// How long a stream is held back until it has content.
    pub longest_hold: Duration,
}

/// A request in its provider's words.
pub struct Written {
    /// The call to make.
    pub call: Call,
    /// What the request lost.
    pub losses: Losses,
    /// What of the client's must be restored in the answer.
    pub crossing: Crossing,
}

/// Whether a request's own bytes go to a destination.
pub fn passes(inquiry: &Inquiry<'_>, text: &str, destination: &Destination) -> bool {
    let untouched = destination.target.passes(&destination.model).iter().all(transform::Pass::is_idle);
    destination.target.takes_bytes_of(inquiry.face) && untouched && !inquiry.rewritten && !holds_seal(text)
}

/// Writes a request in the words of its provider. `size` is about how long it is.
///
/// # Errors
/// What is wrong with it.
#[allow(clippy::result_large_err, reason = "the callers take it as it is, and it is rare")]
pub fn written(
    inquiry: &Inquiry<'_>,
    size: usize,
    request: &mut Request<'_>,
    destination: &Destination,
    key: usize,
) -> Result<Written, Failure> {
    if request.messages.is_empty() {
        return Err(Refusal::invalid("the request has no messages").into());
    }
    if request.previous.is_some() && !destination.target.spec.facts().places.previous {
        return Err(Refusal::invalid(format!(
            "the request continues an earlier answer by its name alone, and `{}` keeps no answers: send the whole conversation",
            destination.target.name
        ))
        .into());
    }
    let stream = request.stream;
    let spec = destination.target.spec;
    request.model = destination.model.clone().into();
    request.stream_usage = stream;
    let mut w = Writer::with_capacity(size + 1024);
    let passes = destination.target.passes(&destination.model);
    let (answer_passes, edits) = transform::apply(passes, request, &mut w.losses);
    let mut crossing = Crossing::of(inquiry.face, spec, request, &mut w.losses);
    crossing.passes = answer_passes;
    spec.write_request(request, &mut w);
    let losses = w.losses;
    let url = destination.target.url(&destination.model, stream, key).ok_or_else(|| no_model(&destination.model))?;
    let body = edits.of(destination.target.addition(&destination.model).added_to(w.out)).into();
    let call = Call { url, headers: call_headers(inquiry, destination, key), body };
    Ok(Written { call, losses, crossing })
}

/// Asks the provider of a destination. `request` is what `text` says.
///
/// # Errors
/// What is wrong, to be told in the client's own protocol if nobody else answers.
pub async fn attempt(
    extension: &impl Extension,
    inquiry: &Inquiry<'_>,
    text: &str,
    mut request: Request<'_>,
    way: Way<'_>,
) -> Result<Reply, Failure> {
    let face = inquiry.face;
    let Way { destination, key, .. } = way;
    let place = Place { provider: &destination.target.name, model: &destination.model };
    let asked = Asked { request: &request, face, headers: inquiry.headers };
    let concerned = extension.pass().concerns(&asked, place);
    if passes(inquiry, text, destination) && !concerned {
        return pass_through(inquiry, text, request.stream, way).await;
    }
    let (stream, usage_wanted) = (request.stream, request.stream_usage);
    let mut answer_pass = concerned.then(|| extension.pass().request(&mut request, place));
    request.stream = stream;
    let spec = destination.target.spec;
    let Written { call, losses, crossing } = written(inquiry, text.len(), &mut request, destination, key)?;
    request
        .unknown
        .iter()
        .for_each(|key| tracing::debug!(%key, "a field that the face does not know is not passed on"));
    destination.target.log_losses(&destination.model, &losses);
    inquiry.meter.record().iter().for_each(|record| record.lost(losses.names()));
    if destination.target.on_loss == OnLoss::Refuse && !losses.names().is_empty() {
        return Err(lossy(destination, &losses));
    }
    let answer = destination.target.send(call, key).await?;
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
        let telling = telling.metered(inquiry.meter.fresh()).through(answer_pass);
        let translation = Translation::new(spec, telling, answer.body);
        return opened(StatusCode::OK, headers, translation, way).await;
    }
    let body = answer.body.whole(MOST_WHOLE).await?;
    let framing = stream.then_some(inquiry.framing);
    let wish = Wish { stream: framing, usage: usage_wanted };
    let meter = &mut inquiry.meter.fresh();
    let (out, is_empty) = whole_through(&mut answer_pass, face, spec, crossing, &known, wish, &body, meter)?;
    headers.insert(header::CONTENT_TYPE, framing.map_or(HeaderValue::from_static("application/json"), content_type_of));
    let reply = Reply::new(StatusCode::OK, headers, Content::Whole(out));
    if is_empty { Err(Failure::empty(reply)) } else { Ok(reply) }
}

/// Holds a stream back until it has content, and begins to carry it.
async fn opened(status: StatusCode, headers: HeaderMap, source: impl Opens, way: Way<'_>) -> Result<Reply, Failure> {
    let reply = |source| Reply::new(status, headers, Content::Relayed(Relay::start(source)));
    match hold(source, way.hold, way.longest_hold).await {
        Gate::Open(source) => Ok(reply(source)),
        Gate::Empty(source) => Err(Failure::empty(reply(source))),
        Gate::Failed(error) => Err(Failure::streamed(named(&way.destination.target.name, error))),
    }
}

/// An error with the name of the provider that tells it.
fn named(name: &str, error: ApiError<'static>) -> ApiError<'static> {
    ApiError { message: format!("{name}: {}", error.message).into(), ..error }
}

/// A request that would lose something on its way, where the configuration refuses those. Another provider may keep it.
fn lossy(destination: &Destination, losses: &Losses) -> Failure {
    let (name, names) = (&destination.target.name, losses.names().join(", "));
    let message = format!("`{name}` has no place for {names}, and the configuration refuses to leave it out (on_loss)");
    Failure { trouble: Trouble::Missing, ..Failure::from(Refusal::invalid(message)) }
}

fn no_model(name: &str) -> Failure {
    let failure = Failure::from(Refusal::invalid(format!("`{name}` is not the name of a model")));
    Failure { trouble: Trouble::Missing, ..failure }
}

/// A request in the client's own bytes.
///
/// # Errors
/// What is wrong with it.
#[allow(clippy::result_large_err, reason = "the callers take it as it is, and it is rare")]
pub fn passed(
    inquiry: &Inquiry<'_>,
    text: &str,
    stream: bool,
    destination: &Destination,
    key: usize,
) -> Result<Call, Failure> {
    let (face, target) = (inquiry.face, &destination.target);
    let body = match inquiry.model {
        Some(_) => inquiry.body.to_vec(),
        None => splice(text, &face.peek(text).map_err(Refusal::malformed)?, &destination.model),
    };
    let body = target.addition(&destination.model).added_to(body).into();
    let url = target.url_for(&destination.model, stream, inquiry.query, key);
    let url = url.ok_or_else(|| no_model(&destination.model))?;
    Ok(Call { url, headers: call_headers(inquiry, destination, key), body })
}

/// Sends the client's own bytes, and the upstream's own bytes back.
async fn pass_through(inquiry: &Inquiry<'_>, text: &str, stream: bool, way: Way<'_>) -> Result<Reply, Failure> {
    let Way { destination, key, .. } = way;
    let (face, target) = (inquiry.face, &destination.target);
    let call = passed(inquiry, text, stream, destination, key)?;
    let answer = target.send(call, key).await?;
    if !answer.status.is_success() {
        return Err(refused_raw(destination, answer).await);
    }
    let mut headers = passed_headers(&answer.headers);
    let kind = content_type(&answer.headers).unwrap_or_default();
    let framing = match kind {
        kind if kind.starts_with(Framing::Sse.content_type()) => Some(Framing::Sse),
        kind if kind.starts_with(Framing::JsonArray.content_type()) => Some(Framing::JsonArray),
        _ => None,
    };
    let readable = !answer.headers.contains_key(header::CONTENT_ENCODING);
    let own = [Some(target.spec.facts().framing), target.spec.facts().bare];
    if let Some(framing) = framing.filter(|framing| stream && readable && own.contains(&Some(*framing))) {
        // An error may follow what the upstream sends.
        headers.remove(header::CONTENT_LENGTH);
        let passage = Passage::new(face, target.spec, framing, answer.body, inquiry.meter.fresh());
        return opened(answer.status, headers, passage, way).await;
    }
    let Answer { status, mut body, .. } = answer;
    let (first, ended) = body.beginning(MOST_SUSPECT).await?;
    if !ended {
        let place = way.hold.place;
        let source = Remainder::new(first, body, place, target.spec, inquiry.meter.fresh(), readable);
        return Ok(Reply::new(status, headers, Content::Relayed(Relay::start(source))));
    }
    let bytes = joined(first);
    let reply = |bytes: Bytes| Reply::new(status, headers, Content::Whole(bytes));
    // An error or nothing at all is short, so that only short answers are looked at.
    if let Some(text) = std::str::from_utf8(&bytes).ok().filter(|_| readable)
        && let Ok(response) = target.spec.read_response(text)
    {
        inquiry.meter.fresh().whole(&response);
        match (target.spec.read_error(text), response.finish_reason) {
            _ if !response.parts.is_empty() => {}
            (Some(error), None) => {
                let error = named(&target.name, owned(error));
                return Err(Failure::streamed(error));
            }
            (_, Some(FinishReason::Stop)) => return Err(Failure::empty(reply(bytes.clone()))),
            _ => {}
        }
    }
    Ok(reply(bytes))
}

fn owned(error: ApiError<'_>) -> ApiError<'static> {
    let ApiError { kind, message, code, param } = error;
    let owned = |text: Option<Text<'_>>| text.map(Text::into_owned);
    ApiError { kind, message: message.into_owned(), code: owned(code), param: owned(param) }
}

fn joined(mut chunks: Vec<Bytes>) -> Bytes {
    match chunks.as_mut_slice() {
        [only] => std::mem::take(only),
        chunks => chunks.concat().into(),
    }
}

/// The headers of an answer without those of its connection.
fn passed_headers(headers: &HeaderMap) -> HeaderMap {
    let hop_by_hop = [
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::TRAILER,
        header::TE,
        header::SET_COOKIE,
    ];
    let kept = headers.iter().filter(|(name, _)| !hop_by_hop.contains(name) && name.as_str() != "keep-alive");
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Constant headers and credentials, and those of the client's that the provider's spec lets through.
fn call_headers(inquiry: &Inquiry<'_>, destination: &Destination, key: usize) -> HeaderMap {
    let mut headers = destination.target.headers(key);
    if destination.target.speaks(inquiry.face) {
        for name in destination.target.spec.facts().forward {
            let name = HeaderName::from_static(name);
            if let Some(value) = inquiry.headers.get(&name).filter(|_| !destination.target.fixed.contains(&name)) {
                headers.insert(name, value.clone());
            }
        }
    }
    inquiry.meter.record().iter().for_each(|record| record.carry(&mut headers));
    headers
}

/// An upstream's refusal, in words that every protocol has.
async fn refused(destination: &Destination, answer: Answer) -> Failure {
    let body = answer.body.whole(MOST_ERROR).await.unwrap_or_default();
    Failure::answered(refusal(destination, answer.status, &answer.headers, &body), &answer.headers, None)
}

/// The same, and as it came: the client knows its words.
async fn refused_raw(destination: &Destination, answer: Answer) -> Failure {
    let body = answer.body.whole(MOST_ERROR).await.unwrap_or_default();
    let refusal = refusal(destination, answer.status, &answer.headers, &body);
    let mut headers = passed_headers(&answer.headers);
    headers.remove(header::CONTENT_LENGTH);
    let raw = Reply::new(answer.status, headers, Content::Whole(body));
    Failure::answered(refusal, &answer.headers, Some(raw))
}

fn refusal(destination: &Destination, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let spec = destination.target.spec;
    let name = &destination.target.name;
    let text = destination.target.without_key(&String::from_utf8_lossy(body));
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
    let retry_after = headers.get(header::RETRY_AFTER).cloned();
    Refusal { status: Some(status), error: Box::new(error), retry_after, ..Refusal::new(kind, "") }
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
