//! What turns words into tokens on this machine.

use super::Encoding;
#[cfg(feature = "tokenizer-files")]
use super::file::Loaded;

/// A tokenizer that is at hand. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Tokenizer {
    /// With a vocabulary that is built in.
    Encoding(Encoding),
    /// From a file.
    #[cfg(feature = "tokenizer-files")]
    File(Loaded),
}

impl Tokenizer {
    /// The tokens of a text.
    pub fn count(&self, text: &str) -> u64 {
        match self {
            Self::Encoding(encoding) => encoding.count(text),
            #[cfg(feature = "tokenizer-files")]
            Self::File(loaded) => loaded.count(text),
        }
    }

    /// Whether it counts without getting ready first.
    pub fn is_ready(&self) -> bool {
        match self {
            Self::Encoding(encoding) => encoding.is_unpacked(),
            #[cfg(feature = "tokenizer-files")]
            Self::File(_) => true,
        }
    }

    /// A number that no other tokenizer has.
    pub(super) fn id(&self) -> u64 {
        match self {
            Self::Encoding(encoding) => encoding.number(),
            #[cfg(feature = "tokenizer-files")]
            Self::File(loaded) => loaded.id(),
        }
    }
}

impl From<Encoding> for Tokenizer {
    fn from(encoding: Encoding) -> Self {
        Self::Encoding(encoding)
    }
}
