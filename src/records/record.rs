//! What is kept of one request.

use jiff::Timestamp;
use salvo_oapi::ToSchema;
use serde::{Serialize, Serializer};

/// One request, and what became of it.
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
    /// What was asked for.
    pub kind: Kind,
    /// The project that the conversation belongs to, where the client's own files on this machine tell it.
    pub project: Option<String>,
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
    /// Why the model ended, if it told that.
    pub finish: Option<&'static str>,
    /// Tokens read, cached ones included.
    pub input: Option<u64>,
    /// Of these, read from the vendor's cache.
    pub cache_read: Option<u64>,
    /// Of these, written to the vendor's cache.
    pub cache_write: Option<u64>,
    /// Of what was written there, what it keeps for an hour.
    pub cache_write_1h: Option<u64>,
    /// Tokens written, reasoning included.
    pub output: Option<u64>,
    /// Of these, reasoning.
    pub reasoning: Option<u64>,
    /// Whether some of these tokens are the gateway's own estimate, because the provider told none.
    pub estimated: bool,
    /// What it cost, in US dollars, if the price is known.
    pub cost: Option<f64>,
    /// From its coming to the first byte of the answer, in milliseconds.
    pub first_byte_ms: Option<u64>,
    /// From its coming to its end, in milliseconds.
    pub duration_ms: u64,
    /// What of it the provider's API has no place for.
    pub losses: Option<String>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An answer of a model's.
    #[default]
    Answer,
    /// A count of tokens.
    Count,
    /// Something that was refused before anybody knew what it was: by the door, or because there is nothing there.
    Refusal,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Answer => "answer",
            Kind::Count => "count",
            Kind::Refusal => "refusal",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Self {
        let all = [Kind::Count, Kind::Refusal];
        all.into_iter().find(|kind| kind.name() == name).unwrap_or_default()
    }
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
