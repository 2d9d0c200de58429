//! Messages and the parts that they are made of.

use wireloom_macros::Vocabulary;

use super::{Citation, Json, Text, media};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Vocabulary)]
pub enum Role {
    /// The operator's instructions, at the start or in the middle of a conversation.
    System,
    /// The person, and the results of the tools that the assistant called.
    User,
    /// The model.
    Assistant,
}

/// One contribution to the conversation: who speaks, and what in which order.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part<'a>>,
}

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum Part<'a> {
    /// The model's thoughts, as far as it shows them.
    Reasoning {
        /// The thoughts; may be empty where only the signature matters.
        text: Text<'a>,
        /// Proof for the vendor that the thoughts are its own.
        signature: Option<Text<'a>>,
    },
    /// The model's thoughts, encrypted by its vendor.
    RedactedReasoning {
        /// Opaque to all but the vendor.
        data: Text<'a>,
    },
    /// Words.
    Text {
        /// The words.
        text: Text<'a>,
        /// Where they come from.
        citations: Vec<Citation<'a>>,
        /// Proof for the vendor that the thoughts behind the words are its own; elsewhere it is the reasoning's.
        #[vocabulary(derived)]
        signature: Option<Text<'a>>,
        /// A prompt-cache mark.
        cache: Option<Cache<'a>>,
    },
    /// The model declines, in words.
    Refusal {
        /// The words.
        text: Text<'a>,
    },
    /// A picture.
    Image {
        /// Where its bytes are.
        source: Source<'a>,
        /// How closely the model is to look: low, high, auto.
        detail: Option<Text<'a>>,
        /// A prompt-cache mark.
        cache: Option<Cache<'a>>,
    },
    /// A document: PDF or text.
    Document {
        /// Where its bytes are.
        source: Source<'a>,
        /// Its name.
        title: Option<Text<'a>>,
        /// A prompt-cache mark.
        cache: Option<Cache<'a>>,
    },
    /// A recording.
    Audio {
        /// Media type, such as `audio/wav`.
        mime: Text<'a>,
        /// Base64.
        data: Text<'a>,
    },
    /// The model asks for a tool to be run.
    ToolCall {
        /// Names the call; its result refers to it.
        id: Text<'a>,
        /// The tool.
        name: Text<'a>,
        /// An object that fits the tool's schema.
        arguments: Json<'a>,
        /// The group of tools that the tool belongs to; elsewhere it is part of the name.
        #[vocabulary(derived)]
        namespace: Option<Text<'a>>,
        /// Proof for the vendor that the thoughts behind the call are its own; elsewhere it is the reasoning's.
        #[vocabulary(derived)]
        signature: Option<Text<'a>>,
        /// A prompt-cache mark.
        cache: Option<Cache<'a>>,
    },
    /// The model asks for a tool whose input is free text. Elsewhere it is a call with one argument.
    #[vocabulary(derived)]
    CustomToolCall {
        /// Names the call; its result refers to it.
        id: Text<'a>,
        /// The tool.
        name: Text<'a>,
        /// Text in the tool's own format.
        input: Text<'a>,
    },
    /// What a tool answered.
    ToolResult {
        /// The call that it answers.
        id: Text<'a>,
        /// The tool, which the call tells.
        #[vocabulary(derived)]
        name: Option<Text<'a>>,
        /// What the tool said: text, images, documents.
        parts: Vec<Part<'a>>,
        /// Whether the tool failed.
        is_error: bool,
        /// A prompt-cache mark.
        cache: Option<Cache<'a>>,
    },
    /// A part that only its own dialect can express, such as a server-side tool's call or result, kept verbatim.
    #[vocabulary(native)]
    Native {
        /// The dialect that it belongs to.
        dialect: &'static str,
        /// The part as that dialect writes it.
        json: Json<'a>,
    },
}

