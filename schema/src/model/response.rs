//! What a model answers.

use wireloom_macros::Vocabulary;

use super::{Message, Part, Role, Text};

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
#[vocabulary(view(messages: Vec<Message>, status: AnswerStatus, citations: Vec<Citation>, grounding: Grounding))]
pub struct Response<'a> {
    /// The provider's name for the answer.
    pub id: Option<Text<'a>>,
    /// The model that answered.
    pub model: Option<Text<'a>>,
    /// When, in seconds since 1970.
    pub created: Option<u64>,
    /// What it said.
    pub parts: Vec<Part<'a>>,
    /// Why it ended.
    pub finish_reason: Option<FinishReason>,
    /// The stop sequence that it met.
    pub stop_sequence: Option<Text<'a>>,
    /// The tokens that it took.
    pub usage: Option<Usage>,
}

impl<'a> Response<'a> {
    /// What is said as a message of a conversation.
    pub fn messages(&self) -> Vec<Message<'a>> {
        vec![Message { role: Role::Assistant, parts: self.parts.clone() }]
    }

    /// Takes what is said from messages.
    pub fn set_messages(&mut self, messages: Vec<Message<'a>>) {
        let spoken = messages.into_iter().filter(|message| message.role == Role::Assistant);
        self.parts = spoken.flat_map(|message| message.parts).collect();
    }

    /// How far the answer is, and whether it was cut off.
    pub fn status(&self) -> Option<AnswerStatus> {
        Some(match self.finish_reason {
            None => AnswerStatus::InProgress,
            Some(reason) if reason.cuts_off() => AnswerStatus::Incomplete,
            Some(_) => AnswerStatus::Completed,
        })
    }

    /// States how far the answer is, where nothing says why it ended.
    pub fn set_status(&mut self, status: AnswerStatus) {
        match status {
            AnswerStatus::InProgress => {}
            AnswerStatus::Completed => _ = self.finish_reason.get_or_insert(FinishReason::Stop),
            AnswerStatus::Incomplete => _ = self.finish_reason.get_or_insert(FinishReason::Length),
        }
    }

    /// Whether the model calls a tool.
    pub fn calls_tools(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }))
    }
}

/// How far an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Vocabulary)]
pub enum AnswerStatus {
    /// More will come.
    InProgress,
    /// The model had said all.
    Completed,
    /// The model was cut off.
    Incomplete,
}

/// How many tokens a request has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Vocabulary)]
pub struct TokenCount {
    /// All of its input.
    pub input: u64,
}

/// The models that a gateway offers.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
pub struct Catalog<'a> {
    /// All of them.
    pub models: Vec<Model<'a>>,
}

/// A model that a gateway offers.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
pub struct Model<'a> {
    /// The name to ask for it by.
    pub id: Text<'a>,
    /// Its name for people.
    pub name: Text<'a>,
    /// The provider that has it.
    pub provider: Text<'a>,
}

/// Why the model ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Vocabulary)]
pub enum FinishReason {
    /// It had said all.
    Stop,
    /// It met a stop sequence.
    StopSequence,
    /// It reached the most tokens allowed.
    Length,
    /// It calls tools.
    ToolCalls,
    /// The vendor's filter cut it off.
    ContentFilter,
    /// It declined.
    Refusal,
    /// A long answer is paused, to be continued by sending it back.
    Pause,
    /// The conversation no longer fits the model's context.
    ContextExceeded,
    /// It broke down: whoever reads this tells an error in the place of an end.
    #[vocabulary(derived)]
    Failed,
}

impl FinishReason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        FinishReason::Stop,
        FinishReason::StopSequence,
        FinishReason::Length,
        FinishReason::ToolCalls,
        FinishReason::ContentFilter,
        FinishReason::Refusal,
        FinishReason::Pause,
        FinishReason::ContextExceeded,
        FinishReason::Failed,
    ];

    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            FinishReason::Stop => "stop",
            FinishReason::StopSequence => "stop_sequence",
            FinishReason::Length => "length",
            FinishReason::ToolCalls => "tool_calls",
            FinishReason::ContentFilter => "content_filter",
            FinishReason::Refusal => "refusal",
            FinishReason::Pause => "pause",
            FinishReason::ContextExceeded => "context_exceeded",
            FinishReason::Failed => "failed",
        }
    }

    /// Whether the model would have gone on.
    pub fn cuts_off(self) -> bool {
        matches!(self, FinishReason::Length | FinishReason::ContentFilter | FinishReason::ContextExceeded)
    }

    /// The reason, where `called` says that the answer calls tools: some APIs say stop for that too.
    pub fn given_calls(self, called: bool) -> Self {
        match self {
            FinishReason::Stop if called => FinishReason::ToolCalls,
            reason => reason,
        }
    }
}

