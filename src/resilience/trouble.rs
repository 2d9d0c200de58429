//! What kept a call from being answered, and what follows from it.

use wireloom_schema::model::ErrorKind;

use crate::upstream::UpstreamError;

/// What kept a call from being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, or it was lost before the answer began.
    Unreachable,
    /// The answer did not begin in time.
    Late,
    /// The answer broke off before its first content.
    Broken,
    /// The provider's own fault: 408, 5xx, or an answer that cannot be read.
    Fault,
    /// No capacity: 503, 529, or words that say so.
    Overloaded,
    /// Too many requests for this key and model: 429.
    RateLimited,
    /// The key has nothing left to spend: 402, or words that say so.
    Spent,
    /// The key is wrong: 401.
    KeyRefused,
    /// The key may not do this, or nobody may: 403.
    Forbidden,
    /// The model or the place is not there: 404, redirections, a request that cannot be sent.
    Missing,
    /// More than the model's context holds: 413, or words that say so.
    TooLong,
    /// An answer with nothing in it.
    Empty,
    /// The client's own mistake: 400, 422 and the like.
    Mistaken,
}

/// What a trouble says of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    None,
    /// It rests, for the model that was asked.
    Rests,
    /// It rests, for all models.
    Spent,
    /// It is set aside until the configuration is read again.
    Wrong,
    /// It is wrong if another key serves the same request.
    Suspect,
}

impl Trouble {
    /// What an answer's status and words say; `status` is none for an error behind a status that says success.
    ///
    /// A status that says whose fault it is counts more than words: relays put any words into a 5xx.
    pub fn of(status: Option<u16>, kind: ErrorKind, message: &str) -> Self {
        match (status.unwrap_or_default(), kind) {
            (402 | 403 | 429, ErrorKind::Quota) => Self::Spent,
            (429, _) | (403 | 500..=599, ErrorKind::RateLimit) => Self::RateLimited,
            (401, _) => Self::KeyRefused,
            (402, _) => Self::Spent,
            (403, _) => Self::Forbidden,
            (404 | 405 | 410 | 300..=399, _) => Self::Missing,
            (413, _) => Self::TooLong,
            (503 | 529, _) | (500..=599, ErrorKind::Overloaded) => Self::Overloaded,
            (408 | 425 | 500..=599, _) => Self::Fault,
            (_, ErrorKind::InvalidRequest) if tells_of_context(message) => Self::TooLong,
            (_, ErrorKind::InvalidRequest) => Self::Mistaken,
            (_, ErrorKind::TooLarge) => Self::TooLong,
            (_, ErrorKind::Authentication) => Self::KeyRefused,
            (_, ErrorKind::Permission) => Self::Forbidden,
            (_, ErrorKind::NotFound) => Self::Missing,
            (_, ErrorKind::Quota) => Self::Spent,
            (_, ErrorKind::RateLimit) => Self::RateLimited,
            (_, ErrorKind::Overloaded) => Self::Overloaded,
            (_, ErrorKind::Timeout) => Self::Late,
            (_, ErrorKind::Internal) => Self::Fault,
        }
    }

    /// Whether another call of the same provider may go better.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::Broken | Self::Fault | Self::Overloaded | Self::RateLimited)
    }

    /// Whether it speaks against the provider itself, so that its breaker counts it.
    pub fn counts(self) -> bool {
        matches!(self, Self::Unreachable | Self::Late | Self::Broken | Self::Fault | Self::Overloaded)
    }

    /// Whether a client that asks again later may be served.
    pub fn is_passing(self) -> bool {
        self.may_pass() || matches!(self, Self::Late | Self::Spent)
    }

    /// What it says of the key.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::RateLimited => Verdict::Rests,
            Self::Spent => Verdict::Spent,
            Self::KeyRefused => Verdict::Wrong,
            Self::Forbidden => Verdict::Suspect,
            _ => Verdict::None,
        }
    }

    /// In a few words, for people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Late => "too slow",
            Self::Broken => "broke off",
            Self::Fault => "failed",
            Self::Overloaded => "overloaded",
            Self::RateLimited => "rate limited",
            Self::Spent => "quota spent",
            Self::KeyRefused => "key refused",
            Self::Forbidden => "forbidden",
            Self::Missing => "not found",
            Self::TooLong => "request too long",
            Self::Empty => "empty answer",
            Self::Mistaken => "request refused",
        }
    }
}

impl From<&UpstreamError> for Trouble {
    fn from(error: &UpstreamError) -> Self {
        match error {
            UpstreamError::Timeout { .. } => Self::Late,
            UpstreamError::Connect { .. } | UpstreamError::Unanswered { .. } => Self::Unreachable,
            UpstreamError::Broken { .. } => Self::Broken,
            UpstreamError::Unsigned { .. } => Self::KeyRefused,
            UpstreamError::Setup { .. } | UpstreamError::Request { .. } => Self::Missing,
            UpstreamError::TooLarge { .. } => Self::Fault,
        }
    }
}

/// Whether an error's words say that the conversation does not fit the model. Most vendors have no other sign of it
/// than a status of 400.
fn tells_of_context(message: &str) -> bool {
    const WORDS: [&str; 6] = [
        "context length",
        "context window",
        "maximum context",
        "prompt is too long",
        "input is too long",
        "token count exceeds",
    ];
    let message = message.to_ascii_lowercase();
    WORDS.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_words_tell_whose_fault_it_is() {
        use ErrorKind as K;
        let cases = [
            (Some(400), K::InvalidRequest, "`x` is not a key", Trouble::Mistaken),
            (Some(422), K::InvalidRequest, "", Trouble::Mistaken),
            (Some(400), K::InvalidRequest, "This model's maximum context length is 8192 tokens", Trouble::TooLong),
            (Some(400), K::InvalidRequest, "prompt is too long: 9 tokens > 8 maximum", Trouble::TooLong),
            (Some(400), K::Overloaded, "", Trouble::Overloaded),
            (Some(413), K::TooLarge, "", Trouble::TooLong),
            (Some(401), K::InvalidRequest, "", Trouble::KeyRefused),
            (Some(402), K::Quota, "", Trouble::Spent),
            (Some(403), K::Permission, "", Trouble::Forbidden),
            (Some(404), K::NotFound, "", Trouble::Missing),
            (Some(307), K::Internal, "", Trouble::Missing),
            (Some(408), K::Timeout, "", Trouble::Fault),
            (Some(429), K::RateLimit, "", Trouble::RateLimited),
            (Some(429), K::InvalidRequest, "", Trouble::RateLimited),
            (Some(429), K::Quota, "", Trouble::Spent),
            (Some(500), K::InvalidRequest, "", Trouble::Fault),
            (Some(500), K::Overloaded, "", Trouble::Overloaded),
            (Some(503), K::Overloaded, "", Trouble::Overloaded),
            (Some(529), K::Internal, "", Trouble::Overloaded),
            (None, K::Overloaded, "", Trouble::Overloaded),
            (None, K::RateLimit, "", Trouble::RateLimited),
            (None, K::InvalidRequest, "", Trouble::Mistaken),
            (None, K::Internal, "", Trouble::Fault),
        ];
        for (status, kind, message, wanted) in cases {
            assert_eq!(Trouble::of(status, kind, message), wanted, "{status:?} {kind:?} {message}");
        }
    }

    #[test]
    fn a_clients_own_mistake_speaks_against_nobody_else() {
        for trouble in [Trouble::Mistaken, Trouble::TooLong, Trouble::Empty] {
            assert!(!trouble.counts() && !trouble.may_pass() && trouble.verdict() == Verdict::None, "{trouble:?}");
        }
    }
}
