//! Passing a request through: another model's name is put in place of the client's, nothing else is touched. The answer
//! passes through as well, but is looked at where it begins and where it ends.

mod splice;
mod tail;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use wireloom_schema::model::{ApiError, ErrorKind, Response, Step};

use crate::{
    relay::{Flow, Source},
    resilience::{
        gate::{Beginning, Opening, Opens},
        places::Place,
    },
    routing::Tally,
    specs::{Face, Provider},
    upstream::{Body, UpstreamError},
    wire::{
        frames::{Frames, Framing},
        writer::Writer,
    },
};

pub(crate) use splice::splice;

use self::tail::Tail;

/// The most bytes of a whole answer that is looked into as it passes through.
const MOST_KEPT: usize = 4 << 20;

/// What a client is told when an answer just stops.
const CUT: &str = "the upstream's stream ended before the answer was complete";

/// The bytes of a streamed answer as they come. Should they stop too soon, an error in the same protocol follows.
pub(crate) struct Passage {
    body: Body,
    batch: Vec<Bytes>,
    face: Face,
    provider: Provider,
    framing: Framing,
    /// Reads the frames before the first content; those behind it only where its usage is to be noted.
    frames: Option<Frames>,
    beginning: Beginning,
    tail: Tail,
    /// Where its usage is noted, if anybody wants to know it.
    tally: Option<Tally>,
    /// Whether it stopped too soon.
    broken: bool,
}

impl Passage {
    /// Of an answer's body, in a face's own framing.
    pub(crate) fn new(face: Face, provider: Provider, framing: Framing, body: Body, tally: Option<Tally>) -> Self {
        let frames = Some(Frames::new(framing));
        let (beginning, tail) = (Beginning::default(), Tail::new(framing));
        Self { body, batch: Vec::new(), face, provider, framing, frames, beginning, tail, tally, broken: false }
    }

    /// Reads what has come before the first content. What cannot be read is the client's to understand.
    fn watch(&mut self) {
        let Self { batch, frames, beginning, tally, provider, .. } = self;
        for bytes in batch.iter() {
            let Some(reader) = frames else { return };
            let read = reader.push(bytes, |frame| {
                // Reading to the end of the stream would be telling it.
                let _ = provider.read_frame(frame.data, &mut |step| {
                    beginning.note(&step);
                    tally.iter_mut().for_each(|tally| tally.step(&step));
                });
            });
            if read.is_err() {
                beginning.spoke = true;
            }
            if read.is_err() || (beginning.spoke && tally.is_none()) {
                *frames = None;
            }
        }
    }

    /// The end of what the upstream sends; an error, where that is too soon.
    fn end(&mut self, error: Option<UpstreamError>, out: &mut Vec<Bytes>) -> Flow {
        let Self { frames, beginning, provider, .. } = self;
        if let Some(frames) = frames {
            let _ = frames.finish(|frame| {
                let _ = provider.read_frame(frame.data, &mut |step| beginning.note(&step));
            });
        }
        if self.beginning.is_complete() || self.tail.is_complete(self.provider) {
            self.beginning.ended = true;
            return Flow::Ends;
        }
        let kind = match error {
            Some(UpstreamError::Timeout { .. }) => ErrorKind::Timeout,
            _ => ErrorKind::Internal,
        };
        let message = error.map_or_else(|| CUT.to_owned(), |error| error.to_string());
        tracing::warn!(message, "an answer that passes through ends too soon");
        self.broken = true;
        let status = Some(u64::from(kind.status()));
        let step = Step::Error { kind: Some(kind), message: message.as_str().into(), code: None, status };
        let mut w = Writer::default();
        self.face.write_step(&step, &Response::default(), &mut w);
        self.beginning.error = Some(ApiError { kind: Some(kind), message: message.into(), code: None, param: None });
        // Within a frame nothing can be said: whoever reads it sees that the connection breaks.
        match self.tail.is_between_frames() && self.framing == Framing::Sse {
            true => {
                out.push(w.out.into());
                Flow::Ends
            }
            false => Flow::Breaks,
        }
    }
}

impl Source for Passage {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        let come = ready!(Pin::new(&mut self.body).poll_batch(cx, &mut self.batch));
        if self.frames.is_some() {
            self.watch();
        }
        self.batch.iter().for_each(|bytes| self.tail.push(bytes));
        out.append(&mut self.batch);
        Poll::Ready(match come {
            Ok(false) => Flow::Goes,
            Ok(true) => self.end(None, out),
            Err(error) => self.end(Some(error), out),
        })
    }
}

impl Opens for Passage {
    fn opening(&self) -> Opening {
        self.beginning.opening()
    }

    fn is_broken(&self) -> bool {
        self.broken
    }

    fn sign_of_life(&self) -> Option<Bytes> {
        self.framing.comment()
    }
}

/// The bytes of an answer that is not streamed, as they come, behind those that have come already.
pub(crate) struct Remainder {
    first: Vec<Bytes>,
    body: Body,
    provider: Provider,
    /// Where its usage is noted, and all that has come, from which it is read at the end.
    tally: Option<(Tally, Vec<u8>)>,
    /// Held until the end.
    _place: Place,
}

impl Remainder {
    /// Of an answer's body, of which `first` has come.
    pub(crate) fn new(first: Vec<Bytes>, body: Body, place: Place, provider: Provider, tally: Option<Tally>) -> Self {
        Self { first, body, provider, tally: tally.map(|tally| (tally, Vec::new())), _place: place }
    }

    /// Keeps what has come, as long as it is not too much to be looked into.
    fn keep(&mut self, come: &[Bytes]) {
        let Some((_, kept)) = &mut self.tally else { return };
        come.iter().for_each(|bytes| kept.extend_from_slice(bytes));
        if kept.len() > MOST_KEPT {
            self.tally = None;
        }
    }

    /// Notes the usage of the whole answer.
    fn note(&mut self) {
        if let Some((mut tally, kept)) = self.tally.take()
            && let Ok(text) = std::str::from_utf8(&kept)
            && let Ok(response) = self.provider.read_response(text)
            && let Some(usage) = &response.usage
        {
            tally.usage(usage);
        }
    }
}

impl Source for Remainder {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            self.keep(&first);
            out.extend(first);
            return Poll::Ready(Flow::Goes);
        }
        let before = out.len();
        let come = ready!(Pin::new(&mut self.body).poll_batch(cx, out));
        self.keep(out.get(before..).unwrap_or_default());
        Poll::Ready(match come {
            Ok(true) => {
                self.note();
                Flow::Ends
            }
            Ok(false) => Flow::Goes,
            Err(error) => {
                tracing::warn!(%error, "an answer that passes through breaks off");
                Flow::Breaks
            }
        })
    }
}
