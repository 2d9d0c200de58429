//! What of a request is counted.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use wireloom_schema::model::{Part, Request, Source, Text, Tool};

use super::{pdf, weight::Weights};

/// Tokens around each message and each tool: role, separators, names of fields.
const OVERHEAD: u64 = 4;

/// The lengths of Base64 in which a picture's size is looked for: JPEGs may have previews before it.
const HEADS: [usize; 2] = [4 << 10, 256 << 10];

/// The bytes of a second of sound, where the recording does not say it: 128 kbit/s.
const USUAL_RATE: u32 = 16_000;

/// What has to be looked through to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Words, by a tokenizer.
    Words,
    /// The pages of a document, in Base64.
    Pages,
}

/// A text to look through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'r> {
    pub(super) kind: Kind,
    pub(super) text: &'r str,
}

/// A request as it is counted.
#[derive(Debug)]
pub(super) struct Tally<'r> {
    weights: &'r Weights,
    /// What has to be looked through.
    pub(super) items: Vec<Item<'r>>,
    /// The tokens of all else.
    pub(super) sum: u64,
}

impl<'r> Tally<'r> {
    /// Of a request, in the order in which a conversation grows.
    pub(super) fn of(request: &'r Request<'_>, weights: &'r Weights) -> Self {
        let mut tally = Self { weights, items: Vec::with_capacity(request.messages.len() * 2), sum: 0 };
        request.tools.iter().for_each(|tool| tally.tool(tool));
        for message in &request.messages {
            tally.sum += OVERHEAD;
            tally.parts(&message.parts);
        }
        tally
    }

    /// All words, one after the other.
    pub(super) fn words(&self) -> String {
        let words: Vec<&str> =
            self.items.iter().filter(|item| item.kind == Kind::Words).map(|item| item.text).collect();
        words.join("\n")
    }

    fn text(&mut self, text: &'r str) {
        if !text.is_empty() {
            self.items.push(Item { kind: Kind::Words, text });
        }
    }

    fn named(&mut self, name: &'r str, description: Option<&'r Text<'_>>) {
        self.text(name);
        self.text(description.map_or("", |description| description));
    }

    fn parts(&mut self, parts: &'r [Part<'_>]) {
        parts.iter().for_each(|part| self.part(part));
    }

    fn part(&mut self, part: &'r Part<'_>) {
        match part {
            Part::Text { text, .. } | Part::Refusal { text } | Part::Reasoning { text, .. } => self.text(text),
            Part::RedactedReasoning { data } => self.text(data),
            Part::Image { source, detail, .. } => {
                let glance = detail.as_deref() == Some("low");
                self.sum += match source {
                    Source::Inline { data, .. } => self.image(data, glance),
                    Source::Text { text } => return self.text(text),
                    Source::Link { .. } | Source::File { .. } => self.weights.image.unknown(glance),
                };
            }
            Part::Audio { data, .. } => self.sum += seconds(data) * self.weights.second,
            Part::Document { source, title, .. } => {
                self.text(title.as_deref().unwrap_or_default());
                match source {
                    Source::Text { text } => self.text(text),
                    Source::Inline { data, .. } => self.items.push(Item { kind: Kind::Pages, text: data }),
                    Source::Link { .. } | Source::File { .. } => self.sum += self.weights.page,
                }
            }
            Part::CustomToolCall { name, input, .. } => self.call(name, input),
            Part::ToolCall { name, arguments, .. } => self.call(name, arguments.text()),
            Part::ToolResult { parts, .. } => {
                self.sum += OVERHEAD;
                self.parts(parts);
            }
            Part::Native { json, .. } => self.text(json.text()),
        }
    }

    fn call(&mut self, name: &'r str, input: &'r str) {
        self.sum += OVERHEAD;
        self.text(name);
        self.text(input);
    }

    fn tool(&mut self, tool: &'r Tool<'_>) {
        match tool {
            Tool::Function { name, description, schema, .. } => {
                self.sum += OVERHEAD;
                self.named(name, description.as_ref());
                self.text(schema.text());
            }
            Tool::Custom { name, description, format } => {
                self.sum += OVERHEAD;
                self.named(name, description.as_ref());
                self.text(format.as_ref().map_or("", |format| format.text()));
            }
            Tool::Namespace { name, description, tools } => {
                self.sum += OVERHEAD;
                self.named(name, description.as_ref());
                tools.iter().for_each(|tool| self.tool(tool));
            }
            // The vendor does not count what describes its own tool to the model.
            Tool::WebSearch { .. } => {}
            Tool::Native { json, .. } => self.text(json.text()),
        }
    }

    fn image(&self, data: &str, glance: bool) -> u64 {
        let size_in = |length: usize| imagesize::blob_size(&decoded(data.get(..length).unwrap_or(data))).ok();
        let size = HEADS.into_iter().find_map(size_in);
        match size.map(|size| (u32::try_from(size.width), u32::try_from(size.height))) {
            Some((Ok(width), Ok(height))) => self.weights.image.of(width, height, glance),
            _ => self.weights.image.unknown(glance),
        }
    }
}

