//! What a client is told when it gets no answer.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use wireloom_schema::model::{ApiError, ErrorKind};

use crate::{pipeline::Attempts, specs::Face, upstream::UpstreamError, wire::writer::Writer};

/// An error to be told in a client's own protocol.
pub struct Refusal {
    /// The upstream's own status, where it answered.
    pub status: Option<StatusCode>,
    /// What is wrong.
    pub error: Box<ApiError<'static>>,
    /// When to try again, as the upstream said.
    pub retry_after: Option<HeaderValue>,
    /// Where the request went, and why: headers of the answer.
    pub route: Option<Box<HeaderMap>>,
    /// What was tried.
    pub attempts: Attempts,
}

impl fmt::Debug for Refusal {
    /// What is told, without what was tried.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, error, retry_after, .. } = self;
        let mut told = f.debug_struct("Refusal");
        told.field("status", status).field("error", error).field("retry_after", retry_after).finish()
    }
}

impl Refusal {
    /// An error of that kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let error = ApiError { kind: Some(kind), message: message.into().into(), code: None, param: None };
        let attempts = Attempts::default();
        Self { status: None, error: Box::new(error), retry_after: None, route: None, attempts }
    }

    /// The request is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// The request is not JSON, or not of its protocol.
    pub fn malformed(error: serde_json::Error) -> Self {
        Self::invalid(format!("the body cannot be read: {error}"))
    }

    /// The status and the body, as a face tells them.
    pub fn told(&self, face: Face) -> (StatusCode, Bytes) {
        let mut w = Writer::default();
        face.write_error(&self.error, &mut w);
        (self.status_in(face), Bytes::from(w.out))
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind.unwrap_or(ErrorKind::Internal)
    }

    /// The status with which a face tells it.
    pub fn status_in(&self, face: Face) -> StatusCode {
        let status = self.status.or_else(|| StatusCode::from_u16(face.facts().status_of(self.kind())).ok());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<UpstreamError> for Refusal {
    fn from(error: UpstreamError) -> Self {
        let (kind, status) = match error {
            UpstreamError::Timeout { .. } => (ErrorKind::Timeout, StatusCode::GATEWAY_TIMEOUT),
            _ => (ErrorKind::Internal, StatusCode::BAD_GATEWAY),
        };
        Self { status: Some(status), ..Self::new(kind, error.to_string()) }
    }
}
