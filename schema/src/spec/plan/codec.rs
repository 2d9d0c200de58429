//! Codecs: how values are spelled beyond their types.

use crate::model::vocabulary::Ty;

/// How a value is spelled beyond its type. A closed list; each pair of directions is a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// JSON as text in a string.
    JsonText,
    /// Parts as a string if they are one plain text, else as a list.
    TextOrList,
    /// Parts as a list, which may be read as a string too.
    ListOrText,
    /// Parts of one kind as one string.
    Joined,
    /// One text as a string, several as a list.
    OneOrMany,
    /// A truth value turned round.
    Not,
    /// The subtype of an audio media type.
    AudioSubtype,
    /// How names of files of a media type end.
    Ending,
    /// Text in all elements of a list: one element is written, none for no text.
    Gathered,
    /// Parts as one string under a key of an object, under another if the tool failed.
    Wrapped,
    /// A truth value as a word, and as another if it is false.
    Word,
    /// Reasoning as objects that hold its words at some key, and beside them what it is known by.
    Detailed,
    /// JSON Schema whose types may be written in upper case.
    LowerTypes,
}

impl Codec {
    /// Whether it makes one string of several parts.
    pub fn joins(self) -> bool {
        matches!(self, Codec::Joined | Codec::Wrapped | Codec::Detailed)
    }

    /// How many words in parentheses it takes.
    pub fn words(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Codec::Wrapped | Codec::Word | Codec::Detailed => 1..=2,
            _ => 0..=0,
        }
    }

    /// The kind of media whose subtype it is.
    pub fn media(self) -> Option<&'static str> {
        match self {
            Codec::AudioSubtype => Some("audio"),
            _ => None,
        }
    }

    /// Each codec with its name in specs, what it takes, and what it does.
    pub const ALL: [(Codec, &'static str, &'static str); 13] = [
        (Codec::JsonText, "json-text", "JSON as text in a string"),
        (Codec::TextOrList, "text-or-list", "parts as a string if they are one plain text, else as a list"),
        (Codec::ListOrText, "list-or-text", "parts as a list; a string is read as one text"),
        (Codec::Joined, "joined", "parts of one kind as one string, joined by line ends"),
        (Codec::OneOrMany, "one-or-many", "one text as a string, several as a list"),
        (Codec::Not, "not", "a truth value turned round"),
        (Codec::AudioSubtype, "audio-subtype", "the subtype of an audio media type"),
        (Codec::Ending, "ending", "a media type, as names of files of it end: `pdf`, `jpeg`"),
        (Codec::Gathered, "gathered", "text in all elements of a list: one element is written, none for no text"),
        (
            Codec::Wrapped,
            "wrapped",
            "`wrapped(key, other)`: parts as one string at a key of an object, at the other if the tool failed",
        ),
        (
            Codec::Detailed,
            "detailed",
            "`detailed(a, b)`: reasoning as objects with its words at one of these keys; the rest is its signature",
        ),
        (Codec::LowerTypes, "lower-types", "JSON Schema; types in upper case are read as what they are"),
        (Codec::Word, "word", "`word(one, other)`: a truth value as a word, and as another if it is false"),
    ];

    /// Whether it applies to a value of that type.
    pub fn takes(self, ty: Ty) -> bool {
        match self {
            Codec::JsonText | Codec::LowerTypes => ty == Ty::Json,
            Codec::TextOrList => matches!(ty, Ty::List(&Ty::Named("Part" | "Message"))),
            Codec::Joined | Codec::ListOrText | Codec::Wrapped => ty == Ty::List(&Ty::Named("Part")),
            Codec::Detailed => ty == Ty::Text || ty == Ty::List(&Ty::Named("Part")),
            Codec::OneOrMany => ty == Ty::List(&Ty::Text),
            Codec::Not | Codec::Word => ty == Ty::Bool,
            Codec::AudioSubtype | Codec::Ending | Codec::Gathered => ty == Ty::Text,
        }
    }
}
