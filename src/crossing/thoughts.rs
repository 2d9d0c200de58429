//! Thoughts that a provider's models write into their text, as reasoning of its own.

use wireloom_schema::model::{Part, Step, Text};

use crate::wire::think::{Piece, Splitter};

/// Tells the thoughts of one answer from its words.
#[derive(Clone, Debug)]
pub struct Thoughts {
    splitter: Splitter,
    /// Words have come, of which the whole text need not be told apart again.
    worded: bool,
}

impl Thoughts {
    /// Of an answer that begins with thoughts between these tags, or has none.
    pub fn between(open: &'static str, close: &'static str) -> Self {
        Self { splitter: Splitter::new(open, close), worded: false }
    }

    /// Takes one of the answer's steps, and gives those that it is told as.
    pub fn step(&mut self, step: Step<'_>, sink: &mut impl FnMut(Step<'_>)) {
        match step {
            Step::TextDelta { index, text } | Step::TextOpen { index, text: Some(text) } => {
                self.words(index, text, sink);
            }
            Step::Text { index, text, .. } if !self.worded => {
                self.words(index, text, sink);
                self.finish(sink);
            }
            Step::Start { .. }
            | Step::TextOpen { .. }
            | Step::ReasoningOpen { .. }
            | Step::ReasoningDelta { .. }
            | Step::Reasoning { .. }
            | Step::ReasoningSignature { .. }
            | Step::RedactedReasoning { .. }
            | Step::Grounding { .. }
            | Step::Usage { .. }
            | Step::Ping => sink(step),
            step => {
                self.finish(sink);
                sink(step);
            }
        }
    }

    fn words(&mut self, index: Option<u64>, text: Text<'_>, sink: &mut impl FnMut(Step<'_>)) {
        self.worded |= !text.is_empty();
        self.splitter.push(text).for_each(|piece| sink(told(piece, index)));
    }

    fn finish(&mut self, sink: &mut impl FnMut(Step<'_>)) {
        self.splitter.finish().into_iter().for_each(|piece| sink(told(piece, None)));
    }

    /// Tells the parts of a whole answer apart.
    pub fn whole(self, parts: &mut Vec<Part<'_>>) {
        let first =
            parts.iter().position(|part| !matches!(part, Part::Reasoning { .. } | Part::RedactedReasoning { .. }));
        let Some(at) = first else { return };
        let Part::Text { text, .. } = &mut parts[at] else { return };
        let (thoughts, words) = self.splitter.whole(std::mem::take(text));
        match words {
            Some(words) => *text = words,
            None => _ = parts.remove(at),
        }
        parts.splice(at..at, thoughts.map(|text| Part::Reasoning { text, signature: None }));
    }
}

/// A piece as a step. Thoughts have no number of the provider's own.
fn told(piece: Piece<'_>, index: Option<u64>) -> Step<'_> {
    match piece {
        Piece::Reasoning(text) => Step::ReasoningDelta { index: None, text },
        Piece::Text(text) => Step::TextDelta { index, text },
    }
}
