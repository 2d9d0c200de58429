//! Where the words of an answer come from.

use wireloom_macros::Vocabulary;

use super::{Json, Part, Response, Text};

/// A source of words.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum Citation<'a> {
    /// A page of the web.
    Web {
        /// Where it is.
        url: Text<'a>,
        /// What it is called.
        title: Option<Text<'a>>,
        /// What is quoted of it.
        text: Option<Text<'a>>,
        /// The first character that it is the source of, counted from the beginning of its text; from there, if absent.
        start: Option<u64>,
        /// The character behind the last one; up to the end, if absent.
        end: Option<u64>,
        /// Proof for the vendor that it has found the page.
        #[vocabulary(derived)]
        proof: Option<Text<'a>>,
    },
    /// A source that only its own dialect can express, such as a place in a document, kept verbatim.
    #[vocabulary(native)]
    Native {
        /// The dialect that it belongs to.
        dialect: &'static str,
        /// The source as that dialect writes it.
        json: Json<'a>,
    },
}

impl<'a> Citation<'a> {
    /// The same source with its own storage.
    pub fn into_owned(self) -> Citation<'static> {
        match self {
            Citation::Web { url, title, text, start, end, proof } => Citation::Web {
                url: url.into_owned(),
                title: title.map(Text::into_owned),
                text: text.map(Text::into_owned),
                start,
                end,
                proof: proof.map(Text::into_owned),
            },
            Citation::Native { dialect, json } => Citation::Native { dialect, json: json.into_owned() },
        }
    }

    /// The same source of a text of so many characters that begins behind others: what it is the source of is said.
    pub fn within(mut self, before: u64, characters: u64) -> Self {
        if let Citation::Web { start, end, .. } = &mut self {
            *start = Some(before + start.unwrap_or(0));
            *end = Some(before + end.unwrap_or(characters));
        }
        self
    }
}

/// All pages that an answer is founded on, and which of its words on which.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
pub struct Grounding<'a> {
    /// The pages.
    pub pages: Vec<Page<'a>>,
    /// The words; all of them, if absent.
    #[vocabulary(derived)]
    pub passages: Vec<Passage>,
}

/// A page of the web.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
pub struct Page<'a> {
    /// Where it is.
    pub url: Text<'a>,
    /// What it is called.
    pub title: Option<Text<'a>>,
}

/// Words that are founded on pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Vocabulary)]
pub struct Passage {
    /// The first byte in all of the answer's text.
    pub start: Option<u64>,
    /// The byte behind the last.
    pub end: Option<u64>,
    /// The numbers of the pages.
    pub pages: Vec<u64>,
}

impl<'a> Grounding<'a> {
    /// The same with its own storage.
    pub fn into_owned(self) -> Grounding<'static> {
        let pages = self.pages.into_iter();
        let pages = pages.map(|page| Page { url: page.url.into_owned(), title: page.title.map(Text::into_owned) });
        Grounding { pages: pages.collect(), passages: self.passages }
    }

    /// What it says of a text that begins behind so many bytes of the answer's.
    pub fn of_text(&self, before: u64, text: &str) -> Vec<Citation<'a>> {
        let mut found = Vec::new();
        for Passage { start, end, pages } in &self.passages {
            let length = text.len() as u64;
            let (start, end) = (start.unwrap_or(0), end.unwrap_or(before + length));
            if end <= before || start >= before + length {
                continue;
            }
            let characters = |byte: u64| {
                let byte = byte.saturating_sub(before).min(length) as usize;
                let starts = text.char_indices().map(|(at, _)| at);
                starts.take_while(|at| *at < byte).count() as u64
            };
            let (start, end) = (characters(start), characters(end));
            let cited = pages.iter().filter_map(|number| self.pages.get(usize::try_from(*number).ok()?));
            found.extend(cited.map(|page| page.cited(Some(start), Some(end))));
        }
        match self.passages.is_empty() {
            true => self.pages.iter().map(|page| page.cited(None, None)).collect(),
            false => found,
        }
    }

    /// Takes in what is said of a text that begins behind so many bytes of the answer's.
    pub fn add(&mut self, citations: &[Citation<'a>], before: u64, text: &str) {
        for citation in citations {
            let Citation::Web { url, title, start, end, .. } = citation else { continue };
            let page =
                self.pages.iter().position(|page| (&page.url, &page.title) == (url, title)).unwrap_or_else(|| {
                    self.pages.push(Page { url: url.clone(), title: title.clone() });
                    self.pages.len() - 1
                });
            let bytes = |character: u64| {
                let at = usize::try_from(character).ok().and_then(|character| text.char_indices().nth(character));
                at.map_or(text.len(), |(at, _)| at) as u64
            };
            let start = before + start.map_or(0, bytes);
            let end = before + end.map_or(text.len() as u64, bytes);
            let known = self.passages.iter_mut().find(|known| (known.start, known.end) == (Some(start), Some(end)));
            match known {
                Some(known) => known.pages.push(page as u64),
                None => {
                    self.passages.push(Passage { start: Some(start), end: Some(end), pages: vec![page as u64] });
                }
            }
        }
    }
}

