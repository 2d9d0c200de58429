//! Where the words of a streamed answer come from, as a face tells it.
//!
//! Some providers name sources as they go, some count the characters that these are the source of and some the bytes,
//! and some tell all of them at the end. What is known of a text is told just before its part is closed, when it is
//! known how long the text is.

use wireloom_schema::model::{Citation, Grounding, Step};

use crate::wire::stream::Facts;

use super::voice::Voice;

/// The sources of one answer.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// Whether there may be any.
    counts: bool,
    /// Whether texts are kept, for someone counts bytes.
    keeps: bool,
    /// What was told of the open text.
    found: Vec<Citation<'static>>,
    /// What the provider says of all words, and whether any of it was told.
    grounding: Option<(Grounding<'static>, bool)>,
    /// The open text, if texts are kept.
    text: String,
    /// How long the open text is, and those before it, in characters and in bytes.
    characters: u64,
    before: (u64, u64),
    /// What is told at the end.
    all: Grounding<'static>,
}

impl Sources {
    /// Of an answer on its way from a provider to a face.
    pub(super) fn new(face: &Facts, provider: &Facts) -> Self {
        let (from, to) = (&provider.places, &face.places);
        let counts = (from.citations || from.grounding) && (to.citations || to.grounding);
        Self { counts, keeps: counts && (from.grounding || to.grounding), ..Self::default() }
    }

    /// The open text goes on.
    pub(super) fn text(&mut self, words: &str) {
        if self.counts {
            self.characters += words.chars().count() as u64;
        }
        if self.keeps {
            self.text.push_str(words);
        }
    }

    /// A source of the open text.
    pub(super) fn add(&mut self, citation: &Citation<'_>) {
        let citation = citation.clone().into_owned();
        if !self.found.contains(&citation) {
            self.found.push(citation);
        }
    }

    /// What the provider says of all words so far.
    pub(super) fn ground(&mut self, grounding: &Grounding<'_>) {
        let used = self.grounding.take().is_some_and(|(_, used)| used);
        self.grounding = Some((grounding.clone().into_owned(), used));
    }

    /// Ends the open text: its sources, each with the characters that it is the source of if `spans`.
    pub(super) fn close(&mut self, spans: bool) -> Vec<Citation<'static>> {
        let mut found = std::mem::take(&mut self.found);
        if let Some((grounding, used)) = &mut self.grounding {
            let grounded = grounding.of_text(self.before.1, &self.text);
            *used |= !grounded.is_empty();
            grounded.into_iter().for_each(|citation| {
                if !found.contains(&citation) {
                    found.push(citation);
                }
            });
        }
        if spans {
            found = found.into_iter().map(|citation| citation.within(0, self.characters)).collect();
        }
        found
    }

    /// Puts sources of the text that was closed among those that are told at the end.
    pub(super) fn gather(&mut self, citations: &[Citation<'static>]) {
        self.all.add(citations, self.before.1, &self.text);
    }

    /// How many characters stood before the open text.
    pub(super) fn before(&self) -> u64 {
        self.before.0
    }

    /// The next text begins.
    pub(super) fn next(&mut self) {
        self.before.0 += self.characters;
        self.before.1 += self.text.len() as u64;
        self.characters = 0;
        self.text.clear();
    }

    /// What is told at the end, and whether something that the provider said was never told.
    pub(super) fn end(&mut self) -> (Option<Grounding<'static>>, bool) {
        let untold = self.grounding.take().is_some_and(|(grounding, used)| !used && !grounding.pages.is_empty());
        let all = std::mem::take(&mut self.all);
        (Some(all).filter(|all| !all.pages.is_empty()), untold)
    }
}

impl Voice {
    /// Tells where the words of a text that ends come from, as far as the protocol has a place for it.
    pub(super) fn cite(&mut self, index: Option<u64>) -> Vec<Citation<'static>> {
        let face = self.crossing.face;
        let places = &face.places;
        let mut cited = self.sources.close(places.cited_spans && !places.grounding);
        cited.retain(|citation| match citation {
            Citation::Native { dialect, .. } if *dialect != face.dialect => {
                self.w.lose("citation.native");
                false
            }
            _ => true,
        });
        if places.grounding {
            self.sources.gather(&cited);
        } else {
            for (number, citation) in cited.iter().enumerate() {
                let citation = match places.cited_over_all {
                    true => citation.clone().within(self.sources.before(), 0),
                    false => citation.clone(),
                };
                self.write(&Step::Citation { index, citation, number: Some(number as u64) });
            }
        }
        self.sources.next();
        cited
    }

    /// Tells where all words come from, where the protocol has it so.
    pub(super) fn tell_grounding(&mut self) {
        let (grounding, untold) = self.sources.end();
        if untold {
            self.w.lose("citation");
        }
        if let Some(grounding) = grounding {
            self.write(&Step::Grounding { grounding });
        }
    }
}
