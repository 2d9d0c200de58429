//! What goes wrong, in terms that every protocol has.

use wireloom_macros::Vocabulary;

use super::Text;

/// An error as an API tells it.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
#[vocabulary(view(status: u64))]
pub struct ApiError<'a> {
    /// What kind of error, if the words for it are known.
    pub kind: Option<ErrorKind>,
    /// What happened, for a person.
    pub message: Text<'a>,
    /// The vendor's code.
    pub code: Option<Text<'a>>,
    /// The field of the request that is at fault.
    pub param: Option<Text<'a>>,
}

impl ApiError<'_> {
    /// The HTTP status that says what kind of error it is.
    pub fn status(&self) -> Option<u64> {
        self.kind.map(|kind| u64::from(kind.status()))
    }

    /// States the kind of error by an HTTP status, where no words tell it.
    pub fn set_status(&mut self, status: u64) {
        let status = u16::try_from(status).ok().filter(|status| (400..600).contains(status));
        self.kind = self.kind.or(status.map(ErrorKind::from_status));
    }
}

/// Kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Vocabulary)]
pub enum ErrorKind {
    /// The request is wrong.
    InvalidRequest,
    /// The key is missing or wrong.
    Authentication,
    /// The key may not do this.
    Permission,
    /// There is no such thing, often a model.
    NotFound,
    /// The request is too large.
    TooLarge,
    /// Nothing left to spend.
    Quota,
    /// Too many requests.
    RateLimit,
    /// The vendor has no capacity now.
    Overloaded,
    /// It took too long.
    Timeout,
    /// The vendor's own fault.
    Internal,
}

impl ErrorKind {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest => "invalid_request",
            ErrorKind::Authentication => "authentication",
            ErrorKind::Quota => "quota",
            ErrorKind::Permission => "permission",
            ErrorKind::NotFound => "not_found",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::RateLimit => "rate_limit",
            ErrorKind::Internal => "internal",
            ErrorKind::Overloaded => "overloaded",
            ErrorKind::Timeout => "timeout",
        }
    }

    /// The HTTP status that says this (RFC 9110); a spec may name another.
    pub fn status(self) -> u16 {
        match self {
            ErrorKind::InvalidRequest => 400,
            ErrorKind::Authentication => 401,
            ErrorKind::Quota => 402,
            ErrorKind::Permission => 403,
            ErrorKind::NotFound => 404,
            ErrorKind::TooLarge => 413,
            ErrorKind::RateLimit => 429,
            ErrorKind::Internal => 500,
            ErrorKind::Overloaded => 503,
            ErrorKind::Timeout => 504,
        }
    }

    /// What a status says.
    pub fn from_status(status: u16) -> Self {
        match status {
            401 => ErrorKind::Authentication,
            402 => ErrorKind::Quota,
            403 => ErrorKind::Permission,
            404 => ErrorKind::NotFound,
            408 | 504 => ErrorKind::Timeout,
            413 => ErrorKind::TooLarge,
            429 => ErrorKind::RateLimit,
            503 | 529 => ErrorKind::Overloaded,
            400..=499 => ErrorKind::InvalidRequest,
            _ => ErrorKind::Internal,
        }
    }
}
