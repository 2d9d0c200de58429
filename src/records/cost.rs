//! What an answer costs.

use wireloom_schema::{config::PriceConfig, model::Usage};

/// The cost of tokens in US dollars. Cached tokens are part of the input, and reasoning is part of the output: each token
/// is paid for once.
pub fn cost(usage: &Usage, price: &PriceConfig) -> f64 {
    let (read, written) = (usage.cache_read.unwrap_or(0), usage.cache_write.unwrap_or(0));
    let parts = [
        (usage.uncached_input().unwrap_or(0), price.input),
        (read, price.cache_read.unwrap_or(price.input)),
        (written, price.cache_write.unwrap_or(price.input)),
        (usage.output.unwrap_or(0), price.output),
    ];
    parts.iter().map(|(tokens, price)| *tokens as f64 * price).sum::<f64>() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_paid_for_once() {
        let usage = Usage {
            input: Some(1_000_000),
            cache_read: Some(600_000),
            cache_write: Some(100_000),
            output: Some(200_000),
            reasoning: Some(150_000),
        };
        let price = PriceConfig { input: 3.0, output: 15.0, cache_read: Some(0.3), cache_write: Some(3.75) };
        assert!((cost(&usage, &price) - (0.9 + 0.18 + 0.375 + 3.0)).abs() < 1e-9);
        let plain = PriceConfig { cache_read: None, cache_write: None, ..price };
        assert!((cost(&usage, &plain) - (3.0 + 3.0)).abs() < 1e-9);
        assert!(cost(&Usage::default(), &price).abs() < 1e-9);
    }
}
