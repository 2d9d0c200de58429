//! Translating an answer, whole or as a stream.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use wireloom_schema::model::{ErrorKind, FinishReason, Response};

use crate::{
    crossing::Crossing,
    extension::AnswerPass,
    meter::Meter,
    refusal::Refusal,
    relay::{Flow, Source},
    resilience::gate::{Opening, Opens},
    specs::{Face, Provider},
    telling::Telling,
    upstream::{Body, UpstreamError},
    wire::{
        assembler::FAILED,
        details::Details,
        frames::{FrameError, Frames, Framing},
        writer::Writer,
    },
};

/// A stream of a provider's frames that comes out as a face's frames. What arrived in one read leaves in one write.
pub struct Translation<A = ()> {
    body: Body,
    batch: Vec<Bytes>,
    frames: Frames,
    provider: Provider,
    telling: Telling<A>,
}

impl<A: AnswerPass> Translation<A> {
    /// Of an answer's body.
    pub fn new(provider: Provider, telling: Telling<A>, body: Body) -> Self {
        let frames = Frames::new(provider.facts().framing);
        Self { body, batch: Vec::new(), frames, provider, telling }
    }

    /// Translates what has arrived.
    fn take_batch(&mut self) {
        let Self { batch, frames, provider, telling, .. } = self;
        for bytes in batch.drain(..) {
            let pushed = frames.push(&bytes, |frame| telling.frame(*provider, frame.data));
            if let Err(error) = pushed {
                broken(telling, error);
            }
        }
    }

    /// Translates what is left when the provider has said all.
    fn take_rest(&mut self) {
        let Self { frames, provider, telling, .. } = self;
        if let Err(error) = frames.finish(|frame| telling.frame(*provider, frame.data)) {
            broken(telling, error);
        }
    }

    /// Translates what comes next, and says whether that was all that the provider sends. The end is yet to be told.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let come = ready!(Pin::new(&mut self.body).poll_batch(cx, &mut self.batch));
        self.take_batch();
        match come {
            Ok(ended) => {
                if ended {
                    self.take_rest();
                }
                Poll::Ready(ended)
            }
            Err(error) => {
                fail(&mut self.telling, &error);
                Poll::Ready(false)
            }
        }
    }

    /// What tells it.
    pub(crate) fn telling(&mut self) -> &mut Telling<A> {
        &mut self.telling
    }

    /// Goes on with another answer's body.
    pub(crate) fn resume(&mut self, provider: Provider, body: Body) {
        let frames = Frames::new(provider.facts().framing);
        (self.provider, self.body, self.frames) = (provider, body, frames);
        self.batch.clear();
    }
}

impl<A: AnswerPass> Source for Translation<A> {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        loop {
            if ready!(self.poll_next(cx)) {
                self.telling.end();
            }
            // Behind an end or an error nothing follows; dropping the body ends the upstream's work.
            let over = self.telling.is_over();
            out.extend(self.telling.written());
            if over || !out.is_empty() {
                return Poll::Ready(if over { Flow::Ends } else { Flow::Goes });
            }
        }
    }
}

impl<A: AnswerPass> Opens for Translation<A> {
    fn opening(&self) -> Opening {
        self.telling.opening()
    }

    fn is_broken(&self) -> bool {
        self.telling.is_broken()
    }

    fn sign_of_life(&self) -> Option<Bytes> {
        self.telling.framing().comment()
    }
}

fn fail(telling: &mut Telling<impl AnswerPass>, error: &UpstreamError) {
    telling.fail(error.kind(), &error.to_string());
}

fn broken(telling: &mut Telling<impl AnswerPass>, error: FrameError) {
    telling.fail(ErrorKind::Internal, &format!("the upstream's stream cannot be read: {error}"));
}

/// How a client wants a whole answer.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// As a stream of its own, framed so, though the upstream sent none.
    pub stream: Option<Framing>,
    /// With usage at its end, where the protocol leaves the choice.
    pub usage: bool,
}

