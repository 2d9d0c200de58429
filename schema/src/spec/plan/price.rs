//! What a model costs.

/// The price of a model, in US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Input that no cache had.
    pub input: f64,
    /// Output, reasoning included.
    pub output: f64,
    /// Input read from the vendor's prompt cache; as `input` if absent.
    pub cache_read: Option<f64>,
    /// Input written to it; as `input` if absent.
    pub cache_write: Option<f64>,
    /// Input written to it for an hour; as `cache_write` if absent.
    pub cache_write_1h: Option<f64>,
    /// What it costs otherwise when the input is long.
    pub above: Option<LongPrice>,
}

/// What a request with a long input costs otherwise, all of it: as below, where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LongPrice {
    /// An input of more tokens than these, cached ones included, is long.
    pub tokens: u64,
    /// Input that no cache had.
    pub input: Option<f64>,
    /// Output, reasoning included.
    pub output: Option<f64>,
    /// Input read from the vendor's prompt cache.
    pub cache_read: Option<f64>,
    /// Input written to it.
    pub cache_write: Option<f64>,
    /// Input written to it for an hour.
    pub cache_write_1h: Option<f64>,
}
