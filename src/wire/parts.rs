//! Parts as templates write them: which of them stand at a place, and how they are listed.
//!
//! What specs differ in is handed over as plain functions, so that all of them share the machine code of the rest.

use wireloom_schema::model::{Part, Request};

use super::writer::Writer;

/// Says whether a part has a place; else how its loss is called.
pub type Fits = fn(&Part<'_>) -> Result<(), &'static str>;

/// Writes a part.
pub type WritePart = fn(&Part<'_>, &mut Writer);

/// The parts of some kinds that have a place, in order; empty texts are passed over.
#[derive(Clone, Debug)]
pub struct Chosen<I> {
    parts: I,
    kinds: u16,
    fits: Fits,
}

/// The parts of some kinds, in order; empty texts are passed over.
pub fn select<I>(parts: I, kinds: u16) -> Chosen<I> {
    fitting(parts, kinds, |_| Ok(()))
}

/// Of these those that have a place.
pub fn fitting<I>(parts: I, kinds: u16, fits: Fits) -> Chosen<I> {
    Chosen { parts, kinds, fits }
}

impl<'p, I: Iterator<Item = &'p Part<'p>>> Iterator for Chosen<I> {
    type Item = &'p Part<'p>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { parts, kinds, fits } = self;
        parts.find(|part| {
            part.kind().bit() & *kinds != 0
                && !matches!(part, Part::Text { text, .. } if text.is_empty())
                && fits(part).is_ok()
        })
    }
}

/// The parts of the leading system message.
pub fn leading<'p>(request: &'p Request<'p>) -> impl Iterator<Item = &'p Part<'p>> + Clone {
    let messages = request.messages.get(..request.leading_system()).unwrap_or_default();
    messages.iter().flat_map(|message| message.parts.iter())
}

/// The text of parts that are one plain text: one without citations and without a cache mark, where these have a place.
fn single_text<'p>(
    mut parts: impl Iterator<Item = &'p Part<'p>>,
    places_citations: bool,
    places_cache: bool,
) -> Option<&'p Part<'p>> {
    match (parts.next(), parts.next()) {
        (Some(part @ Part::Text { citations, cache, .. }), None) => {
            let is_plain = !(places_citations && !citations.is_empty() || places_cache && cache.is_some());
            is_plain.then_some(part)
        }
        _ => None,
    }
}

impl Writer {
    /// Parts as a list.
    pub fn parts<'p>(&mut self, parts: impl Iterator<Item = &'p Part<'p>>, write: impl Fn(&Part<'_>, &mut Writer)) {
        self.raw("[");
        for part in parts {
            self.comma();
            write(part, self);
        }
        self.raw("]");
    }

    /// Parts as a string if they are one plain text, else as a list. It is said whether citations and cache marks have a
    /// place in the list.
    pub fn text_or_list<'p>(
        &mut self,
        parts: impl Iterator<Item = &'p Part<'p>> + Clone,
        (places_citations, places_cache): (bool, bool),
        write: impl Fn(&Part<'_>, &mut Writer),
    ) {
        match single_text(parts.clone(), places_citations, places_cache) {
            Some(Part::Text { text, citations, cache, .. }) => {
                if !citations.is_empty() {
                    self.lose("text.citations");
                }
                if cache.is_some() {
                    self.lose("text.cache");
                }
                self.string(text);
            }
            _ => self.parts(parts, write),
        }
    }

    /// Notes the loss of parts that have no place.
    pub fn lose_unfit<'p>(&mut self, parts: impl Iterator<Item = &'p Part<'p>>, fits: Fits) {
        parts.filter_map(|part| fits(part).err()).for_each(|loss| self.lose(loss));
    }
}
