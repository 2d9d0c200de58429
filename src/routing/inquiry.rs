//! Deciding for a client's inquiry: what the decision itself cannot do, such as reading files and counting tokens, is done
//! around it.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use wireloom_schema::model::{ErrorKind, Request};

use crate::{
    gateway::{Destination, Gateway},
    pipeline::Inquiry,
    refusal::Refusal,
    tokens::{Encoding, Weights},
};

#[cfg(feature = "custom-router")]
use crate::script::RequestView;

use super::{Decision, Undecided, View};

/// The header of answers that says where a request went, and why.
pub const ROUTE: HeaderName = HeaderName::from_static("x-wireloom-route");

/// The header of answers that says which checks were made, to clients who ask for it.
pub const TRACE: HeaderName = HeaderName::from_static("x-wireloom-trace");

/// The header with which clients ask for that.
pub const EXPLAIN: HeaderName = HeaderName::from_static("x-wireloom-explain");

/// Where an inquiry goes. `request` is what it asks.
///
/// # Errors
/// There is nowhere to go, told so that one knows what to set.
pub async fn decide(
    gateway: &Gateway,
    inquiry: &Inquiry<'_>,
    request: &Request<'_>,
    session: Option<&str>,
) -> Result<Decision, Refusal> {
    let routing = &gateway.routing;
    let scope = routing.scope(session).await;
    let last_input = session.and_then(|session| routing.sessions.last_input(session));
    let now = routing.moment();
    let wants_trace =
        inquiry.headers.get(EXPLAIN).is_some_and(|value| !matches!(value.as_bytes(), b"" | b"0" | b"false"));
    let chosen = chosen(gateway, inquiry, request, session).await;
    let decide = |tokens: Option<u64>| {
        let view = View {
            request,
            face: inquiry.face,
            headers: inquiry.headers,
            size: inquiry.body.len(),
            session,
            project: scope.project.as_deref(),
            last_input,
            chosen: chosen.as_deref(),
            now,
            count: move || tokens,
        };
        routing.decide(&scope.routes, &view, wants_trace)
    };
    let decided = match decide(None) {
        Err(Undecided::Uncounted) => decide(Some(counted(gateway, request).await)),
        decided => decided,
    };
    decided.map_err(|undecided| Refusal::new(ErrorKind::NotFound, undecided.to_string()))
}

/// Counts a request's tokens before it is known where it goes: as the model does that the client names.
async fn counted(gateway: &Gateway, request: &Request<'_>) -> u64 {
    gateway.tokens.count(request, &Encoding::of_model(&request.model).into(), &Weights::USUAL).await
}

/// What code of the user's own chooses: that which is compiled in, else the module of the configuration. Where this fails
/// the usual routes decide.
async fn chosen(
    gateway: &Gateway,
    inquiry: &Inquiry<'_>,
    request: &Request<'_>,
    session: Option<&str>,
) -> Option<String> {
    match &inquiry.chosen {
        Some(chosen) => Some(chosen.clone()),
        None => scripted(gateway, inquiry, request, session).await,
    }
}

#[cfg(feature = "custom-router")]
async fn scripted(
    gateway: &Gateway,
    inquiry: &Inquiry<'_>,
    request: &Request<'_>,
    session: Option<&str>,
) -> Option<String> {
    let script = gateway.script.as_ref()?;
    let body = std::str::from_utf8(&inquiry.body).ok()?;
    let view = RequestView::new(body, inquiry.headers, session);
    let chosen = script.route(view, counted(gateway, request)).await;
    let path = script.path().display();
    chosen
        .inspect_err(|error| tracing::warn!(%path, %error, "the custom router fails, so the usual routes decide"))
        .ok()?
}

#[cfg(not(feature = "custom-router"))]
async fn scripted(_: &Gateway, _: &Inquiry<'_>, _: &Request<'_>, _: Option<&str>) -> Option<String> {
    None
}

/// A request's text without its tag.
pub struct Untagged<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// Whether the tag is out of the request alone, and still in the text.
    pub rewritten: bool,
}

/// Takes the tag that a decision found out of a request, and out of its text if that shows where it is.
pub fn without_tag<'t>(decision: &Decision, text: &'t str, request: &mut Request<'_>) -> Untagged<'t> {
    let Some(tag) = &decision.tag else { return Untagged { text: Cow::Borrowed(text), rewritten: false } };
    let spliced = tag.spliced(text, request);
    tag.take_out(request);
    Untagged { rewritten: spliced.is_none(), text: spliced.unwrap_or(Cow::Borrowed(text)) }
}

/// Tells in an answer's headers where its request went.
pub fn tell(decision: &Decision, destination: &Destination, headers: &mut HeaderMap) {
    if let Some(value) = decision.header(destination) {
        headers.insert(ROUTE, value);
    }
    if decision.trace.is_wanted()
        && let Ok(value) = HeaderValue::from_str(&decision.trace.header())
    {
        headers.insert(TRACE, value);
    }
}
