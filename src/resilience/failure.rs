//! A call of a provider that failed, and what its client is told if nobody else answers.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use wireloom_schema::model::{ApiError, ErrorKind};

use crate::{pipeline::Reply, refusal::Refusal, upstream::UpstreamError};

use super::{pursuit::Failed, trouble::Trouble, wait};

/// A call that failed.
pub type Failure = Failed<Reply, Complaint>;

/// What a client is told of a call that failed.
#[derive(Debug)]
pub struct Complaint {
    /// In words that every protocol has.
    pub refusal: Refusal,
    /// In the upstream's own words, which are the client's.
    pub raw: Option<Box<Reply>>,
}

impl Failure {
    /// An answer that tells an error.
    pub fn answered(refusal: Refusal, headers: &HeaderMap, raw: Option<Reply>) -> Self {
        let asked = wait::told(headers, SystemTime::now());
        let failure = Self::from(refusal);
        // The reset of a window is told with answers of all kinds, and means something only when it is the reason.
        let wait = asked.filter(|_| {
            matches!(failure.trouble, Trouble::RateLimited | Trouble::Overloaded | Trouble::Fault | Trouble::Spent)
        });
        let told = Complaint { raw: raw.map(Box::new), ..failure.told };
        Self { wait, told, ..failure }
    }

    /// A stream that begins with an error.
    pub fn streamed(error: ApiError<'static>) -> Self {
        let kind = error.kind.unwrap_or(ErrorKind::Internal);
        let status = match kind {
            ErrorKind::Internal => Some(StatusCode::BAD_GATEWAY),
            ErrorKind::Timeout => Some(StatusCode::GATEWAY_TIMEOUT),
            _ => None,
        };
        let trouble = Trouble::of(None, kind, &error.message);
        let error = ApiError { kind: Some(kind), ..error };
        let refusal = Refusal { status, error: Box::new(error), ..Refusal::new(kind, "") };
        Self { trouble, status: None, ..Self::from(refusal) }
    }

    /// An answer with nothing in it, which is still better than none.
    pub fn empty(reply: Reply) -> Self {
        let refusal = Refusal::new(ErrorKind::Internal, "the upstream's answer is empty");
        Self { trouble: Trouble::Empty, instead: Some(reply), ..Self::from(refusal) }
    }

    /// A call that was given up after so long, because time was short.
    pub fn late(name: &str, after: Duration) -> Refusal {
        let message = format!("{name} did not begin to answer within {after:?}, which is what the deadline leaves it");
        Refusal { status: Some(StatusCode::GATEWAY_TIMEOUT), ..Refusal::new(ErrorKind::Timeout, message) }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let status = refusal.status.map(|status| status.as_u16());
        let trouble = Trouble::of(status, refusal.error.kind.unwrap_or(ErrorKind::Internal), &refusal.error.message);
        Self { trouble, status, wait: None, told: Complaint { refusal, raw: None }, instead: None }
    }
}

impl From<UpstreamError> for Failure {
    fn from(error: UpstreamError) -> Self {
        Self { trouble: Trouble::from(&error), status: None, ..Self::from(Refusal::from(error)) }
    }
}
