//! Passing a request through: another model's name is put in place of the client's, nothing else is touched.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use memchr::memmem;

use crate::{
    records::Draft,
    relay::{Flow, Source},
    specs::Provider,
    upstream::Body,
    wire::{
        frames::{Frames, Framing},
        stream::Peek,
    },
};

/// What tells of tokens begins with these letters in all APIs whose bytes are passed through.
const USAGE: &[u8] = b"\"usage";

/// The most bytes of a whole answer that is read for its tokens.
const MOST_READ: usize = 16 << 20;

/// The bytes of an answer as they come. On their way the tokens that it tells of are recorded; nothing else is read.
pub(crate) struct Tap {
    body: Body,
    provider: Provider,
    ear: Ear,
    record: Draft,
    /// How many pieces there were before those that are coming.
    before: Option<usize>,
}

/// How the tokens of an answer are heard.
enum Ear {
    /// In the frames of a stream that mention them.
    Frames(Frames),
    /// In the whole, at its end.
    Whole { pieces: Vec<Bytes>, size: usize },
    /// Not any more: it is too large, or nothing that can be read.
    Deaf,
}

impl Tap {
    /// Of a provider's answer: a stream framed so, or a whole one.
    pub(crate) fn new(body: Body, provider: Provider, framing: Option<Framing>, record: Draft) -> Self {
        let whole = || Ear::Whole { pieces: Vec::new(), size: 0 };
        let ear = framing.map_or_else(whole, |framing| Ear::Frames(Frames::new(framing)));
        Self { body, provider, ear, record, before: None }
    }

    fn hear(&mut self, pieces: &[Bytes]) {
        let Self { provider, ear, record, .. } = self;
        let mut is_heard = true;
        match ear {
            Ear::Frames(frames) => {
                is_heard =
                    pieces.iter().all(|piece| frames.push(piece, |frame| hear(*provider, record, frame.data)).is_ok());
            }
            Ear::Whole { pieces: kept, size } => {
                *size += pieces.iter().map(Bytes::len).sum::<usize>();
                is_heard = *size <= MOST_READ;
                kept.extend_from_slice(pieces);
            }
            Ear::Deaf => {}
        }
        if !is_heard {
            *ear = Ear::Deaf;
        }
    }

    fn hear_end(&mut self) {
        let Self { provider, record, .. } = self;
        match std::mem::replace(&mut self.ear, Ear::Deaf) {
            Ear::Frames(mut frames) => _ = frames.finish(|frame| hear(*provider, record, frame.data)),
            Ear::Whole { pieces, .. } => {
                let whole = pieces.concat();
                let text = str::from_utf8(&whole).ok().filter(|text| mentions_usage(text));
                let usage = text.and_then(|text| provider.read_response(text).ok()?.usage);
                usage.iter().for_each(|usage| record.used(usage));
            }
            Ear::Deaf => {}
        }
    }
}

/// Records the tokens that a frame tells of.
fn hear(provider: Provider, record: &Draft, frame: &str) {
    if mentions_usage(frame) {
        // A frame that cannot be read is the client's to judge.
        let _ = provider.read_frame(frame, &mut |step| step.usage().into_iter().for_each(|usage| record.used(usage)));
    }
}

/// Whether a text tells of tokens: has an object at a key that begins so. Frames that have nothing to tell often say null.
fn mentions_usage(text: &str) -> bool {
    memmem::find_iter(text.as_bytes(), USAGE).any(|at| {
        let value = text[at..].split_once(':').map_or("", |(_, value)| value);
        value.trim_start().starts_with('{')
    })
}

impl Source for Tap {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        // What is not ready yet may have come in part.
        let before = *self.before.get_or_insert(out.len());
        let end = ready!(Pin::new(&mut self.body).poll_batch(cx, out));
        self.before = None;
        self.hear(out.get(before..).unwrap_or_default());
        Poll::Ready(match end {
            Ok(true) => {
                self.hear_end();
                // A server that knows the length does not ask for the end.
                self.record.done();
                Flow::Ends
            }
            Ok(false) => Flow::Goes,
            Err(error) => {
                tracing::warn!(%error, "an answer that passes through breaks off");
                self.record.failed(error.kind());
                Flow::Breaks
            }
        })
    }
}

/// The body with another model's name.
pub(crate) fn splice(text: &str, peek: &Peek<'_>, model: &str) -> Vec<u8> {
    let name = serde_json::Value::from(model).to_string();
    match &peek.model {
        Some(old) => {
            // The old name borrows from the text, so its place is known.
            let start = (old.text().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            let end = start.wrapping_add(old.text().len());
            match (text.get(..start), text.get(end..)) {
                (Some(before), Some(after)) => [before, &name, after].concat(),
                _ => text.to_owned(),
            }
        }
        None => match text.trim_start().strip_prefix('{') {
            Some(rest) if rest.trim_start().starts_with('}') => format!("{{\"{}\":{name}{rest}", peek.key),
            Some(rest) => format!("{{\"{}\":{name},{rest}", peek.key),
            None => text.to_owned(),
        },
    }
    .into_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::specs::Face;

    #[test]
    fn only_the_model_changes() {
        let has_model = |face: &&Face| !face.peek("{}").unwrap().key.is_empty();
        for face in Face::ALL.iter().filter(has_model) {
            let cases = [
                (
                    "{ \"a\": 1.50, \"model\" : \"x\\u0041\", \"z\":[ ] }",
                    "{ \"a\": 1.50, \"model\" : \"new\", \"z\":[ ] }",
                ),
                ("{\"stream\":true}", "{\"model\":\"new\",\"stream\":true}"),
                (" { }", "{\"model\":\"new\" }"),
            ];
            for (given, wanted) in cases {
                assert_eq!(splice(given, &face.peek(given).unwrap(), "new"), wanted.as_bytes());
            }
        }
    }

    #[test]
    fn only_what_tells_of_tokens_is_read() {
        assert!(mentions_usage("{\"x\":1,\"usage\": {\"input_tokens\":1}}"));
        assert!(mentions_usage("{\"usage\":null,\"usageMetadata\":{}}"));
        assert!(!mentions_usage("{\"usage\":null,\"x\":{}}"));
        assert!(!mentions_usage("{\"text\":\"usage\"}"));
    }
}
