//! Holding a stream back until it has content, so that another provider can still take its place unseen.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};
use wireloom_schema::model::{ApiError, FinishReason, Step, Text};

use crate::relay::{Flow, Source};

use super::{breaker::Breaker, places::Place};

/// What a stream has said of itself as far as it has come.
#[derive(Debug, Default)]
pub struct Beginning {
    /// Whether there was content.
    pub spoke: bool,
    /// Why the model ended, where it has.
    pub finish: Option<FinishReason>,
    /// Whether nothing more follows.
    pub ended: bool,
    /// The error that stands in place of the rest.
    pub error: Option<ApiError<'static>>,
}

/// How a stream begins.
#[derive(Debug)]
pub enum Opening {
    /// Nothing that means anything has come yet.
    Silent,
    /// With content.
    Speaks,
    /// With its end.
    Empty,
    /// With an error.
    Failed(ApiError<'static>),
}

impl Beginning {
    /// Takes note of a step.
    pub fn note(&mut self, step: &Step<'_>) {
        match step {
            Step::ReasoningOpen { text, .. } | Step::TextOpen { text, .. } => {
                self.spoke |= text.as_ref().is_some_and(|text| !text.is_empty());
            }
            Step::ReasoningDelta { text, .. }
            | Step::TextDelta { text, .. }
            | Step::RefusalDelta { text, .. }
            | Step::Reasoning { text, .. }
            | Step::Text { text, .. }
            | Step::Refusal { text, .. } => self.spoke |= !text.is_empty(),
            Step::ReasoningSignature { signature: data, .. } | Step::RedactedReasoning { data, .. } => {
                self.spoke |= !data.is_empty();
            }
            Step::Citation { .. }
            | Step::ToolCallOpen { .. }
            | Step::ToolCallDelta { .. }
            | Step::ToolCall { .. }
            | Step::CustomToolCall { .. } => self.spoke = true,
            Step::Finish { finish_reason, .. } => self.finish = Some(finish_reason.unwrap_or(FinishReason::Stop)),
            Step::Incomplete { finish_reason, .. } => self.finish = Some(finish_reason.unwrap_or(FinishReason::Length)),
            Step::End => self.ended = true,
            Step::Error { kind, message, code, .. } => {
                let (message, code) = (message.clone().into_owned(), code.clone().map(Text::into_owned));
                self.error = Some(ApiError { kind: *kind, message, code, param: None });
            }
            Step::Start { .. }
            | Step::RefusalOpen { .. }
            | Step::Grounding { .. }
            | Step::Close { .. }
            | Step::Usage { .. }
            | Step::Ping => {}
        }
    }

    /// How the stream begins.
    pub fn opening(&self) -> Opening {
        match (self.spoke, &self.error, self.finish) {
            (true, ..) => Opening::Speaks,
            (_, Some(error), _) => Opening::Failed(error.clone()),
            // A model that is cut off before its first word has answered all the same.
            (.., Some(reason)) if reason != FinishReason::Stop => Opening::Speaks,
            _ if self.ended => Opening::Empty,
            _ => Opening::Silent,
        }
    }

    /// Whether the stream has said that it is over.
    pub fn is_complete(&self) -> bool {
        self.finish.is_some() || self.ended || self.error.is_some()
    }
}

/// A source that knows how it begins.
pub trait Opens: Source {
    /// How it begins, as far as it has come.
    fn opening(&self) -> Opening;

    /// Whether the upstream has left it incomplete.
    fn is_broken(&self) -> bool;

    /// What tells a client that has waited long that the answer is coming, where its framing has such a thing.
    fn sign_of_life(&self) -> Option<Bytes>;
}

/// What a running answer holds: it is let go of when the answer ends or its client leaves.
#[derive(Debug)]
pub struct Hold {
    /// The place at the provider.
    pub place: Place,
    /// What counts an answer that breaks off.
    pub breaker: Arc<Breaker>,
}

/// A stream whose beginning is known.
#[derive(Debug)]
pub struct Opened<S> {
    source: S,
    first: Vec<Bytes>,
    flow: Flow,
    hold: Option<Hold>,
}

/// What a stream turns out to be.
#[derive(Debug)]
pub enum Gate<S> {
    /// An answer, or one that has been waited for too long.
    Open(Opened<S>),
    /// An answer with nothing in it.
    Empty(Opened<S>),
    /// An error.
    Failed(ApiError<'static>),
}

/// Holds a stream back until it has content, but no longer than that. What has come till then comes first when it is
/// read.
pub async fn hold<S: Opens>(mut source: S, hold: Hold, longest: Duration) -> Gate<S> {
    let end = Instant::now().checked_add(longest);
    let (mut first, mut flow) = (Vec::new(), Flow::Goes);
    loop {
        match source.opening() {
            Opening::Failed(error) => return Gate::Failed(error),
            Opening::Empty if flow != Flow::Goes => {
                return Gate::Empty(Opened { source, first, flow, hold: None });
            }
            Opening::Silent | Opening::Empty if flow == Flow::Goes => {}
            Opening::Speaks | Opening::Silent | Opening::Empty => {
                return Gate::Open(Opened { source, first, flow, hold: Some(hold) });
            }
        }
        let next = poll_fn(|cx| source.poll_bytes(cx, &mut first));
        let come = match end {
            Some(end) => timeout_at(end, next).await,
            None => Ok(next.await),
        };
        match come {
            Ok(come) => flow = come,
            Err(_) => {
                if first.is_empty() {
                    first.extend(source.sign_of_life());
                }
                return Gate::Open(Opened { source, first, flow, hold: Some(hold) });
            }
        }
    }
}

impl<S: Opens> Source for Opened<S> {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        let flow = match self.first.is_empty() && self.flow == Flow::Goes {
            true => ready!(self.source.poll_bytes(cx, out)),
            false => {
                out.append(&mut self.first);
                self.flow
            }
        };
        if flow != Flow::Goes
            && let Some(hold) = self.hold.take()
            && self.source.is_broken()
        {
            hold.breaker.failed(Instant::now());
        }
        Poll::Ready(flow)
    }
}
