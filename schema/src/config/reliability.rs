//! How the gateway stays up when upstreams fail: `retry`, `breaker`, and what a provider may add to them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::{Whole, YEAR, maybe_whole, whole};

/// How often and how soon a failed call is made again (`retry`).
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("examples" = [{ "attempts": 3, "backoff_ms": 250, "deadline_ms": 120_000 }]))]
pub struct RetryConfig {
    /// How often one provider is called for one request, the first call included.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<1, 100>")]
    pub attempts: u32,
    /// How long the first wait is, in milliseconds; each one after it is twice as long, and all are shortened at random.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, YEAR>")]
    pub backoff_ms: u64,
    /// The longest wait, in milliseconds. An upstream that asks for a longer one is not waited for.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, YEAR>")]
    pub max_backoff_ms: u64,
    /// How long all calls for one request may take until the answer begins, in milliseconds.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<1, YEAR>")]
    pub deadline_ms: Option<u64>,
    /// How long a stream that has begun may go without content before the client gets it all the same, in milliseconds.
    /// Until then another provider can take its place unseen.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, YEAR>")]
    pub hold_ms: u64,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { attempts: 2, backoff_ms: 500, max_backoff_ms: 8_000, deadline_ms: None, hold_ms: 10_000 }
    }
}

/// When a provider that keeps failing is left alone (`breaker`).
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// After how many failures in a row; 0 never.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, { u32::MAX as u64 }>")]
    pub failures: u32,
    /// For how long, in milliseconds; then one request tries it. A request that nobody else can serve tries it always.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, YEAR>")]
    pub open_ms: u64,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self { failures: 5, open_ms: 30_000 }
    }
}

/// How long a provider is waited for (`timeouts`).
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TimeoutsConfig {
    /// For a connection, in milliseconds.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<1, YEAR>")]
    pub connect_ms: Option<u64>,
    /// For the first byte of an answer, in milliseconds; `API_TIMEOUT_MS` if it is missing.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<1, YEAR>")]
    pub first_byte_ms: Option<u64>,
    /// For the next bytes of a stream, in milliseconds.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<1, YEAR>")]
    pub idle_ms: Option<u64>,
}

/// How many requests a provider takes at once (`limits`).
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The most requests at once, streams included until their end; any number if it is missing.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<1, { u32::MAX as u64 }>")]
    pub concurrent: Option<u32>,
    /// The most requests that wait for a place.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, { u32::MAX as u64 }>")]
    pub queue: u32,
    /// The longest that one waits, in milliseconds.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, YEAR>")]
    pub queue_ms: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { concurrent: None, queue: 100, queue_ms: 10_000 }
    }
}
