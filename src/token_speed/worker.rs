//! The thread that counts what has been heard, and tells.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use tokio::runtime::Handle;

use crate::{tokens::Tokenizer, upstream::Upstream};

use super::{
    handler::Handler,
    report::{Report, milliseconds, now, seconds},
    webhook,
};

/// The most pieces that wait.
const WAITING: usize = 1_024;

/// The shortest time that a speed is reckoned over.
const SHORTEST: Duration = Duration::from_millis(1);

/// What has been heard of an answer since the last piece.
pub(super) struct Piece {
    pub(super) id: Arc<str>,
    pub(super) session: Arc<str>,
    pub(super) streams: bool,
    pub(super) tokenizer: Tokenizer,
    /// The tokens of the pieces before.
    pub(super) counted: Arc<AtomicU64>,
    pub(super) first: Option<Duration>,
    pub(super) elapsed: Duration,
    pub(super) text: String,
    /// How long it took to come; none at the end, when all of the answer counts.
    pub(super) window: Option<Duration>,
    /// The tokens of the answer, if its provider has told them.
    pub(super) output: Option<u64>,
}

impl Piece {
    /// What is told of it.
    fn report(&self) -> Report {
        let own = self.tokenizer.count(&self.text);
        let counted = self.counted.fetch_add(own, Ordering::Relaxed).saturating_add(own);
        let (tokens, time, total) = match self.window {
            Some(window) => (own, window, counted),
            None => {
                let total = self.output.filter(|told| *told > 0).unwrap_or(counted);
                (total, self.elapsed, total)
            }
        };
        Report {
            request_id: self.id.to_string(),
            session_id: self.session.to_string(),
            stream: self.streams,
            token_count: total,
            tokens_per_second: (tokens as f64 / time.max(SHORTEST).as_secs_f64()).round(),
            time_to_first_token: milliseconds(self.first),
            duration: seconds(self.elapsed),
            timestamp: now(),
        }
    }
}

/// Starts the thread, which ends with its senders. None if the system has no thread to give.
pub(super) fn start(handlers: Arc<[Handler]>, upstream: Option<Upstream>) -> Option<SyncSender<Piece>> {
    let (pieces, waiting) = sync_channel(WAITING);
    let runtime = Handle::try_current().ok();
    let hooks = upstream.zip(runtime).map(|(upstream, runtime)| webhook::start(&handlers, upstream, &runtime));
    let work = move || work(&handlers, hooks.as_ref(), &waiting);
    let started = thread::Builder::new().name("token-speed".into()).spawn(work);
    match started {
        Ok(_) => Some(pieces),
        Err(error) => {
            tracing::warn!(%error, "token-speed cannot count");
            None
        }
    }
}

fn work(handlers: &[Handler], hooks: Option<&webhook::Hooks>, waiting: &Receiver<Piece>) {
    for piece in waiting {
        let report = piece.report();
        handlers.iter().for_each(|handler| handler.tell(&report));
        if let Some(hooks) = hooks {
            hooks.tell(&report);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Encoding;

    #[test]
    fn the_last_second_counts_while_it_streams_and_all_at_the_end() {
        let counted = Arc::new(AtomicU64::new(0));
        let piece = |text: &str, window: Option<u64>, output| Piece {
            id: "r".into(),
            session: "s".into(),
            streams: true,
            tokenizer: Encoding::of_model("gpt-4o").into(),
            counted: counted.clone(),
            first: Some(Duration::from_millis(123)),
            elapsed: Duration::from_secs(4),
            text: text.into(),
            window: window.map(Duration::from_secs),
            output,
        };
        let streaming = piece(&"word ".repeat(20), Some(2), None).report();
        assert_eq!((streaming.token_count, streaming.tokens_per_second), (21, 11.0));
        assert_eq!((streaming.time_to_first_token.as_str(), streaming.duration.as_str()), ("123ms", "4.00s"));
        let told = piece("", None, Some(100)).report();
        assert_eq!((told.token_count, told.tokens_per_second), (100, 25.0));
        let untold = piece("word", None, None).report();
        assert_eq!((untold.token_count, untold.tokens_per_second), (22, 6.0));
    }
}
