//! Asking one provider: the request in its words, its answer in the client's.

mod passed;
mod refused;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use wireloom_schema::config::OnLoss;
use wireloom_schema::model::{ApiError, ErrorKind, Request, Response, Text};

use crate::{
    agent::{Conversation, TurnPass, Turns},
    crossing::{Crossing, holds_seal},
    extension::{Asked, Extension, Pass, Place},
    gateway::Destination,
    meter::Meter,
    pipeline::{Content, Inquiry, Reply},
    refusal::Refusal,
    relay::Relay,
    resilience::{
        failure::Failure,
        gate::{Gate, Hold, Opens, hold},
        trouble::Trouble,
    },
    specs::Provider,
    telling::Telling,
    transform,
    translation::{Translation, Wish, whole_through},
    upstream::{Body, Call},
    wire::{
        frames::Framing,
        writer::{Losses, Writer},
    },
};

pub use self::passed::passed;
use self::{passed::pass_through, refused::accepted};

/// The header that names what a request lost on its way to its provider.
pub const LOSSES: HeaderName = HeaderName::from_static("x-wireloom-losses");

/// The most bytes of an answer that is not streamed.
const MOST_WHOLE: usize = 64 << 20;

/// What a client is told if an upstream streams an answer that was to be whole.
const NOT_WHOLE: &str = "the upstream streams an answer that it was asked for as a whole";

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

/// An answer that has begun, of a request that was translated.
pub struct Begun<X: Extension> {
    /// Who answers.
    pub provider: Provider,
    /// What it says.
    pub said: Said,
    /// What of the client's must be restored in it.
    pub crossing: Crossing,
    /// What it goes through first, if it concerns the pass of the user's own.
    pub pass: Option<<X::Pass as Pass>::Answer>,
    /// Hears what it tells of itself.
    pub meter: Meter,
    /// What the client is told beside it.
    headers: HeaderMap,
    /// What is told of it where the provider tells nothing.
    known: Response<'static>,
    /// How the client wants it.
    wish: Wish,
}

/// What an upstream says.
pub enum Said {
    /// What comes step by step.
    Stream(Body),
    /// All of it.
    Whole(Bytes),
}

impl Said {
    /// All of it.
    ///
    /// # Errors
    /// A stream.
    pub fn whole(self) -> Result<Bytes, Refusal> {
        match self {
            Self::Whole(body) => Ok(body),
            Self::Stream(_) => Err(Refusal::new(ErrorKind::Internal, NOT_WHOLE)),
        }
    }
}

/// Asks the provider of a destination. `request` is what `text` says, and what an agent makes of it that has taken it on.
///
/// # Errors
/// What is wrong, to be told in the client's own protocol if nobody else answers.
pub async fn attempt<X: Extension>(
    extension: &X,
    inquiry: &Inquiry<'_>,
    text: &str,
    request: Request<'_>,
    way: Way<'_>,
    conversation: Option<&Conversation<X>>,
) -> Result<Reply, Failure> {
    let Way { destination, key, .. } = way;
    let concerned = concerned(extension, inquiry, &request, destination);
    if conversation.is_none() && !concerned && passes(inquiry, text, destination) {
        return pass_through(inquiry, text, request.stream, way).await;
    }
    let begun = begin(extension, inquiry, text, request, destination, key, concerned).await?;
    match conversation {
        None => told(begun, inquiry, way).await,
        // What few requests go through takes room from no other.
        Some(conversation) => Box::pin(told_in_turns(begun, inquiry, way, conversation.clone())).await,
    }
}

/// Whether a request has to do with the pass of the user's own.
pub fn concerned(extension: &impl Extension, inquiry: &Inquiry<'_>, request: &Request<'_>, to: &Destination) -> bool {
    let place = Place { provider: &to.target.name, model: &to.model };
    extension.pass().concerns(&Asked { request, face: inquiry.face, headers: inquiry.headers }, place)
}

