//! Listening to one answer.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use wireloom_schema::model::Usage;

use crate::{
    gateway::Destination,
    tokens::{Encoding, Meter, Tokenizer},
};

use super::{TokenSpeed, worker::Piece};

/// How often it is told how fast a stream is.
const INTERVAL: Duration = Duration::from_secs(1);

/// The most bytes that wait to be told: behind them a piece is given away before its time.
const MOST_PENDING: usize = 64 << 10;

/// What is known of a request before anybody answers it.
#[derive(Clone, Debug)]
pub struct Watch {
    speed: Arc<TokenSpeed>,
    session: Arc<str>,
    begun: Instant,
    heard: Option<Box<Heard>>,
}

/// What has been heard of one answer.
#[derive(Clone, Debug)]
struct Heard {
    id: Arc<str>,
    tokenizer: Tokenizer,
    /// The tokens that have been counted, by whoever counts them.
    counted: Arc<AtomicU64>,
    first: Option<Instant>,
    told: Instant,
    pending: String,
    streams: bool,
}

impl Heard {
    fn new(tokenizer: Tokenizer) -> Self {
        Self {
            id: format!("{:08x}", fastrand::u32(..)).into(),
            tokenizer,
            counted: Arc::default(),
            first: None,
            told: Instant::now(),
            pending: String::new(),
            streams: false,
        }
    }
}

impl Watch {
    /// Of a request of a session that has just come.
    pub fn new(speed: Arc<TokenSpeed>, session: &str) -> Self {
        Self { speed, session: session.into(), begun: Instant::now(), heard: None }
    }

    /// For the answer of one destination.
    pub fn toward(&self, Destination { target, model }: &Destination) -> Self {
        let own = target.meters.of(model).iter().find_map(|meter| match meter {
            Meter::Own(tokenizer) => Some(tokenizer.clone()),
            _ => None,
        });
        let tokenizer = own.unwrap_or_else(|| Encoding::of_model(model).into());
        Self { heard: Some(Box::new(Heard::new(tokenizer))), ..self.clone() }
    }

    /// The same for another answer of the same destination.
    pub fn fresh(&self) -> Self {
        let heard = self.heard.as_ref().map(|heard| Box::new(Heard::new(heard.tokenizer.clone())));
        Self { heard, ..self.clone() }
    }

    /// Hears a text that goes by.
    pub fn hear(&mut self, text: &str) {
        let Some(heard) = &mut self.heard else { return };
        if text.is_empty() {
            return;
        }
        let now = Instant::now();
        heard.streams = true;
        if heard.first.is_none() {
            (heard.first, heard.told) = (Some(now), now);
        }
        heard.pending.push_str(text);
        let window = now.duration_since(heard.told);
        if window >= INTERVAL || heard.pending.len() >= MOST_PENDING {
            heard.told = now;
            let text = std::mem::take(&mut heard.pending);
            self.tell(text, Some(window), None);
        }
    }

    /// The answer is over, having taken these tokens as far as the provider tells.
    pub fn end(&mut self, usage: &Usage) {
        let Some(heard) = &mut self.heard else { return };
        if heard.first.is_none() && usage.output.is_none() {
            return;
        }
        let text = std::mem::take(&mut heard.pending);
        self.tell(text, None, usage.output);
    }

    fn tell(&self, text: String, window: Option<Duration>, output: Option<u64>) {
        let Some(heard) = &self.heard else { return };
        self.speed.tell(Piece {
            id: heard.id.clone(),
            session: self.session.clone(),
            streams: heard.streams,
            tokenizer: heard.tokenizer.clone(),
            counted: heard.counted.clone(),
            first: heard.first.map(|first| first.duration_since(self.begun)),
            elapsed: self.begun.elapsed(),
            text,
            window,
            output,
        });
    }
}