impl<'a> Page<'a> {
    fn cited(&self, start: Option<u64>, end: Option<u64>) -> Citation<'a> {
        Citation::Web { url: self.url.clone(), title: self.title.clone(), text: None, start, end, proof: None }
    }
}

/// The views of what an answer's words come from: in APIs that do not say it where the words stand.
impl<'a> Response<'a> {
    /// All sources, with the characters that they are the source of, counted from the beginning of all text.
    pub fn citations(&self) -> Vec<Citation<'a>> {
        let (mut found, mut before) = (Vec::new(), 0);
        for part in &self.parts {
            let Part::Text { text, citations, .. } = part else { continue };
            let characters = text.chars().count() as u64;
            found.extend(citations.iter().map(|citation| citation.clone().within(before, characters)));
            before += characters;
        }
        found
    }

    /// States all sources.
    pub fn set_citations(&mut self, citations: Vec<Citation<'a>>) {
        for mut citation in citations {
            let (mut at, mut before) = (None, 0);
            for (number, part) in self.parts.iter().enumerate() {
                let Part::Text { text, .. } = part else { continue };
                let begins = match &citation {
                    Citation::Web { start: Some(start), .. } => *start >= before,
                    _ => true,
                };
                at = if begins { Some((number, before)) } else { at };
                before += text.chars().count() as u64;
            }
            let Some((number, before)) = at else { continue };
            if let Citation::Web { start, end, .. } = &mut citation {
                *start = start.map(|start| start.saturating_sub(before));
                *end = end.map(|end| end.saturating_sub(before));
            }
            if let Some(Part::Text { citations, .. }) = self.parts.get_mut(number) {
                citations.push(citation);
            }
        }
    }

    /// All pages and what is founded on them; none if there are none.
    pub fn grounding(&self) -> Option<Grounding<'a>> {
        let (mut grounding, mut before) = (Grounding::default(), 0);
        for part in &self.parts {
            let Part::Text { text, citations, .. } = part else { continue };
            grounding.add(citations, before, text);
            before += text.len() as u64;
        }
        Some(grounding).filter(|grounding| !grounding.pages.is_empty())
    }

    /// States all pages and what is founded on them.
    pub fn set_grounding(&mut self, grounding: Grounding<'a>) {
        let mut before = 0;
        for part in &mut self.parts {
            let Part::Text { text, citations, .. } = part else { continue };
            citations.extend(grounding.of_text(before, text));
            before += text.len() as u64;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn page(url: &'static str, start: Option<u64>, end: Option<u64>) -> Citation<'static> {
        Citation::Web { url: url.into(), title: None, text: None, start, end, proof: None }
    }

    fn answer(texts: &[(&'static str, Vec<Citation<'static>>)]) -> Response<'static> {
        let part = |(text, citations): &(&'static str, Vec<Citation<'static>>)| Part::Text {
            text: (*text).into(),
            citations: citations.clone(),
            signature: None,
            cache: None,
        };
        Response { parts: texts.iter().map(part).collect(), ..Response::default() }
    }

    #[test]
    fn places_in_an_answer_are_counted_over_all_of_its_texts() {
        let told = answer(&[("naïve ", vec![]), ("Zoë", vec![page("a", None, None), page("b", Some(1), Some(2))])]);
        let all = vec![page("a", Some(6), Some(9)), page("b", Some(7), Some(8))];
        assert_eq!(told.citations(), all);
        let mut read = answer(&[("naïve ", vec![]), ("Zoë", vec![])]);
        read.set_citations(all);
        let expected = vec![page("a", Some(0), Some(3)), page("b", Some(1), Some(2))];
        assert_eq!(read, answer(&[("naïve ", vec![]), ("Zoë", expected)]));
    }

    #[test]
    fn a_grounding_counts_bytes_and_its_pages_once() {
        let cited = vec![page("a", Some(1), Some(3)), page("b", Some(1), Some(3)), page("a", None, None)];
        let told = answer(&[("ï ", vec![page("a", Some(0), Some(1))]), ("Zoë", cited)]);
        let grounding = told.grounding().unwrap();
        let urls: Vec<_> = grounding.pages.iter().map(|page| &*page.url).collect();
        assert_eq!(urls, ["a", "b"]);
        let passage = |start, end, pages: &[u64]| Passage { start: Some(start), end: Some(end), pages: pages.to_vec() };
        assert_eq!(grounding.passages, [passage(0, 2, &[0]), passage(4, 7, &[0, 1]), passage(3, 7, &[0])]);
        let mut read = answer(&[("ï ", vec![]), ("Zoë", vec![])]);
        read.set_grounding(grounding.clone());
        assert_eq!(read.grounding(), Some(grounding));
        assert_eq!(answer(&[("Hi", vec![])]).grounding(), None);
    }

    #[test]
    fn pages_without_passages_are_of_all_words() {
        let grounding = Grounding { pages: vec![Page { url: "a".into(), title: None }], passages: Vec::new() };
        assert_eq!(grounding.of_text(0, "Hi"), [page("a", None, None)]);
    }
}
