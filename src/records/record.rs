//! What is kept of one request.

use jiff::Timestamp;
use salvo_oapi::ToSchema;
use serde::{Serialize, Serializer};

/// One request for an answer, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Record {
    /// When it came, in milliseconds since 1970; told as a date and a time in UTC.
    #[serde(serialize_with = "moment")]
    #[salvo(schema(value_type = String))]
    pub time: i64,
    /// The name of the key that was shown.
    pub key: Option<String>,
    /// The client's own name for itself.
    pub client: Option<String>,
    /// The conversation that it belongs to, as the client names it.
    pub session: Option<String>,
    /// The protocol that the client speaks.
    pub face: String,
    /// What it was taken for.
    pub scenario: Option<String>,
    /// The user's rule that said where it goes.
    pub rule: Option<String>,
    /// The model that the client named.
    pub requested: Option<String>,
    /// The provider that was asked last.
    pub provider: Option<String>,
    /// The model that was asked last.
    pub model: Option<String>,
    /// How many times providers were asked.
    pub attempts: u32,
    /// All calls and how they went, where there was more than one: `provider,model: status; …`.
    pub tried: Option<String>,
    /// Whether the answer was to be streamed.
    pub stream: bool,
    /// The status that the client was told, if it was still there.
    pub status: Option<u16>,
    /// How it ended.
    pub outcome: Outcome,
    /// What kind of error ended it.
    pub error: Option<String>,
    /// Tokens read, cached ones included.
    pub input: Option<u64>,
    /// Of these, read from the vendor's cache.
    pub cache_read: Option<u64>,
    /// Of these, written to the vendor's cache.
    pub cache_write: Option<u64>,
    /// Tokens written, reasoning included.
    pub output: Option<u64>,
    /// Of these, reasoning.
    pub reasoning: Option<u64>,
    /// What it cost, in US dollars, if the price is known.
    pub cost: Option<f64>,
    /// From its coming to the first byte of the answer, in milliseconds.
    pub first_byte_ms: Option<u64>,
    /// From its coming to its end, in milliseconds.
    pub duration_ms: u64,
    /// What of it the provider's API has no place for.
    pub losses: Option<String>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The client got all of the answer.
    Completed,
    /// It got an error, at once or within a stream.
    Failed,
    /// It left before the end.
    #[default]
    Cancelled,
}

impl Outcome {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Self {
        let all = [Outcome::Completed, Outcome::Failed];
        all.into_iter().find(|outcome| outcome.name() == name).unwrap_or_default()
    }
}

/// A moment in milliseconds since 1970 as people write it.
pub fn told(time: i64) -> String {
    Timestamp::from_millisecond(time).map_or_else(|_| time.to_string(), |time| format!("{time:.3}"))
}

fn moment<S: Serializer>(time: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&told(*time))
}
