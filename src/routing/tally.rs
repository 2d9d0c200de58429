//! Noting how long a session is, from the usage that its answers tell.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use wireloom_schema::model::{Step, Usage};

use crate::{
    relay::{Flow, Source},
    specs::Provider,
    upstream::Body,
    wire::frames::Frames,
};

use super::Sessions;

/// The most bytes of a whole answer that is looked into as it passes through.
const MOST_WHOLE: usize = 4 << 20;

/// The usage of one answer, noted for its session when the answer is over.
pub struct Tally {
    sessions: Arc<Sessions>,
    session: Box<str>,
    usage: Usage,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tally({})", self.session)
    }
}

impl Tally {
    pub(super) fn new(sessions: Arc<Sessions>, session: &str) -> Self {
        Self { sessions, session: session.into(), usage: Usage::default() }
    }

    /// Takes what a step tells of usage.
    pub fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Start { usage: Some(usage), .. }
            | Step::Finish { usage: Some(usage), .. }
            | Step::Incomplete { usage: Some(usage), .. }
            | Step::Usage { usage } => self.usage.update(usage),
            _ => {}
        }
    }

    /// Takes the usage of a whole answer.
    pub fn usage(&mut self, usage: &Usage) {
        self.usage.update(usage);
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        if let Some(input) = self.usage.input.filter(|input| *input > 0) {
            self.sessions.note(&self.session, input);
        }
    }
}

/// A stream that passes through, looked into for its usage.
pub struct Tapped {
    body: Body,
    provider: Provider,
    tally: Tally,
    frames: Frames,
}

impl Tapped {
    /// Of a stream of a provider's.
    pub fn new(body: Body, provider: Provider, tally: Tally) -> Self {
        Self { body, provider, tally, frames: Frames::new(provider.facts().framing) }
    }
}

impl Source for Tapped {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        let before = out.len();
        let flow = ready!(self.body.poll_bytes(cx, out));
        let Self { provider, tally, frames, .. } = self;
        for bytes in out.get(before..).unwrap_or_default() {
            // What cannot be read passes all the same.
            let _ = frames.push(bytes, |frame| {
                let _ = provider.read_frame(frame.data, &mut |step| tally.step(&step));
            });
        }
        Poll::Ready(flow)
    }
}

/// A whole answer that passes through, looked into for its usage at its end.
pub struct TappedWhole {
    body: Body,
    provider: Provider,
    tally: Tally,
    kept: Vec<u8>,
}

impl TappedWhole {
    /// Of an answer of a provider's.
    pub fn new(body: Body, provider: Provider, tally: Tally) -> Self {
        Self { body, provider, tally, kept: Vec::new() }
    }
}

impl Source for TappedWhole {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        let before = out.len();
        let flow = ready!(self.body.poll_bytes(cx, out));
        for bytes in out.get(before..).unwrap_or_default() {
            if self.kept.len() <= MOST_WHOLE {
                self.kept.extend_from_slice(bytes);
            }
        }
        if flow == Flow::Ends
            && self.kept.len() <= MOST_WHOLE
            && let Ok(text) = std::str::from_utf8(&self.kept)
            && let Ok(response) = self.provider.read_response(text)
            && let Some(usage) = &response.usage
        {
            self.tally.usage(usage);
        }
        Poll::Ready(flow)
    }
}