/// Sends a request in its provider's words, and waits for the beginning of the answer. `concerned` says whether it goes
/// through the pass of the user's own.
///
/// # Errors
/// As for [`attempt`].
pub async fn begin<X: Extension>(
    extension: &X,
    inquiry: &Inquiry<'_>,
    text: &str,
    mut request: Request<'_>,
    destination: &Destination,
    key: usize,
    concerned: bool,
) -> Result<Begun<X>, Failure> {
    let (stream, usage_wanted) = (request.stream, request.stream_usage);
    let place = Place { provider: &destination.target.name, model: &destination.model };
    let pass = concerned.then(|| extension.pass().request(&mut request, place));
    request.stream = stream;
    let provider = destination.target.spec;
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
    let answer = accepted(destination, destination.target.send(call, key).await?, false).await?;
    let mut headers = HeaderMap::new();
    if let Some(value) = losses_header(&losses, &request.unknown) {
        headers.insert(LOSSES, value);
    }
    let (id, model) = (Some(new_id().into()), Some(destination.model.clone().into()));
    let known = Response { id, model, created: Some(now()), ..Response::default() };
    // A stream that is itself JSON has the same media type as a whole answer.
    let is_stream = provider.facts().framing == Framing::JsonArray
        || !content_type(&answer.headers).is_some_and(|kind| kind.starts_with("application/json"));
    let said = match stream && is_stream {
        true => Said::Stream(answer.body),
        false => Said::Whole(answer.body.whole(MOST_WHOLE).await?),
    };
    let framing = stream.then_some(inquiry.framing);
    headers.insert(header::CONTENT_TYPE, framing.map_or(HeaderValue::from_static("application/json"), content_type_of));
    if let Said::Stream(_) = said {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    let wish = Wish { stream: framing, usage: usage_wanted };
    let meter = inquiry.meter.toward(destination);
    Ok(Begun { provider, said, crossing, pass, meter, headers, known, wish })
}

/// Tells a client an answer.
async fn told<X: Extension>(begun: Begun<X>, inquiry: &Inquiry<'_>, way: Way<'_>) -> Result<Reply, Failure> {
    let Begun { provider, said, crossing, mut pass, mut meter, headers, known, wish } = begun;
    let face = inquiry.face;
    match said {
        Said::Stream(body) => {
            let telling = Telling::new(face, inquiry.framing, crossing, known, wish.usage, Writer::default());
            let telling = telling.metered(meter).through(pass);
            // A stream is large, and lives where its bytes do not go through all that waits for them.
            Box::pin(opened(StatusCode::OK, headers, Translation::new(provider, telling, body), way)).await
        }
        Said::Whole(body) => {
            let (out, is_empty) = whole_through(&mut pass, face, provider, crossing, &known, wish, &body, &mut meter)?;
            let reply = Reply::new(StatusCode::OK, headers, Content::Whole(out));
            if is_empty { Err(Failure::empty(reply)) } else { Ok(reply) }
        }
    }
}

/// Tells a client an answer of several turns, between which an agent's tools are run.
async fn told_in_turns<X: Extension>(
    begun: Begun<X>,
    inquiry: &Inquiry<'_>,
    way: Way<'_>,
    conversation: Conversation<X>,
) -> Result<Reply, Failure> {
    let Begun { provider, said, crossing, pass, meter, headers, known, wish } = begun;
    let face = inquiry.face;
    let conversation = conversation.at(way.destination);
    let mut pass = TurnPass::new(conversation, pass);
    let mut body = match said {
        Said::Stream(body) => {
            let telling = Telling::new(face, inquiry.framing, crossing, known, wish.usage, Writer::default());
            let telling = telling.metered(meter).through(pass);
            return opened(StatusCode::OK, headers, Turns::new(Translation::new(provider, telling, body)), way).await;
        }
        Said::Whole(body) => body,
    };
    let (mut provider, mut crossing, mut meter, mut held) = (provider, crossing, meter, way.hold);
    loop {
        let signer = crossing.signer;
        let (out, is_empty) = whole_through(&mut pass, face, provider, crossing, &known, wish, &body, &mut meter)?;
        let Some((conversation, turn)) = pass.calls() else {
            let reply = Reply::new(StatusCode::OK, headers, Content::Whole(out));
            return if is_empty { Err(Failure::empty(reply)) } else { Ok(reply) };
        };
        // The place is somebody else's while tools run.
        drop(held);
        let (conversation, (begun, hold)) = conversation.next(turn, signer).await?;
        held = hold;
        meter = conversation.meter(&begun.meter);
        pass.renew(conversation, begun.pass);
        (provider, crossing) = (begun.provider, begun.crossing);
        body = begun.said.whole()?;
    }
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
