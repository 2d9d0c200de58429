//! Thoughts that a model writes into its text, told as the reasoning that they are.

use wireloom_schema::model::Step;

use crate::wire::think::{Piece, Splitter};

/// Tells thoughts between two tags at the start of a text from the words behind them. A text without tags stays as it is.
#[derive(Clone, Debug)]
pub struct Thoughts {
    tags: (&'static str, &'static str),
    /// The text that is open.
    open: Option<Open>,
}

/// A text that is being told apart.
#[derive(Clone, Debug)]
struct Open {
    splitter: Splitter,
    /// Whether any of its words are told.
    worded: bool,
}

impl Thoughts {
    /// Between an opening and a closing tag.
    pub(super) fn between(tags: (&'static str, &'static str)) -> Self {
        Self { tags, open: None }
    }

    /// Takes a step of a well-formed answer.
    pub(super) fn step(&mut self, step: &Step<'_>, out: &mut impl FnMut(&Step<'_>)) {
        match (step, &mut self.open) {
            (Step::TextOpen { .. }, open) => {
                *open = Some(Open { splitter: Splitter::new(self.tags.0, self.tags.1), worded: false });
            }
            (Step::TextDelta { index, text }, Some(Open { splitter, worded })) => {
                splitter.push(text.borrowed()).for_each(|piece| tell(*index, worded, piece, out));
            }
            (Step::Close { index }, Some(Open { splitter, worded })) => {
                splitter.finish().into_iter().for_each(|piece| tell(*index, worded, piece, out));
                self.open = None;
                out(step);
            }
            (Step::Error { .. }, Some(Open { splitter, worded })) => {
                splitter.finish().into_iter().for_each(|piece| tell(None, worded, piece, out));
                out(step);
            }
            _ => out(step),
        }
    }
}

fn tell(index: Option<u64>, worded: &mut bool, piece: Piece<'_>, out: &mut impl FnMut(&Step<'_>)) {
    match piece {
        Piece::Reasoning(text) => out(&Step::ReasoningDelta { index, text }),
        Piece::Text(text) => {
            if !std::mem::replace(worded, true) {
                out(&Step::TextOpen { index, text: None });
            }
            out(&Step::TextDelta { index, text });
        }
    }
}
