//! The vocabularies that are built in.

use std::sync::atomic::{AtomicU32, Ordering};

use tiktoken::{get_encoding, list_encodings, model_to_encoding};

/// The encoding of names that say nothing: right for the current models of the maker that publishes its vocabularies,
/// and close for others.
const USUAL: &str = "o200k_base";

/// Which vocabularies have been unpacked, by their numbers: the first use of one takes a tenth of a second.
static UNPACKED: AtomicU32 = AtomicU32::new(0);

/// A vocabulary that is built in, by its number in the list of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding(usize);

impl Encoding {
    /// The encoding of that name, if it is built in.
    pub fn named(name: &str) -> Option<Self> {
        list_encodings().iter().position(|known| *known == name).map(Self)
    }

    /// The encoding of a model, by its name: without the maker's before a slash, in any letter case.
    pub fn of_model(model: &str) -> Self {
        let name = model.rsplit_once('/').map_or(model, |(_, name)| name);
        let known = model_to_encoding(name).or_else(|| model_to_encoding(&name.to_ascii_lowercase()));
        known.and_then(Self::named).or_else(|| Self::named(USUAL)).unwrap_or(Self(0))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        list_encodings().get(self.0).copied().unwrap_or(USUAL)
    }

    /// Its number.
    pub(super) fn number(self) -> u64 {
        self.0 as u64
    }

    /// The names of all.
    pub fn names() -> &'static [&'static str] {
        list_encodings()
    }

    /// Whether counting need not unpack it first.
    pub fn is_unpacked(self) -> bool {
        UNPACKED.load(Ordering::Relaxed) & self.bit() != 0
    }

    /// The tokens of a text. Words that mean something special to a model are words like others here.
    pub fn count(self, text: &str) -> u64 {
        let Some(encoding) = get_encoding(self.name()) else {
            // Without a vocabulary: four bytes a token, the rule of thumb for English text.
            return text.len() as u64 / 4;
        };
        UNPACKED.fetch_or(self.bit(), Ordering::Relaxed);
        encoding.count(text) as u64
    }

    fn bit(self) -> u32 {
        1 << (self.0 % 32)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_that_are_published() {
        // tiktoken's README and OpenAI's cookbook, "How to count tokens with tiktoken".
        let (cl100k, o200k) = (Encoding::named("cl100k_base").unwrap(), Encoding::named("o200k_base").unwrap());
        for (text, in_cl100k, in_o200k) in [
            ("tiktoken is great!", 6, 6),
            ("antidisestablishmentarianism", 6, 6),
            ("2 + 2 = 4", 7, 7),
            ("お誕生日おめでとう", 9, 8),
            ("hello world", 2, 2),
            ("", 0, 0),
        ] {
            assert_eq!((cl100k.count(text), o200k.count(text)), (in_cl100k, in_o200k), "{text}");
        }
        assert!(cl100k.is_unpacked());
    }

    #[test]
    fn special_words_are_words() {
        for word in ["<|endoftext|>", "<|im_start|>", "<|fim_prefix|>", "<|endofprompt|>", "<|start|>"] {
            assert!(Encoding::of_model("gpt-4o").count(word) > 1, "{word}");
            assert!(Encoding::of_model("gpt-4").count(word) > 1, "{word}");
        }
    }

    #[test]
    fn a_models_name_says_its_encoding() {
        for (model, encoding) in [
            ("gpt-4o-mini", "o200k_base"),
            ("gpt-4.1", "o200k_base"),
            ("gpt-5.5", "o200k_base"),
            ("GPT-5", "o200k_base"),
            ("o3-mini", "o200k_base"),
            ("gpt-4-turbo", "cl100k_base"),
            ("openai/gpt-3.5-turbo", "cl100k_base"),
            ("claude-opus-5", "o200k_base"),
            ("whatever", "o200k_base"),
            ("", "o200k_base"),
        ] {
            assert_eq!(Encoding::of_model(model).name(), encoding, "{model}");
        }
    }
}
