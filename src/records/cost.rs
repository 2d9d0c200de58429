//! What an answer costs.

use wireloom_schema::{config::PriceConfig, model::Usage};

/// The cost of tokens in US dollars. Cached tokens are part of the input, and reasoning is part of the output: each token
/// is paid for once.
pub fn cost(usage: &Usage, price: &PriceConfig) -> f64 {
    let price = price.at(usage.input.unwrap_or(0));
    let (read, written) = (usage.cache_read.unwrap_or(0), usage.cache_write.unwrap_or(0));
    let for_an_hour = usage.cache_write_1h.unwrap_or(0).min(written);
    let write = price.cache_write.unwrap_or(price.input);
    let parts = [
        (usage.uncached_input().unwrap_or(0), price.input),
        (read, price.cache_read.unwrap_or(price.input)),
        (written - for_an_hour, write),
        (for_an_hour, price.cache_write_1h.unwrap_or(write)),
        (usage.output.unwrap_or(0), price.output),
    ];
    parts.iter().map(|(tokens, price)| *tokens as f64 * price).sum::<f64>() / 1e6
}

#[cfg(test)]
mod tests {
    use wireloom_schema::config::LongPriceConfig;

    use super::*;

    #[test]
    fn each_token_is_paid_for_once() {
        let usage = Usage {
            input: Some(1_000_000),
            cache_read: Some(600_000),
            cache_write: Some(100_000),
            cache_write_1h: None,
            output: Some(200_000),
            reasoning: Some(150_000),
        };
        let price = PriceConfig {
            input: 3.0,
            output: 15.0,
            cache_read: Some(0.3),
            cache_write: Some(3.75),
            cache_write_1h: Some(6.0),
            above: None,
        };
        assert!((cost(&usage, &price) - (0.9 + 0.18 + 0.375 + 3.0)).abs() < 1e-9);
        let plain = PriceConfig { cache_read: None, cache_write: None, ..price };
        assert!((cost(&usage, &plain) - (3.0 + 3.0)).abs() < 1e-9);
        assert!(cost(&Usage::default(), &price).abs() < 1e-9);
        let kept = Usage { cache_write_1h: Some(40_000), ..usage };
        assert!((cost(&kept, &price) - (0.9 + 0.18 + 0.06 * 3.75 + 0.04 * 6.0 + 3.0)).abs() < 1e-9);
    }

    #[test]
    fn a_long_request_is_dearer_as_a_whole() {
        let above = LongPriceConfig {
            tokens: 200_000,
            input: Some(6.0),
            output: Some(22.5),
            cache_read: None,
            cache_write: None,
            cache_write_1h: None,
        };
        let price = PriceConfig {
            input: 3.0,
            output: 15.0,
            cache_read: Some(0.3),
            cache_write: None,
            cache_write_1h: None,
            above: Some(above),
        };
        let usage =
            |input| Usage { input: Some(input), cache_read: Some(100_000), output: Some(10_000), ..Usage::default() };
        assert!((cost(&usage(200_000), &price) - (0.3 + 0.03 + 0.15)).abs() < 1e-9);
        assert!((cost(&usage(300_000), &price) - (1.2 + 0.03 + 0.225)).abs() < 1e-9);
    }
}
