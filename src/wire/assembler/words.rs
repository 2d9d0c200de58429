//! The parts of an answer that are made of words: reasoning, text and refusals.

use wireloom_schema::model::{Citation, Step, Text};

use super::{Assembler, Open};

/// A part made of words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    kind: Kind,
    /// The upstream's number for it.
    pub(super) number: Option<u64>,
    /// Whether its signature has been given, after which it cannot go on.
    signed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Reasoning,
    Text,
    Refusal,
}

impl Assembler {
    /// Takes note that a part of words begins. It is opened with its first words, because many never get any; until
    /// then other parts may go on.
    pub(super) fn announce(&mut self, kind: Kind, index: Option<u64>, out: &mut impl FnMut(&Step<'_>)) {
        if let Some(Open::Words(words)) = self.open {
            let repeated = index.is_some() && index == words.number;
            if words.kind == kind && !repeated {
                self.close(out);
            }
        }
    }

    /// Gives words to the part that they belong to.
    pub(super) fn words(&mut self, kind: Kind, index: Option<u64>, text: Text<'_>, out: &mut impl FnMut(&Step<'_>)) {
        if text.is_empty() {
            return;
        }
        let index = self.enter(kind, index, out);
        out(&match kind {
            Kind::Reasoning => Step::ReasoningDelta { index, text },
            Kind::Text => Step::TextDelta { index, text },
            Kind::Refusal => Step::RefusalDelta { index, text },
        });
    }

    /// Takes all words of a part at its end. Those of a part that had words are known already.
    pub(super) fn whole_words(
        &mut self,
        kind: Kind,
        index: Option<u64>,
        text: Text<'_>,
        out: &mut impl FnMut(&Step<'_>),
    ) {
        let is_open = matches!(self.open, Some(Open::Words(words)) if words.kind == kind);
        let is_known = match index {
            Some(index) => self.worded.contains(&index),
            None => is_open,
        };
        if !is_known {
            self.words(kind, index, text, out);
        }
    }

    /// Signs the reasoning that is open. A signature without reasoning matters too: then the thoughts were not shown.
    pub(super) fn sign(&mut self, index: Option<u64>, signature: Text<'_>, out: &mut impl FnMut(&Step<'_>)) {
        if signature.is_empty() {
            return;
        }
        if let Some(Open::Words(Words { number: Some(number), signed: true, .. })) = self.open
            && index == Some(number)
        {
            self.unknown += 1;
            return;
        }
        let number = self.enter(Kind::Reasoning, index, out);
        out(&Step::ReasoningSignature { index: number, signature });
        if let Some(Open::Words(words)) = &mut self.open {
            words.signed = true;
        }
    }

    /// Names a source of the text that is open.
    pub(super) fn cite(&mut self, index: Option<u64>, citation: Citation<'_>, out: &mut impl FnMut(&Step<'_>)) {
        let index = self.enter(Kind::Text, index, out);
        out(&Step::Citation { index, citation, number: None });
    }

    /// Makes sure that the part of words which a step continues is open, and gives its number.
    pub(super) fn enter(&mut self, kind: Kind, index: Option<u64>, out: &mut impl FnMut(&Step<'_>)) -> Option<u64> {
        if let Some(Open::Words(words)) = &mut self.open {
            let other = index.is_some() && words.number.is_some() && index != words.number;
            if words.kind == kind && !words.signed && !other {
                words.number = words.number.or(index);
                self.worded.extend(index.filter(|index| self.worded.last() != Some(index)));
                return self.current();
            }
        }
        self.settle(out);
        self.open = Some(Open::Words(Words { kind, number: index, signed: false }));
        self.worded.extend(index);
        let index = self.number(out);
        out(&match kind {
            Kind::Reasoning => Step::ReasoningOpen { index, text: None },
            Kind::Text => Step::TextOpen { index, text: None },
            Kind::Refusal => Step::RefusalOpen { index },
        });
        index
    }
}
