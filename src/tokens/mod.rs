//! Counting a request's tokens: its words by a tokenizer, its pictures, pages and recordings by the formulas that vendors
//! publish.
//!
//! Nothing is counted unless someone asks. What was counted once is remembered by its content, so that a conversation that
//! grows pays only for what is new; more than a little is counted where no stream waits for it.

mod encoding;
#[cfg(feature = "tokenizer-files")]
mod file;
mod meter;
mod pdf;
mod service;
mod size;
mod tally;
mod tokenizer;
mod weight;

use std::hash::{BuildHasher, Hash};

use foldhash::quality::RandomState;
use quick_cache::sync::Cache;
use wireloom_schema::model::Request;

pub use encoding::Encoding;
#[cfg(feature = "tokenizer-files")]
pub use file::{Loaded, TokenizerFile};
pub use meter::{Meter, Meters};
pub use service::Service;
pub use size::text_bytes;
pub use tokenizer::Tokenizer;
pub use weight::{ImageWeight, Weights};

use tally::{Item, Kind, Tally};

/// How many texts are remembered: some hundred long conversations, in a few megabytes.
const MOST_REMEMBERED: usize = 100_000;

/// Texts shorter than this, in bytes, are counted sooner than looked up.
const SHORT: usize = 32;

/// The most bytes that are counted where streams may wait: a fraction of a millisecond's work.
const LITTLE: usize = 8 << 10;

/// Counts tokens, and remembers what it counted. One is enough for all providers.
#[derive(Debug)]
pub struct Tokens {
    /// The tokens of a text, by a hash of its content and of how it was counted.
    counted: Cache<u64, u64>,
    hasher: RandomState,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { counted: Cache::new(MOST_REMEMBERED), hasher: RandomState::default() }
    }
}

/// A text that has not been counted yet, with its key.
struct Unknown<'r> {
    key: u64,
    item: Item<'r>,
}

impl Tokens {
    /// The tokens of a request's input. What takes long is done on a thread for such work.
    pub async fn count(&self, request: &Request<'_>, tokenizer: &Tokenizer, weights: &Weights) -> u64 {
        let (known, unknown) = self.known(request, tokenizer, weights);
        let bytes: usize = unknown.iter().map(|unknown| unknown.item.text.len()).sum();
        if bytes == 0 {
            return known;
        }
        if bytes <= LITTLE && tokenizer.is_ready() {
            return known + self.learn(&unknown, tokenizer, weights);
        }
        let texts: Vec<(Kind, Box<str>)> =
            unknown.iter().map(|unknown| (unknown.item.kind, unknown.item.text.into())).collect();
        let by = tokenizer.clone();
        let counting = tokio::task::spawn_blocking(move || {
            texts.iter().map(|(kind, text)| measured(Item { kind: *kind, text }, &by)).collect::<Vec<u64>>()
        });
        match counting.await {
            Ok(counts) => known + self.remember(&unknown, counts.into_iter(), weights),
            // Such work fails only when the runtime shuts down: nobody waits for the number any more.
            Err(_) => known + bytes as u64 / 4,
        }
    }

    /// The same at once, for callers that may take their time.
    pub fn count_now(&self, request: &Request<'_>, tokenizer: &Tokenizer, weights: &Weights) -> u64 {
        let (known, unknown) = self.known(request, tokenizer, weights);
        known + self.learn(&unknown, tokenizer, weights)
    }

    /// The key of what someone else counts, and the tokens if they are known.
    pub(crate) fn recall(&self, what: impl Hash) -> (u64, Option<u64>) {
        let key = self.hasher.hash_one(what);
        (key, self.counted.get(&key))
    }

    /// Remembers what someone else counted.
    pub(crate) fn note(&self, key: u64, count: u64) {
        self.counted.insert(key, count);
    }

    /// The tokens of what is known, and what is not.
    fn known<'r>(
        &self,
        request: &'r Request<'_>,
        tokenizer: &Tokenizer,
        weights: &'r Weights,
    ) -> (u64, Vec<Unknown<'r>>) {
        let Tally { items, mut sum, .. } = Tally::of(request, weights);
        let mut unknown = Vec::new();
        for item in items {
            if item.text.len() < SHORT && tokenizer.is_ready() {
                sum += weighed(item.kind, measured(item, tokenizer), weights);
                continue;
            }
            let by = if item.kind == Kind::Words { tokenizer.id() } else { 0 };
            let key = self.hasher.hash_one((item.kind, by, item.text));
            match self.counted.get(&key) {
                Some(count) => sum += weighed(item.kind, count, weights),
                None => unknown.push(Unknown { key, item }),
            }
        }
        (sum, unknown)
    }

    fn learn(&self, unknown: &[Unknown<'_>], tokenizer: &Tokenizer, weights: &Weights) -> u64 {
        self.remember(unknown, unknown.iter().map(|unknown| measured(unknown.item, tokenizer)), weights)
    }

    fn remember(&self, unknown: &[Unknown<'_>], counts: impl Iterator<Item = u64>, weights: &Weights) -> u64 {
        let one = |(unknown, count): (&Unknown<'_>, u64)| {
            self.counted.insert(unknown.key, count);
            weighed(unknown.item.kind, count, weights)
        };
        unknown.iter().zip(counts).map(one).sum()
    }
}

/// The tokens of a text, or its pages.
fn measured(item: Item<'_>, tokenizer: &Tokenizer) -> u64 {
    match item.kind {
        Kind::Words => tokenizer.count(item.text),
        Kind::Pages => tally::pages(item.text),
    }
}

/// The tokens of what was measured.
fn weighed(kind: Kind, count: u64, weights: &Weights) -> u64 {
    match kind {
        Kind::Words => count,
        Kind::Pages => count * weights.page,
    }
}
