//! The life of a request, from the client's bytes to the answer's.
//!
//! ```text
//! client bytes -> face reads -> route -> provider writes -> upstream
//! client bytes <- face writes <- assembler <- provider reads <- upstream
//! ```
//!
//! Where face and provider speak one dialect, bytes pass through untouched but for the model and the credentials.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use wireloom_schema::model::{ErrorKind, Request};

use crate::{
    agent::{Conversation, Images, Work},
    extension::{Agent, Asked, Extension, Router},
    gateway::Gateway,
    meter::Meter,
    refusal::Refusal,
    relay::Relay,
    resilience::answer::pursue,
    routing::{Untagged, decide, session_of, tell, without_tag},
    specs::Face,
    tokens::text_bytes,
    wire::frames::Framing,
};

/// What a client sends.
pub struct Inquiry<'r> {
    /// The protocol that it speaks.
    pub face: Face,
    /// The model, where the path says it.
    pub model: Option<String>,
    /// Whether the answer is to be streamed, where the path says it.
    pub stream: Option<bool>,
    /// How its stream is to be framed.
    pub framing: Framing,
    /// Its headers.
    pub headers: &'r HeaderMap,
    /// Its query, if any.
    pub query: Option<&'r str>,
    /// Its body.
    pub body: Bytes,
    /// What a router of the user's own chooses, `provider,model`, which goes before all that the configuration says.
    pub chosen: Option<String>,
    /// Whether the request says something else than the body, so that the body's bytes may not pass through.
    pub rewritten: bool,
    /// Who wants to know what its answer tells of itself, and what is recorded of it.
    pub meter: Meter,
}

impl Inquiry<'_> {
    /// What is asked, from the body's text.
    ///
    /// # Errors
    /// A body that is not of the face's protocol.
    pub fn request<'t>(&self, text: &'t str) -> Result<Request<'t>, Refusal> {
        let mut request = self.face.read_request(text).map_err(Refusal::malformed)?;
        if let Some(model) = &self.model {
            request.model = model.clone().into();
        }
        request.stream = self.stream.unwrap_or(request.stream);
        Ok(request)
    }
}

pub use crate::resilience::answer::Attempts;

/// What a client gets.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers, with the content type.
    pub headers: HeaderMap,
    /// The body.
    pub content: Content,
    /// What was tried.
    pub attempts: Attempts,
}

impl Reply {
    /// One of which nothing is known to have been tried.
    pub fn new(status: StatusCode, headers: HeaderMap, content: Content) -> Self {
        Self { status, headers, content, attempts: Attempts::default() }
    }
}

/// The body of a reply.
#[derive(Debug)]
pub enum Content {
    /// All of it.
    Whole(Bytes),
    /// What comes piece by piece.
    Relayed(Relay),
}

/// Answers a request.
///
/// # Errors
/// What is wrong, to be told in the client's own protocol.
pub async fn answer<X: Extension>(
    gateway: &Arc<Gateway>,
    extension: &Arc<X>,
    mut inquiry: Inquiry<'_>,
) -> Result<Reply, Refusal> {
    let body = inquiry.body.clone();
    let text = std::str::from_utf8(&body).map_err(|_| Refusal::invalid("the body is not UTF-8"))?;
    let mut request = inquiry.request(text)?;
    if let Some(record) = inquiry.meter.record() {
        record.asked(&request.model, request.stream, text_bytes(&request, body.len()));
    }
    let asked = Asked { request: &request, face: inquiry.face, headers: inquiry.headers };
    let chosen = extension.router().route(&asked).await;
    inquiry.chosen = chosen;
    let session = session_of(&request, inquiry.headers).map(Cow::into_owned);
    if let (Some(record), Some(session)) = (inquiry.meter.record(), &session) {
        record.belongs(session);
    }
    let decision = decide(gateway, &inquiry, &request, session.as_deref()).await?;
    if let Some(record) = inquiry.meter.record() {
        record.chosen(decision.scenario.name(), decision.rule.as_deref());
    }
    let Untagged { text: untagged, rewritten } = without_tag(&decision, text, &mut request);
    let prompted = gateway.system_prompt.as_ref().is_some_and(|prompt| prompt.rewrite(&mut request));
    inquiry.rewritten = rewritten || prompted;
    if let Cow::Owned(untagged) = &untagged {
        inquiry.body = Bytes::copy_from_slice(untagged.as_bytes());
    }
    inquiry.meter.tally(gateway.routing.tally(session.as_deref()));
    inquiry.meter.speed(gateway.watch(session.as_deref()));
    let destinations = decision.destinations.clone();
    let asked = Asked { request: &request, face: inquiry.face, headers: inquiry.headers };
    let images = decision.viewer.clone().map(|viewer| Images::of(&request, viewer));
    let conversation = Work::new(images, extension.agent().task(&asked)).map(|work| {
        inquiry.rewritten = true;
        let (gateway, extension, session) = (gateway.clone(), extension.clone(), session.clone());
        Conversation::new(&inquiry, &untagged, work, gateway, extension, destinations.clone(), session)
    });
    let conversation = conversation.as_ref();
    let session = session.as_deref();
    let pursued = pursue(gateway, &**extension, &inquiry, &untagged, request, destinations, session, conversation);
    let mut answered = pursued.await;
    let (attempts, headers) = match &mut answered {
        Ok(reply) => (&reply.attempts, &mut reply.headers),
        Err(refusal) => (&refusal.attempts, &mut **refusal.route.get_or_insert_default()),
    };
    if let Some(record) = inquiry.meter.record() {
        record.tried(attempts);
    }
    // Whoever has answered, or else whoever was to.
    if let Some(destination) = attempts.served().or(decision.first()) {
        tell(&decision, destination, headers);
    }
    answered
}

/// Counts the tokens of a request's input for the model that it would go to, with the headers that say which one.
///
/// # Errors
/// What is wrong, to be told in the client's own protocol.
pub async fn count(gateway: &Gateway, inquiry: &Inquiry<'_>) -> Result<(u64, HeaderMap), Refusal> {
    let text = std::str::from_utf8(&inquiry.body).map_err(|_| Refusal::invalid("the body is not UTF-8"))?;
    let request = inquiry.request(text)?;
    let session = session_of(&request, inquiry.headers);
    let record = inquiry.meter.record();
    if let Some(record) = record {
        record.asked(&request.model, false, 0);
        session.iter().for_each(|session| record.belongs(session));
    }
    let decision = decide(gateway, inquiry, &request, session.as_deref()).await?;
    let destination = decision.first().ok_or_else(|| Refusal::new(ErrorKind::Internal, "the request goes nowhere"))?;
    let mut told = HeaderMap::new();
    tell(&decision, destination, &mut told);
    let input = gateway.count(&request, destination).await;
    if let Some(record) = record {
        record.chosen(decision.scenario.name(), decision.rule.as_deref());
        record.counted(&destination.target.name, &destination.model, input);
    }
    Ok((input, told))
}
