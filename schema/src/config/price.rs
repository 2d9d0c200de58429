//! What models cost: `prices`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::{Amount, Whole, amount, maybe_amount, whole};

/// Prices of models in dollars for a million tokens, by `provider,model`. They go before those that the specs have.
pub type Prices = BTreeMap<String, PriceConfig>;

/// The price of a model, in US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("errorMessage" = "expected a price, which is an object"))]
pub struct PriceConfig {
    /// Input that no cache had.
    #[serde(deserialize_with = "amount")]
    #[schemars(with = "Amount")]
    pub input: f64,
    /// Output, reasoning included.
    #[serde(deserialize_with = "amount")]
    #[schemars(with = "Amount")]
    pub output: f64,
    /// Input read from the vendor's prompt cache; as `input` if it is missing.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_read: Option<f64>,
    /// Input written to the vendor's prompt cache; as `input` if it is missing.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_write: Option<f64>,
    /// Input written to it to be kept for an hour; as `cache_write` if it is missing.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_write_1h: Option<f64>,
    /// What a request with a long input costs otherwise, all of it.
    #[serde(default)]
    pub above: Option<LongPriceConfig>,
}

/// What a request with a long input costs otherwise: as below, where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("errorMessage" = "expected a price with `tokens`, which is an object"))]
pub struct LongPriceConfig {
    /// An input of more tokens than these, cached ones included, is long.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<1, 1_000_000_000>")]
    pub tokens: u64,
    /// Input that no cache had.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub input: Option<f64>,
    /// Output, reasoning included.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub output: Option<f64>,
    /// Input read from the vendor's prompt cache.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_read: Option<f64>,
    /// Input written to the vendor's prompt cache.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_write: Option<f64>,
    /// Input written to it to be kept for an hour.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_write_1h: Option<f64>,
}

impl PriceConfig {
    /// The price of a request whose input has so many tokens.
    #[must_use]
    pub fn at(self, input: u64) -> Self {
        let Some(long) = self.above.filter(|long| input > long.tokens) else { return self };
        Self {
            input: long.input.unwrap_or(self.input),
            output: long.output.unwrap_or(self.output),
            cache_read: long.cache_read.or(self.cache_read),
            cache_write: long.cache_write.or(self.cache_write),
            cache_write_1h: long.cache_write_1h.or(self.cache_write_1h),
            above: None,
        }
    }
}
