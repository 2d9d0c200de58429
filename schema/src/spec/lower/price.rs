//! `price` of models: what they cost.

use crate::{
    document::{Node, Value},
    spec::plan::{LongPrice, Price},
};

use super::Lowering;

/// The keys of `price`, with what they are.
pub const PRICE_KEYS: [(&str, &str); 6] = [
    ("input", "input that no cache had, in US dollars for a million tokens, as all that follow"),
    ("output", "output, reasoning included"),
    ("cache_read", "input read from the vendor's prompt cache; as `input` if it is missing"),
    ("cache_write", "input written to the vendor's prompt cache; as `input` if it is missing"),
    ("cache_write_1h", "input written to it to be kept for an hour; as `cache_write` if it is missing"),
    ("above", "what a request costs otherwise, all of it, whose input is longer than so many `tokens`"),
];

/// The keys of `price.above`, with what they are.
pub const ABOVE_KEYS: [(&str, &str); 6] = [
    ("tokens", "an input of more tokens than these, cached ones included, is long"),
    ("input", "input that no cache had; as below, if it is missing, as are all that follow"),
    ("output", "output, reasoning included"),
    ("cache_read", "input read from the vendor's prompt cache"),
    ("cache_write", "input written to the vendor's prompt cache"),
    ("cache_write_1h", "input written to it to be kept for an hour"),
];

impl Lowering {
    pub(super) fn price(&mut self, node: &Node) -> Option<Price> {
        self.known_keys(node, PRICE_KEYS.iter().map(|(key, _)| *key));
        let mut must = |key| {
            if node.get(key).is_none() {
                self.expected(node, &format!("an object with `{key}`"));
            }
            self.dollars(node, key)
        };
        let (input, output) = (must("input"), must("output"));
        let (cache_read, cache_write) = (self.dollars(node, "cache_read"), self.dollars(node, "cache_write"));
        let cache_write_1h = self.dollars(node, "cache_write_1h");
        let above = node.get("above").map(|above| self.above(above));
        Some(Price { input: input?, output: output?, cache_read, cache_write, cache_write_1h, above: above.flatten() })
    }

    fn above(&mut self, node: &Node) -> Option<LongPrice> {
        self.known_keys(node, ABOVE_KEYS.iter().map(|(key, _)| *key));
        let tokens = match node.get("tokens") {
            Some(tokens) => self.tokens(tokens),
            None => {
                self.expected(node, "an object with `tokens`");
                None
            }
        };
        let mut dollars = |key| self.dollars(node, key);
        let (input, output) = (dollars("input"), dollars("output"));
        let (cache_read, cache_write) = (dollars("cache_read"), dollars("cache_write"));
        let cache_write_1h = dollars("cache_write_1h");
        Some(LongPrice { tokens: tokens?, input, output, cache_read, cache_write, cache_write_1h })
    }

    /// An amount of money, if there is one.
    fn dollars(&mut self, node: &Node, key: &str) -> Option<f64> {
        let node = node.get(key)?;
        let amount = match &node.value {
            Value::Number(text) => text.parse().ok().filter(|amount: &f64| (0.0..1e6).contains(amount)),
            _ => None,
        };
        if amount.is_none() {
            self.expected(node, "an amount of US dollars");
        }
        amount
    }
}
