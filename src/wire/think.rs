//! Thoughts that a model writes into its text, between two tags at the answer's start.
//!
//! Pure: pieces of text go in as they arrive, however they are cut, and come out as reasoning and as text.

use wireloom_schema::model::Text;

use super::shape::piece;

/// A piece of an answer's words, told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Thoughts; never empty.
    Reasoning(Text<'t>),
    /// Words for the user; never empty.
    Text(Text<'t>),
}

/// Tells thoughts between two tags from the words behind them.
///
/// Only tags at the answer's very start count (behind white space at most): later ones are words that the model speaks
/// of. White space behind either tag belongs to neither side. Text is borrowed unless a tag was cut by the arrival.
#[derive(Clone, Debug)]
pub struct Splitter {
    open: &'static str,
    close: &'static str,
    place: Place,
    /// Nothing of the present side has been given yet, so that white space is passed over.
    fresh: bool,
    /// What may be the beginning of a tag; empty most of the time.
    held: String,
}

/// Where in the answer the splitter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Thoughts,
    Words,
}

impl Splitter {
    /// For the answer of a model that writes its thoughts between these tags.
    pub fn new(open: &'static str, close: &'static str) -> Self {
        Self { open, close, place: Place::Start, fresh: false, held: String::new() }
    }

    /// Takes the next words, and gives what they are: reasoning, text, or both in this order.
    pub fn push<'t>(&mut self, text: Text<'t>) -> impl Iterator<Item = Piece<'t>> + use<'t> {
        let whole = match self.held.is_empty() {
            true => text,
            false => format!("{}{}", std::mem::take(&mut self.held), &*text).into(),
        };
        let (mut reasoning, mut words) = (None, None);
        let mut rest: &str = &whole;
        if self.place == Place::Start {
            let begun = rest.trim_start();
            if let Some(behind) = begun.strip_prefix(self.open) {
                (self.place, self.fresh, rest) = (Place::Thoughts, true, behind);
            } else if self.open.starts_with(begun) {
                rest.clone_into(&mut self.held);
                rest = "";
            } else {
                self.place = Place::Words;
            }
        }
        if self.place == Place::Thoughts {
            if let Some((thoughts, behind)) = rest.split_once(self.close) {
                reasoning = self.given(thoughts);
                (self.place, self.fresh, rest) = (Place::Words, true, behind);
            } else {
                let (thoughts, held) = rest.split_at(rest.len() - overlap(rest, self.close));
                held.clone_into(&mut self.held);
                reasoning = self.given(thoughts);
            }
        }
        if self.place == Place::Words {
            words = self.given(rest);
        }
        let reasoning = reasoning.map(|thoughts| Piece::Reasoning(piece(&whole, thoughts)));
        let words = words.map(|words| Piece::Text(piece(&whole, words)));
        reasoning.into_iter().chain(words)
    }

    /// Gives what was kept back when the answer ends.
    pub fn finish(&mut self) -> Option<Piece<'static>> {
        let held = std::mem::take(&mut self.held);
        let place = std::mem::replace(&mut self.place, Place::Words);
        (!held.is_empty()).then(|| match place {
            Place::Thoughts => Piece::Reasoning(held.into()),
            Place::Start | Place::Words => Piece::Text(held.into()),
        })
    }

    /// Tells a whole text apart: its thoughts, if it begins with any, and its words.
    pub fn whole(mut self, text: Text<'_>) -> (Option<Text<'_>>, Option<Text<'_>>) {
        let (mut thoughts, mut words) = (None, None);
        let pieces: Vec<Piece<'_>> = self.push(text).collect();
        for piece in pieces.into_iter().chain(self.finish()) {
            let (side, more) = match piece {
                Piece::Reasoning(text) => (&mut thoughts, text),
                Piece::Text(text) => (&mut words, text),
            };
            *side = Some(side.take().map_or_else(|| more.clone(), |known: Text<'_>| format!("{known}{more}").into()));
        }
        (thoughts, words)
    }

    /// What of the present side's next words is given.
    fn given<'r>(&mut self, words: &'r str) -> Option<&'r str> {
        let words = if self.fresh { words.trim_start() } else { words };
        self.fresh &= words.is_empty();
        (!words.is_empty()).then_some(words)
    }
}

/// How many bytes at the end of a text are the beginning of a tag that it does not hold.
fn overlap(text: &str, tag: &str) -> usize {
    let ends = tag.char_indices().map(|(at, _)| at).rev();
    ends.into_iter().find(|end| tag.get(..*end).is_some_and(|begun| text.ends_with(begun))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "<ponder>";
    const CLOSE: &str = "</ponder>";

    /// Both sides of a text that arrives cut at a place, and how many pieces it came in.
    fn split(text: &str, at: usize) -> (String, String) {
        let mut splitter = Splitter::new(OPEN, CLOSE);
        let (mut thoughts, mut words) = (String::new(), String::new());
        let (one, two) = text.split_at(at);
        let mut pieces: Vec<Piece<'_>> = splitter.push(one.into()).collect();
        pieces.extend(splitter.push(two.into()));
        pieces.extend(splitter.finish());
        for piece in pieces {
            match piece {
                Piece::Reasoning(text) => thoughts.push_str(&text),
                Piece::Text(text) => words.push_str(&text),
            }
        }
        (thoughts, words)
    }

    #[test]
    fn thoughts_are_told_from_words_wherever_the_text_is_cut() {
        let cases = [
            ("<ponder>Hm, naïve.</ponder>Hi", "Hm, naïve.", "Hi"),
            ("\n <ponder>\nHm </pond or </ponder>\n\nHi \n", "Hm </pond or ", "Hi \n"),
            ("<ponder>\n\n</ponder>\n\nHi", "", "Hi"),
            ("<ponder>cut off </pon", "cut off </pon", ""),
            ("<ponder>a<</ponder></ponder>", "a<", "</ponder>"),
            ("Hi <ponder>no</ponder>", "", "Hi <ponder>no</ponder>"),
            (" <pond", "", " <pond"),
            ("<ponderous>", "", "<ponderous>"),
            ("", "", ""),
        ];
        for (text, thoughts, words) in cases {
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                assert_eq!(split(text, at), (thoughts.to_owned(), words.to_owned()), "{text:?} cut at {at}");
            }
            let (whole_thoughts, whole_words) = Splitter::new(OPEN, CLOSE).whole(text.into());
            assert_eq!(whole_thoughts.as_deref().unwrap_or_default(), thoughts, "{text:?}");
            assert_eq!(whole_words.as_deref().unwrap_or_default(), words, "{text:?}");
        }
    }

    #[test]
    fn words_are_given_at_once_and_borrowed() {
        let mut splitter = Splitter::new(OPEN, CLOSE);
        for text in ["<ponder>Hm", " <", "b> "] {
            let pieces: Vec<Piece<'_>> = splitter.push(text.into()).collect();
            assert!(pieces.len() <= 1, "{pieces:?}");
        }
        let pieces: Vec<Piece<'_>> = splitter.push("so</ponder>Hi".into()).collect();
        let [Piece::Reasoning(thoughts), Piece::Text(words)] = &pieces[..] else { panic!("{pieces:?}") };
        assert!(matches!((&thoughts.0, &words.0), (std::borrow::Cow::Borrowed(_), std::borrow::Cow::Borrowed(_))));
    }
}