/// The pages of a document in Base64.
pub(super) fn pages(data: &str) -> u64 {
    pdf::pages(&decoded(data))
}

/// The seconds of a recording in Base64.
fn seconds(data: &str) -> u64 {
    let head = decoded(data.get(..64).unwrap_or(data));
    // The head of a WAV file says how many bytes a second has.
    let rate = match head.get(28..32) {
        Some(rate) if head.starts_with(b"RIFF") => rate.try_into().map_or(0, u32::from_le_bytes),
        _ => 0,
    };
    let rate = if rate == 0 { USUAL_RATE } else { rate };
    (data.trim_end_matches('=').len() as u64 * 3 / 4).div_ceil(u64::from(rate))
}

/// What Base64 stands for; of text that is none, nothing.
fn decoded(data: &str) -> Vec<u8> {
    STANDARD_NO_PAD.decode(data.trim_end_matches('=')).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use wireloom_schema::model::{Message, Role};

    use super::*;

    fn sum(part: Part<'_>) -> u64 {
        let messages = vec![Message { role: Role::User, parts: vec![part] }];
        let request = Request { messages, ..Request::default() };
        let tally = Tally::of(&request, &Weights::USUAL);
        let pages: u64 = tally.items.iter().filter(|i| i.kind == Kind::Pages).map(|i| pages(i.text)).sum();
        tally.sum - OVERHEAD + pages
    }

    fn image(data: &[u8], detail: Option<&'static str>) -> u64 {
        let source = Source::Inline { mime: "image/png".into(), data: STANDARD.encode(data).into() };
        sum(Part::Image { source, detail: detail.map(Into::into), cache: None })
    }

    /// The beginning of a PNG of that size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR";
        [&head[..], &width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x02\x00\x00\x00"].concat()
    }

    #[test]
    fn a_picture_weighs_by_its_own_size() {
        assert_eq!(image(&png(200, 200), None), 53);
        assert_eq!(image(&png(30, 20), None), 1);
        assert_eq!(image(&png(1092, 1092), None), 1589);
        // The size of a GIF is in its first ten bytes.
        assert_eq!(image(b"GIF89a\xe8\x03\xf4\x01\x00\x00\x00", None), 666);
    }

    #[test]
    fn a_picture_that_cannot_be_read_weighs_as_a_usual_one() {
        assert_eq!(image(b"no picture", None), 1333);
        let link = Source::Link { mime: None, url: "https://h/a.png".into() };
        assert_eq!(sum(Part::Image { source: link, detail: None, cache: None }), 1333);
        let odd = Source::Inline { mime: "image/png".into(), data: "über".into() };
        assert_eq!(sum(Part::Image { source: odd, detail: None, cache: None }), 1333);
    }

    #[test]
    fn the_size_of_a_jpeg_is_found_behind_a_long_preview() {
        let mut data = b"\xff\xd8".to_vec();
        for _ in 0..2 {
            data.extend(b"\xff\xe1\xff\xf0");
            data.extend([0; 0xfff0 - 2]);
        }
        data.extend(b"\xff\xc0\x00\x11\x08\x01\x2c\x01\x90\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xd9");
        assert_eq!(image(&data, None), 400 * 300 / 750);
    }

    #[test]
    fn sound_weighs_by_its_length() {
        let mut wave = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wave.extend(8_000_u32.to_le_bytes());
        wave.extend(16_000_u32.to_le_bytes());
        wave.resize(16_000 * 5, 0);
        let audio = |data: &[u8]| sum(Part::Audio { mime: "audio/wav".into(), data: STANDARD.encode(data).into() });
        assert_eq!(audio(&wave), 5 * 32);
        assert_eq!(audio(&[0; 32_000]), 2 * 32);
    }

    #[test]
    fn documents_weigh_by_their_pages() {
        let file = b"%PDF-1.4 2 0 obj<</Type/Pages/Count 9>>endobj";
        let source = Source::Inline { mime: "application/pdf".into(), data: STANDARD.encode(file).into() };
        assert_eq!(sum(Part::Document { source, title: None, cache: None }), 9);
    }
}
