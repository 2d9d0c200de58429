//! Thoughts that a model writes into its text, told as the reasoning that they are.

use wireloom_schema::model::{Step, Text};

use crate::wire::think::{Piece, Splitter};

/// Tells thoughts between two tags at the start of a text from the words behind them. A text without tags stays as it is.
#[derive(Clone, Debug)]
pub struct Thoughts {
    tags: (&'static str, &'static str),
    /// The text that is open.
    splitter: Option<Splitter>,
}

impl Thoughts {
    /// Between an opening and a closing tag.
    pub(super) fn between(tags: (&'static str, &'static str)) -> Self {
        Self { tags, splitter: None }
    }

    /// Takes a step of a well-formed answer.
    pub(super) fn step(&mut self, step: &Step<'_>, out: &mut impl FnMut(&Step<'_>)) {
        match (step, &mut self.splitter) {
            (Step::TextOpen { .. }, splitter) => *splitter = Some(Splitter::new(self.tags.0, self.tags.1)),
            (Step::TextDelta { index, text }, Some(splitter)) => {
                splitter.push(text.borrowed()).for_each(|piece| tell(*index, piece, out));
            }
            (Step::Close { index }, Some(splitter)) => {
                splitter.finish().into_iter().for_each(|piece| tell(*index, piece, out));
                self.splitter = None;
                out(step);
            }
            (Step::Error { .. }, Some(splitter)) => {
                splitter.finish().into_iter().for_each(|piece| tell(None, piece, out));
                out(step);
            }
            _ => out(step),
        }
    }
}

fn tell(index: Option<u64>, piece: Piece<'_>, out: &mut impl FnMut(&Step<'_>)) {
    out(&match piece {
        Piece::Reasoning(text) => Step::ReasoningDelta { index, text: text as Text<'_> },
        Piece::Text(text) => Step::TextDelta { index, text },
    });
}