/// Translates a stream of which all reads are there already. `known` is what is told where the provider tells nothing.
pub fn translated<'b>(
    face: Face,
    provider: Provider,
    crossing: Crossing,
    known: Response<'static>,
    usage_wanted: bool,
    reads: impl IntoIterator<Item = &'b [u8]>,
) -> Writer {
    let mut frames = Frames::new(provider.facts().framing);
    let mut telling = Telling::new(face, face.facts().framing, crossing, known, usage_wanted, Writer::default());
    for read in reads {
        if let Err(error) = frames.push(read, |frame| telling.frame(provider, frame.data)) {
            broken(&mut telling, error);
        }
    }
    if let Err(error) = frames.finish(|frame| telling.frame(provider, frame.data)) {
        broken(&mut telling, error);
    }
    telling.end();
    telling.into_writer()
}

/// Translates a whole answer, and says whether there is anything in it. `known` is what is told where the provider tells
/// nothing.
///
/// # Errors
/// A body that is not an answer, or an error behind a status that says success.
pub fn whole(
    face: Face,
    provider: Provider,
    crossing: Crossing,
    known: &Response<'static>,
    wish: Wish,
    body: &[u8],
) -> Result<(Bytes, bool), Refusal> {
    whole_through(&mut (), face, provider, crossing, known, wish, body, &mut Meter::default())
}

/// The same through a pass of the user's own, heard by a meter.
///
/// # Errors
/// As [`whole`].
#[allow(clippy::too_many_arguments, reason = "it is what an answer is made of")]
pub fn whole_through(
    pass: &mut impl AnswerPass,
    face: Face,
    provider: Provider,
    mut crossing: Crossing,
    known: &Response<'static>,
    wish: Wish,
    body: &[u8],
    meter: &mut Meter,
) -> Result<(Bytes, bool), Refusal> {
    let mut response = read_whole(provider, &mut crossing, body)?;
    meter.whole(&response);
    let is_empty = response.parts.is_empty() && response.finish_reason == Some(FinishReason::Stop);
    crate::crossing::ids::name(&mut response.parts);
    crossing.names.restore(&mut response.parts);
    std::mem::take(&mut crossing.passes).answer(&mut response);
    pass.response(&mut response);
    let called = response.calls_tools();
    response.finish_reason = response.finish_reason.map(|reason| reason.given_calls(called));
    response.id = response.id.take().filter(|id| !id.is_empty()).or(known.id.clone());
    response.model = response.model.take().filter(|model| !model.is_empty()).or(known.model.clone());
    response.created = response.created.or(known.created);
    let mut w = Writer::with_capacity(body.len() + 512);
    match wish.stream {
        None => {
            crossing.answer(&mut response);
            face.write_response(&response, &mut w);
        }
        Some(framing) => {
            let mut telling = Telling::new(face, framing, crossing, known.clone(), wish.usage, w);
            crate::crossing::seal::detach(&mut response.parts);
            telling.response(response);
            telling.end();
            w = telling.into_writer();
        }
    }
    if !w.losses.names().is_empty() {
        tracing::info!(
            losses = w.losses.names().join(", "),
            "the client's protocol has no place for all of the answer"
        );
    }
    Ok((Bytes::from(w.out), is_empty))
}

/// Reads an answer that was sent whole.
///
/// # Errors
/// One that cannot be read, is none, or tells that it has failed.
pub fn read_whole<'b>(provider: Provider, crossing: &mut Crossing, body: &'b [u8]) -> Result<Response<'b>, Refusal> {
    let unreadable = |what: &str| Refusal {
        status: Some(http::StatusCode::BAD_GATEWAY),
        ..Refusal::new(ErrorKind::Internal, format!("the upstream's answer cannot be read: {what}"))
    };
    let text = std::str::from_utf8(body).map_err(|_| unreadable("it is not UTF-8"))?;
    let mut response = provider.read_response(text).map_err(|error| unreadable(&error.to_string()))?;
    if crossing.details.take().is_some() {
        Details::whole(&mut response.parts);
    }
    if let Some(thoughts) = crossing.thoughts.take() {
        thoughts.whole(&mut response.parts);
    }
    if response.finish_reason == Some(FinishReason::Failed)
        || response.parts.is_empty() && response.finish_reason.is_none()
    {
        let told = provider.read_error(text);
        return Err(match told {
            // Some upstreams tell an error with a status of success.
            Some(error) => {
                let kind = error.kind.unwrap_or(ErrorKind::Internal);
                Refusal::new(kind, error.message.to_string())
            }
            None if response.finish_reason.is_some() => Refusal::new(ErrorKind::Internal, FAILED),
            None => unreadable("it holds neither an answer nor an error"),
        });
    }
    Ok(response)
}
