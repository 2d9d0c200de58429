//! The last frames of a stream that passes through: only they tell whether it is complete.

use std::collections::VecDeque;

use bytes::Bytes;
use memchr::memmem;

use crate::{
    resilience::gate::Beginning,
    specs::Provider,
    wire::frames::{Frames, Framing},
};

/// What is kept at least, in bytes: the last frames of every protocol are shorter, or stand alone.
const KEPT: usize = 4 << 10;

/// The pieces that came last: at least the last frame, whole.
#[derive(Debug)]
pub(super) struct Tail {
    framing: Framing,
    pieces: VecDeque<(Bytes, bool)>,
    size: usize,
    /// How many of the pieces hold an end of a frame.
    ends: usize,
    /// Whether pieces have been forgotten, so that the first one may begin within a frame.
    cut: bool,
}

impl Tail {
    /// Of a stream that has not begun.
    pub(super) fn new(framing: Framing) -> Self {
        Self { framing, pieces: VecDeque::new(), size: 0, ends: 0, cut: false }
    }

    /// Takes the next piece, and forgets what came long before.
    pub(super) fn push(&mut self, piece: &Bytes) {
        let has_end = last_end(piece).is_some();
        self.size += piece.len();
        self.ends += usize::from(has_end);
        self.pieces.push_back((piece.clone(), has_end));
        while let Some((first, has_end)) = self.pieces.front()
            && self.size - first.len() >= KEPT
            && self.ends - usize::from(*has_end) >= 2
        {
            self.size -= first.len();
            self.ends -= usize::from(*has_end);
            self.cut = true;
            self.pieces.pop_front();
        }
    }

    /// What the last frames tell: whether the stream has said that it is over, and why.
    pub(super) fn told(&self, provider: Provider) -> Beginning {
        let ends = |ended| Beginning { ended, ..Beginning::default() };
        let text: Vec<u8> = self.pieces.iter().flat_map(|(piece, _)| piece.iter().copied()).collect();
        match self.framing {
            Framing::Sse => {}
            Framing::JsonArray => return ends(text.trim_ascii_end().last() == Some(&b']')),
            Framing::Ndjson | Framing::EventStream => return ends(true),
        }
        let begin = if self.cut { first_end(&text).unwrap_or(0) } else { 0 };
        let mut frames = Frames::new(self.framing);
        let mut seen = Beginning::default();
        let mut read = |data: &str| {
            let _ = provider.read_frame(data, &mut |step| seen.note(&step));
        };
        let _ = frames.push(&text[begin..], |frame| read(frame.data));
        let _ = frames.finish(|frame| read(frame.data));
        seen
    }

    /// Whether the last byte ended a frame, so that another one may follow.
    pub(super) fn is_between_frames(&self) -> bool {
        let mut last =
            self.pieces.iter().rev().flat_map(|(piece, _)| piece.iter().rev()).filter(|byte| **byte != b'\r');
        matches!((last.next(), last.next()), (None, _) | (Some(b'\n'), None | Some(b'\n')))
    }
}

/// Where the last frame that ends in a text ends.
fn last_end(text: &[u8]) -> Option<usize> {
    memmem::rfind(text, b"\n\n").map(|at| at + 2).or_else(|| memmem::rfind(text, b"\n\r\n").map(|at| at + 3))
}

/// Where the first frame that ends in a text ends.
fn first_end(text: &[u8]) -> Option<usize> {
    let ends = [memmem::find(text, b"\n\n").map(|at| at + 2), memmem::find(text, b"\n\r\n").map(|at| at + 3)];
    ends.into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(pieces: &[&str]) -> Tail {
        let mut tail = Tail::new(Framing::Sse);
        pieces.iter().for_each(|piece| tail.push(&Bytes::copy_from_slice(piece.as_bytes())));
        tail
    }

    #[test]
    fn long_streams_are_forgotten_but_for_their_last_frames() {
        let frame = format!("data: \"{}\"\n\n", "x".repeat(500));
        let mut tail = tail(&vec![frame.as_str(); 1000]);
        assert!(tail.size < KEPT + 2 * frame.len() && tail.cut, "{}", tail.size);
        let long = "y".repeat(3000);
        for _ in 0..100 {
            tail.push(&Bytes::copy_from_slice(long.as_bytes()));
        }
        assert!(tail.size >= 300_000 + 2 * frame.len(), "a long frame is kept from its beginning");
        tail.push(&Bytes::from_static(b"\n\n"));
        tail.push(&Bytes::copy_from_slice(frame.as_bytes()));
        assert!(tail.ends >= 2);
    }

    #[test]
    fn only_behind_a_frame_another_may_follow() {
        for pieces in [&[][..], &["data: x\n", "\n"], &["data: x\r\n\r", "\n"], &["\n"]] {
            assert!(tail(pieces).is_between_frames(), "{pieces:?}");
        }
        for pieces in [&["data: x"][..], &["data: x\n"], &["data: x\n\ndata"], &["data: x\r\n"]] {
            assert!(!tail(pieces).is_between_frames(), "{pieces:?}");
        }
    }
}
