//! Writing JSON by template: literal text as it is, values in between, and a note of all that is lost.

use wireloom_schema::model::{Citation, Json, Part, PartKind};

use super::escape::escape;

/// What stands in place of a loss where something is said without being written.
pub const IMPLIED: &str = "";

/// The names of what a request or an answer lost on its way, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(Vec<&'static str>);

impl Losses {
    /// Notes a loss.
    pub fn note(&mut self, name: &'static str) {
        if name != IMPLIED && !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// Takes back a loss: what it names was written in another place.
    pub fn forget(&mut self, name: &'static str) {
        self.0.retain(|known| *known != name);
    }

    /// The names, in the order in which they were noted.
    pub fn names(&self) -> &[&'static str] {
        &self.0
    }
}

/// A buffer of JSON text.
#[derive(Debug, Default)]
pub struct Writer {
    /// What is written so far.
    pub out: Vec<u8>,
    /// What was lost so far.
    pub losses: Losses,
    /// Whether JSON that came with line ends is written without.
    pub one_line: bool,
    frames: u64,
}

impl Writer {
    /// With room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// The number of the next frame of a stream, from 0.
    pub fn next_frame(&mut self) -> u64 {
        self.frames += 1;
        self.frames - 1
    }

    /// Text that is JSON already.
    #[inline]
    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A comma, unless an object, a list or nothing was just begun.
    #[inline]
    pub fn comma(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[') | None) {
            self.out.push(b',');
        }
    }

    /// A string, in quotes and escaped.
    #[inline]
    pub fn string(&mut self, text: &str) {
        self.out.push(b'"');
        self.inside(text);
        self.out.push(b'"');
    }

    /// Text to stand inside a string that the template opened, escaped.
    pub fn inside(&mut self, text: &str) {
        escape(text, &mut self.out);
    }

    /// An integer.
    #[inline]
    pub fn unsigned(&mut self, number: &u64) {
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut self.out, number);
    }

    /// An integer.
    pub fn signed(&mut self, number: &i64) {
        let _ = serde_json::to_writer(&mut self.out, number);
    }

    /// A number; whole ones without a point, as clients send them.
    pub fn number(&mut self, number: &f64) {
        let whole = number.fract() == 0.0 && number.abs() < 1e15;
        let _ = match whole {
            true => serde_json::to_writer(&mut self.out, &(*number as i64)),
            false => serde_json::to_writer(&mut self.out, number),
        };
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// JSON as it came.
    pub fn json(&mut self, json: &Json<'_>) {
        let start = self.out.len();
        self.raw(json.text());
        if self.one_line {
            // Within strings they are escaped, so these stand between values.
            let ends = self.out[start..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r'));
            ends.for_each(|byte| *byte = b' ');
        }
    }

    /// JSON that must be an object: what is none is written as the empty one, and noted as lost.
    pub fn object(&mut self, json: &Json<'_>, name: &'static str) {
        match json.text() {
            text if text.starts_with('{') => self.json(json),
            "null" => self.raw("{}"),
            _ => {
                self.lose(name);
                self.raw("{}");
            }
        }
    }

    /// JSON as text in a string.
    pub fn embedded(&mut self, json: &Json<'_>) {
        self.string(&json.embedded());
    }

    /// Notes a loss.
    pub fn lose(&mut self, name: &'static str) {
        self.losses.note(name);
    }

    /// Whether a value has a place; notes the loss if it has none.
    pub fn fits(&mut self, fit: Result<(), &'static str>) -> bool {
        fit.map_err(|loss| self.lose(loss)).is_ok()
    }

    /// Whether any of several values has a place; notes the losses of those that have none.
    pub fn any_fits(&mut self, fits: impl Iterator<Item = Result<(), &'static str>>) -> bool {
        let mut any = false;
        for fit in fits {
            any |= self.fits(fit);
        }
        any
    }

    /// A number within its bounds; notes under `name` that it was moved.
    pub fn bounded(&mut self, number: f64, min: f64, max: f64, name: &'static str) -> f64 {
        let bounded = number.clamp(min, max);
        if bounded != number {
            self.lose(name);
        }
        bounded
    }

    /// So many elements at the most; notes under `name` that there were more.
    pub fn at_most<'l, T>(&mut self, list: &'l [T], most: usize, name: &'static str) -> &'l [T] {
        list.get(..most)
            .inspect(|_| {
                if list.len() > most {
                    self.lose(name)
                }
            })
            .unwrap_or(list)
    }

    /// Notes the loss of parts of kinds that have no place.
    pub fn lose_kinds<'p>(&mut self, parts: impl Iterator<Item = &'p Part<'p>>, lost: &[(PartKind, &'static str)]) {
        for part in parts {
            if let Some((_, name)) = lost.iter().find(|(kind, _)| *kind == part.kind()) {
                self.lose(name);
            }
        }
    }

    /// Notes what is lost of sources of which only the pages are written.
    pub fn lose_beside_pages(&mut self, parts: &[Part<'_>]) {
        let texts = parts.iter().filter_map(|part| match part {
            Part::Text { citations, .. } => Some(citations),
            _ => None,
        });
        for citation in texts.flatten() {
            match citation {
                Citation::Web { text: Some(_), .. } => self.lose("citation.text"),
                Citation::Web { .. } => {}
                Citation::Native { .. } => self.lose("citation.native"),
            }
        }
    }

    /// The words of parts as one string, joined by line ends.
    pub fn joined<'p>(&mut self, parts: impl Iterator<Item = &'p Part<'p>>) {
        self.spaced(parts, "\\n");
    }

    /// The words of parts as one string.
    pub fn concatenated<'p>(&mut self, parts: impl Iterator<Item = &'p Part<'p>>) {
        self.spaced(parts, "");
    }

    fn spaced<'p>(&mut self, parts: impl Iterator<Item = &'p Part<'p>>, between: &str) {
        self.raw("\"");
        // A thought may be no more than its signature.
        let words = parts.filter_map(Part::words).filter(|words| !words.is_empty());
        for (index, words) in words.enumerate() {
            if index > 0 {
                self.raw(between);
            }
            self.inside(words);
        }
        self.raw("\"");
    }
}

/// The subtype of a media type; all of it where it has none.
pub fn subtype(mime: &str) -> &str {
    mime.split_once('/').map_or(mime, |(_, subtype)| subtype)
}
