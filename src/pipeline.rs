//! The life of a request, from the client's bytes to the answer's.
//!
//! ```text
//! client bytes -> face reads -> route -> provider writes -> upstream
//! client bytes <- face writes <- assembler <- provider reads <- upstream
//! ```
//!
//! Where face and provider speak one dialect, bytes pass through untouched but for the model and the credentials.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use wireloom_schema::model::{ErrorKind, Request};

use crate::{
    attempt::attempt,
    gateway::{Destination, Gateway},
    records::Draft,
    refusal::Refusal,
    relay::Relay,
    specs::Face,
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
    /// What is recorded of it.
    pub record: Draft,
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

/// What a client gets.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers, with the content type.
    pub headers: HeaderMap,
    /// The body.
    pub content: Content,
}

/// The body of a reply.
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
pub async fn answer(gateway: &Gateway, inquiry: Inquiry<'_>) -> Result<Reply, Refusal> {
    let text = std::str::from_utf8(&inquiry.body).map_err(|_| Refusal::invalid("the body is not UTF-8"))?;
    let request = inquiry.request(text)?;
    inquiry.record.asked(&request.model, request.stream, request.user.as_deref());
    let destination = route(gateway, &request.model)?;
    attempt(gateway, &inquiry, text, request, &destination).await
}

fn route(gateway: &Gateway, model: &str) -> Result<Destination, Refusal> {
    gateway.route(model).ok_or_else(|| {
        let message = match model {
            "" => "the request names no model, and the configuration has no Router.default".to_owned(),
            model => format!(
                "no provider is configured for the model `{model}`: name it as `provider,model`, or set Router.default"
            ),
        };
        Refusal::new(ErrorKind::NotFound, message)
    })
}