/// A [`Part`]'s kind without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are those of Part")]
#[repr(u8)]
pub enum PartKind {
    Reasoning,
    RedactedReasoning,
    Text,
    Refusal,
    Image,
    Document,
    Audio,
    ToolCall,
    CustomToolCall,
    ToolResult,
    Native,
}

impl PartKind {
    /// The kind as a bit, for sets of kinds.
    pub const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl<'a> Part<'a> {
    /// Words, with nothing said of them.
    pub fn plain(text: impl Into<Text<'a>>) -> Self {
        Part::Text { text: text.into(), citations: Vec::new(), signature: None, cache: None }
    }

    /// An image whose media type says that it is none, as the document or the recording that it is.
    pub fn by_media_type(self) -> Self {
        let Part::Image { source, detail, cache } = self else { return self };
        let mime = match &source {
            Source::Inline { mime, .. } | Source::Link { mime: Some(mime), .. } => &**mime,
            _ => "",
        };
        let is_audio = mime.starts_with("audio/");
        let is_document = mime.starts_with("application/") || mime.starts_with("text/");
        match source {
            Source::Inline { mime, data } if is_audio => Part::Audio { mime, data },
            source if is_document => Part::Document { source, title: None, cache },
            source => Part::Image { source, detail, cache },
        }
    }
}

impl Part<'_> {
    /// What kind of part this is.
    pub fn kind(&self) -> PartKind {
        match self {
            Part::Reasoning { .. } => PartKind::Reasoning,
            Part::RedactedReasoning { .. } => PartKind::RedactedReasoning,
            Part::Text { .. } => PartKind::Text,
            Part::Refusal { .. } => PartKind::Refusal,
            Part::Image { .. } => PartKind::Image,
            Part::Document { .. } => PartKind::Document,
            Part::Audio { .. } => PartKind::Audio,
            Part::ToolCall { .. } => PartKind::ToolCall,
            Part::CustomToolCall { .. } => PartKind::CustomToolCall,
            Part::ToolResult { .. } => PartKind::ToolResult,
            Part::Native { .. } => PartKind::Native,
        }
    }

    /// Gives links in the part, in a tool's result too, the media type that they end like.
    pub fn with_types(&mut self) {
        match self {
            Part::Image { source, .. } | Part::Document { source, .. } => source.with_type(),
            Part::ToolResult { parts, .. } => parts.iter_mut().for_each(Part::with_types),
            _ => {}
        }
    }

    /// The words in the part, where it has any: what it degrades to in an API that knows only text.
    pub fn words(&self) -> Option<&str> {
        match self {
            Part::Text { text, .. } | Part::Refusal { text } | Part::Reasoning { text, .. } => Some(text),
            Part::Document { source: Source::Text { text }, .. } => Some(text),
            _ => None,
        }
    }
}

/// Where the bytes of an image or a document are.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum Source<'a> {
    /// In the message.
    Inline {
        /// Media type, such as `image/png`.
        mime: Text<'a>,
        /// Base64.
        data: Text<'a>,
    },
    /// Somewhere on the net.
    Link {
        /// Where.
        url: Text<'a>,
        /// Media type, if it is known: from whoever wrote the link, or by how it ends.
        #[vocabulary(derived)]
        mime: Option<Text<'a>>,
    },
    /// Uploaded to the vendor before.
    File {
        /// The vendor's name for it.
        id: Text<'a>,
    },
    /// In the message, as plain text.
    Text {
        /// The text.
        text: Text<'a>,
    },
}

impl Source<'_> {
    /// The media type that a link ends like, where nobody has said one.
    pub fn with_type(&mut self) {
        let Source::Link { url, mime: mime @ None } = self else { return };
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let Some((_, ending)) = path.rsplit_once('.') else { return };
        *mime = media::type_of(ending).map(Text::from);
    }
}

/// A prompt-cache mark: what stands before it may be cached.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
pub struct Cache<'a> {
    /// How long, such as `5m` or `1h`; the vendor's default if absent.
    pub ttl: Option<Text<'a>>,
}
