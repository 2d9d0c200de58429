//! The steps of a stream.

use wireloom_macros::Vocabulary;

use super::{Citation, ErrorKind, FinishReason, Grounding, Json, Text, Usage};

/// One step of a streamed answer.
///
/// Upstreams send them in any sane order and with gaps; the stream assembler makes of them what clients need: every
/// part opened once, continued only while open, closed, and numbered from 0 in `index` (`call` numbers tool calls
/// alone). A step that carries neither number continues the latest part of its kind.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum Step<'a> {
    /// The answer begins, or tells more about itself.
    Start {
        /// The provider's name for the answer.
        id: Option<Text<'a>>,
        /// The model that answers.
        model: Option<Text<'a>>,
        /// The tokens known so far.
        usage: Option<Usage>,
    },
    /// Reasoning begins.
    ReasoningOpen {
        /// The part's number.
        index: Option<u64>,
        /// Its first words.
        text: Option<Text<'a>>,
    },
    /// Reasoning goes on.
    ReasoningDelta {
        /// The part's number.
        index: Option<u64>,
        /// The next words.
        text: Text<'a>,
    },
    /// Reasoning is signed.
    ReasoningSignature {
        /// The part's number.
        index: Option<u64>,
        /// Proof for the vendor that the thoughts are its own.
        signature: Text<'a>,
    },
    /// Encrypted reasoning, whole.
    RedactedReasoning {
        /// The part's number.
        index: Option<u64>,
        /// Opaque to all but the vendor.
        data: Text<'a>,
    },
    /// Text begins.
    TextOpen {
        /// The part's number.
        index: Option<u64>,
        /// Its first words.
        text: Option<Text<'a>>,
    },
    /// Text goes on.
    TextDelta {
        /// The part's number.
        index: Option<u64>,
        /// The next words.
        text: Text<'a>,
    },
    /// A source for the text.
    Citation {
        /// The part's number.
        index: Option<u64>,
        /// The source.
        citation: Citation<'a>,
        /// Its number among those of the text.
        #[vocabulary(derived)]
        number: Option<u64>,
    },
    /// All sources for the answer's text, where they are told together. The last that is told counts.
    #[vocabulary(derived)]
    Grounding {
        /// The sources.
        grounding: Grounding<'a>,
    },
    /// A refusal begins.
    RefusalOpen {
        /// The part's number.
        index: Option<u64>,
    },
    /// A refusal goes on.
    RefusalDelta {
        /// The part's number.
        index: Option<u64>,
        /// The next words.
        text: Text<'a>,
    },
    /// A tool call begins.
    ToolCallOpen {
        /// The part's number.
        index: Option<u64>,
        /// The call's number among the calls.
        call: Option<u64>,
        /// The call's name.
        id: Option<Text<'a>>,
        /// The tool.
        name: Option<Text<'a>>,
        /// The group of tools that the tool belongs to.
        #[vocabulary(derived)]
        namespace: Option<Text<'a>>,
        /// All of its arguments, if they come at once and are not told again.
        #[vocabulary(derived)]
        arguments: Option<Json<'a>>,
    },
    /// A tool call's arguments go on.
    ToolCallDelta {
        /// The part's number.
        index: Option<u64>,
        /// The call's number among the calls.
        call: Option<u64>,
        /// The next piece of the arguments' JSON text.
        arguments: Text<'a>,
    },
    /// Reasoning is whole. Faces that tell whole parts get this just before the part is closed.
    Reasoning {
        /// The part's number.
        index: Option<u64>,
        /// All of its words.
        text: Text<'a>,
        /// Proof for the vendor that the thoughts are its own.
        signature: Option<Text<'a>>,
    },
    /// A text is whole.
    Text {
        /// The part's number.
        index: Option<u64>,
        /// All of its words.
        text: Text<'a>,
        /// Where they come from.
        #[vocabulary(derived)]
        citations: Vec<Citation<'a>>,
    },
    /// A refusal is whole.
    Refusal {
        /// The part's number.
        index: Option<u64>,
        /// All of its words.
        text: Text<'a>,
    },
    /// A tool call is whole.
    ToolCall {
        /// The part's number.
        index: Option<u64>,
        /// The call's number among the calls.
        call: Option<u64>,
        /// The call's name.
        id: Option<Text<'a>>,
        /// The tool.
        name: Option<Text<'a>>,
        /// All of its arguments.
        arguments: Json<'a>,
        /// The group of tools that the tool belongs to.
        #[vocabulary(derived)]
        namespace: Option<Text<'a>>,
        /// Proof for the vendor that the thoughts behind the call are its own.
        #[vocabulary(derived)]
        signature: Option<Text<'a>>,
    },
    /// A call of a tool whose input is free text, whole.
    CustomToolCall {
        /// The part's number.
        index: Option<u64>,
        /// The call's name.
        id: Text<'a>,
        /// The tool.
        name: Text<'a>,
        /// Text in the tool's own format.
        input: Text<'a>,
    },
    /// A part ends.
    Close {
        /// The part's number.
        index: Option<u64>,
    },
    /// The model has ended.
    Finish {
        /// Why, if that is said in words that are known.
        finish_reason: Option<FinishReason>,
        /// The stop sequence that it met.
        stop_sequence: Option<Text<'a>>,
        /// The tokens that it took.
        usage: Option<Usage>,
    },
    /// The model was cut off. Where that is no step of its own, it has ended.
    Incomplete {
        /// What cut it off.
        finish_reason: Option<FinishReason>,
        /// The tokens that it took.
        usage: Option<Usage>,
    },
    /// The tokens that it took.
    Usage {
        /// Cumulative.
        usage: Usage,
    },
    /// Nothing more follows.
    End,
    /// A sign of life.
    Ping,
    /// Something went wrong; nothing more follows.
    Error {
        /// What kind of error.
        kind: Option<ErrorKind>,
        /// What happened, for a person.
        message: Text<'a>,
        /// The vendor's code.
        code: Option<Text<'a>>,
        /// The HTTP status that says what kind of error it is.
        #[vocabulary(derived)]
        status: Option<u64>,
    },
}

impl Step<'_> {
    /// The tokens that it tells of, if it does.
    pub fn usage(&self) -> Option<&Usage> {
        match self {
            Step::Start { usage, .. } | Step::Finish { usage, .. } | Step::Incomplete { usage, .. } => usage.as_ref(),
            Step::Usage { usage } => Some(usage),
            _ => None,
        }
    }
}