/// Tokens. `input` counts cached tokens, `output` counts reasoning; views show them without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Vocabulary)]
#[vocabulary(view(uncached_input: u64, cache_write_5m: u64, spoken: u64, total: u64))]
pub struct Usage {
    /// Read: all tokens of the request.
    pub input: Option<u64>,
    /// Of these, read from the vendor's prompt cache.
    pub cache_read: Option<u64>,
    /// Of these, written to the vendor's prompt cache.
    pub cache_write: Option<u64>,
    /// Of what was written to the cache, what it keeps for an hour and not for minutes.
    #[vocabulary(derived)]
    pub cache_write_1h: Option<u64>,
    /// Written: all tokens of the answer.
    pub output: Option<u64>,
    /// Of these, reasoning.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// The input without what was read from or written to the cache.
    pub fn uncached_input(&self) -> Option<u64> {
        Some(self.input?.saturating_sub(self.cached()))
    }

    /// States the input without cached tokens; the cache fields must be set before.
    pub fn set_uncached_input(&mut self, tokens: u64) {
        self.input = Some(tokens.saturating_add(self.cached()));
    }

    /// What the cache keeps for minutes, where it is known what it keeps for an hour.
    pub fn cache_write_5m(&self) -> Option<u64> {
        Some(self.cache_write?.saturating_sub(self.cache_write_1h?))
    }

    /// States what the cache keeps for minutes. All that is written to it is told beside, as a rule.
    pub fn set_cache_write_5m(&mut self, tokens: u64) {
        self.cache_write.get_or_insert(tokens.saturating_add(self.cache_write_1h.unwrap_or(0)));
    }

    /// The output without reasoning.
    pub fn spoken(&self) -> Option<u64> {
        Some(self.output?.saturating_sub(self.reasoning.unwrap_or(0)))
    }

    /// States the output without reasoning; the reasoning must be set before.
    pub fn set_spoken(&mut self, tokens: u64) {
        self.output = Some(tokens.saturating_add(self.reasoning.unwrap_or(0)));
    }

    /// Input and output.
    pub fn total(&self) -> Option<u64> {
        Some(self.input.unwrap_or(0).saturating_add(self.output?))
    }

    /// States input and output together, from which a missing one follows.
    pub fn set_total(&mut self, tokens: u64) {
        match (self.input, self.output) {
            (Some(input), None) => self.output = Some(tokens.saturating_sub(input)),
            (None, Some(output)) => self.input = Some(tokens.saturating_sub(output)),
            _ => {}
        }
    }

    /// Takes over what a later report states. Reports are cumulative, so an input that is not larger than the one known
    /// tells nothing new: some vendors repeat it at the end without what the cache had.
    pub fn update(&mut self, later: &Usage) {
        if later.input > self.input {
            self.input = later.input;
        }
        self.cache_read = later.cache_read.or(self.cache_read);
        self.cache_write = later.cache_write.or(self.cache_write);
        self.cache_write_1h = later.cache_write_1h.or(self.cache_write_1h);
        self.output = later.output.or(self.output);
        self.reasoning = later.reasoning.or(self.reasoning);
    }

    /// These tokens and those of another answer.
    pub fn and(&self, other: &Usage) -> Usage {
        let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
        };
        Usage {
            input: sum(self.input, other.input),
            cache_read: sum(self.cache_read, other.cache_read),
            cache_write: sum(self.cache_write, other.cache_write),
            cache_write_1h: sum(self.cache_write_1h, other.cache_write_1h),
            output: sum(self.output, other.output),
            reasoning: sum(self.reasoning, other.reasoning),
        }
    }

    fn cached(&self) -> u64 {
        self.cache_read.unwrap_or(0).saturating_add(self.cache_write.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_the_input_agree() {
        let mut usage = Usage { cache_read: Some(70), cache_write: Some(20), output: Some(5), ..Usage::default() };
        usage.set_uncached_input(10);
        assert_eq!((usage.input, usage.uncached_input(), usage.total()), (Some(100), Some(10), Some(105)));
    }

    #[test]
    fn a_later_report_keeps_what_it_does_not_state() {
        let mut usage = Usage { input: Some(100), cache_read: Some(70), output: Some(1), ..Usage::default() };
        usage.update(&Usage { input: Some(0), output: Some(42), ..Usage::default() });
        assert_eq!((usage.input, usage.cache_read, usage.output), (Some(100), Some(70), Some(42)));
    }
}
