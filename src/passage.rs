//! Passing a request through: another model's name is put in place of the client's, nothing else is touched. The answer
//! passes through as well, but is looked at where it begins and where it ends.

mod splice;
mod tail;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use memchr::memmem;
use wireloom_schema::model::{ApiError, ErrorKind, Response, Step};

use crate::{
    meter::Meter,
    relay::{Flow, Source},
    resilience::{
        gate::{Beginning, Opening, Opens},
        places::Place,
    },
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
const MOST_KEPT: usize = 16 << 20;

/// What tells of tokens begins with these letters in all APIs whose bytes are passed through.
const USAGE: &[u8] = b"\"usage";

/// What tells of an error stands at this key.
const ERROR: &[u8] = b"\"error\"";

/// What a client is told when an answer just stops.
const CUT: &str = "the upstream's stream ended before the answer was complete";

/// The bytes of a streamed answer as they come. Should they stop too soon, an error in the same protocol follows.
pub(crate) struct Passage {
    body: Body,
    batch: Vec<Bytes>,
    face: Face,
    provider: Provider,
    framing: Framing,
    /// Reads the frames before the first content; of those behind it only what the meter may want to hear.
    frames: Option<Frames>,
    beginning: Beginning,
    tail: Tail,
    /// Hears what it tells of itself.
    meter: Meter,
    /// Whether it stopped too soon.
    broken: bool,
}

impl Passage {
    /// Of an answer's body, in a face's own framing.
    pub(crate) fn new(face: Face, provider: Provider, framing: Framing, body: Body, meter: Meter) -> Self {
        let frames = Some(Frames::new(framing));
        let (beginning, tail) = (Beginning::default(), Tail::new(framing));
        Self { body, batch: Vec::new(), face, provider, framing, frames, beginning, tail, meter, broken: false }
    }

    /// Reads what has come before the first content, and what tells of tokens behind it. What cannot be read is the
    /// client's to understand.
    fn watch(&mut self) {
        let Self { batch, frames, beginning, meter, provider, .. } = self;
        for bytes in batch.iter() {
            let Some(reader) = frames else { return };
            if reader.push(bytes, |frame| hear(*provider, beginning, meter, frame.data)).is_err() {
                beginning.spoke = true;
                *frames = None;
            } else if beginning.spoke && meter.is_idle() {
                *frames = None;
            }
        }
    }

    /// The end of what the upstream sends; an error, where that is too soon.
    fn end(&mut self, error: Option<UpstreamError>, out: &mut Vec<Bytes>) -> Flow {
        let Self { frames, beginning, meter, provider, .. } = self;
        if let Some(frames) = frames {
            let _ = frames.finish(|frame| hear(*provider, beginning, meter, frame.data));
        }
        if !self.beginning.is_complete() {
            let last = self.tail.told(self.provider);
            last.finish.iter().for_each(|reason| self.meter.finished(*reason));
            self.beginning.ended = last.is_complete();
        }
        if self.beginning.is_complete() {
            self.beginning.ended = true;
            return Flow::Ends;
        }
        let kind = error.as_ref().map_or(ErrorKind::Internal, UpstreamError::kind);
        let message = error.map_or_else(|| CUT.to_owned(), |error| error.to_string());
        tracing::warn!(message, "an answer that passes through ends too soon");
        self.broken = true;
        self.meter.failed(kind);
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

/// Hears a frame. Behind the first content most frames have nothing that anybody here wants to know.
fn hear(provider: Provider, beginning: &mut Beginning, meter: &mut Meter, frame: &str) {
    if beginning.spoke && !meter.hears_all() && !mentions(frame, USAGE, "{") && !mentions(frame, ERROR, "{\"") {
        return meter.unread(frame.len());
    }
    let before = meter.text();
    // Reading to the end of the stream would be telling it.
    let _ = provider.read_frame(frame, &mut |step| {
        beginning.note(&step);
        meter.step(&step);
    });
    meter.read(frame.len(), before);
}

/// Whether in a text a key that begins so has a value that begins so. Frames that have nothing to tell often say null.
fn mentions(text: &str, key: &[u8], value: &str) -> bool {
    // Behind a backslash it is said within a string, by the model.
    let is_key = |at: &usize| !text[..*at].ends_with('\\');
    memmem::find_iter(text.as_bytes(), key).filter(is_key).any(|at| {
        let told = text.get(at..).and_then(|rest| rest.split_once(':')).map_or("", |(_, told)| told);
        told.trim_start().starts_with(value)
    })
}

/// The bytes of an answer that is not streamed, as they come, behind those that have come already.
pub(crate) struct Remainder {
    first: Vec<Bytes>,
    body: Body,
    provider: Provider,
    /// Hears what it tells of itself.
    meter: Meter,
    /// All that has come, and its size, if it is to be read at the end.
    kept: Option<(Vec<Bytes>, usize)>,
    /// Held until the end.
    _place: Place,
}

impl Remainder {
    /// Of an answer's body, of which `first` has come; `readable` says whether it is plain text.
    pub(crate) fn new(
        first: Vec<Bytes>,
        body: Body,
        place: Place,
        provider: Provider,
        meter: Meter,
        readable: bool,
    ) -> Self {
        let kept = (readable && !meter.is_idle()).then(Default::default);
        Self { first, body, provider, meter, kept, _place: place }
    }

    /// Keeps what has come, as long as it is not too much to be looked into.
    fn keep(&mut self, come: &[Bytes]) {
        let Some((kept, size)) = &mut self.kept else { return };
        kept.extend_from_slice(come);
        *size += come.iter().map(Bytes::len).sum::<usize>();
        if *size > MOST_KEPT {
            self.kept = None;
        }
    }

    /// Hears the whole answer.
    fn hear(&mut self) {
        let kept = self.kept.take().map(|(kept, _)| kept.concat()).unwrap_or_default();
        if let Some(text) = std::str::from_utf8(&kept).ok().filter(|text| mentions(text, USAGE, "{"))
            && let Ok(response) = self.provider.read_response(text)
        {
            self.meter.whole(&response);
        }
        // A server that knows the length does not ask for the end.
        self.meter.done();
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
                self.hear();
                Flow::Ends
            }
            Ok(false) => Flow::Goes,
            Err(error) => {
                tracing::warn!(%error, "an answer that passes through breaks off");
                self.meter.failed(error.kind());
                Flow::Breaks
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_of_tokens_or_errors_is_read() {
        let told = |text: &str| mentions(text, USAGE, "{") || mentions(text, ERROR, "{\"");
        assert!(told("{\"x\":1,\"usage\": {\"input_tokens\":1}}"));
        assert!(told("{\"usage\":null,\"usageMetadata\":{}}"));
        assert!(told("{\"type\":\"error\",\"error\":{\"message\":\"m\"}}"));
        assert!(!told("{\"usage\":null,\"x\":{}}"));
        assert!(!told("{\"error\":null,\"text\":\"usage\"}"));
        assert!(!told("{\"text\":\"{\\\"error\\\":{\\\"usage\\\":{}}}\"}"));
    }
}
