//! The assembling of streamed answers: loose steps come in, well-formed ones go out.
//!
//! Upstreams send steps with gaps, with repeats and with their own numbers or none. An [`Assembler`] gives clients what
//! all of them understand: one start; parts one after the other, numbered from 0, each opened, continued and closed;
//! then why the model ended, the tokens that it took, and the end. An error may stand in the place of all that has not
//! been given yet. Words are handed on as they come; only pieces of tool calls that come while another call is open
//! are kept.

mod calls;
mod words;

use wireloom_schema::model::{ApiError, ErrorKind, FinishReason, Step, Text, Usage};

use self::calls::{Calls, Number, Progress};
use self::words::{Kind, Words};

/// What a client is told when an answer just stops.
const CUT: &str = "the upstream's stream ended before the answer was complete";

/// What a client is told of an answer that the upstream ends as failed.
pub const FAILED: &str = "the upstream says that its model failed";

/// What a client is told of an answer that no memory could hold.
const TOO_MANY: &str = "the upstream's answer holds more tool calls than can be kept";

/// How many bytes of names and of arguments that wait may be kept: no answer of a model comes near.
const MOST_KEPT: usize = 64 << 20;

/// How many calls an answer may have. Every step about a call looks through them.
const MOST_CALLS: usize = 4096;

/// Makes the loose steps of one answer well-formed.
#[derive(Debug, Default)]
pub struct Assembler {
    started: bool,
    over: bool,
    /// How many parts have been opened. Only the last can be open.
    parts: u64,
    open: Option<Open>,
    calls: Calls,
    /// How many bytes are kept: the names of calls, and the arguments of those that have yet to be given out.
    kept: usize,
    /// How many of the parts are calls.
    called: u64,
    usage: Usage,
    finish_reason: Option<FinishReason>,
    stop_sequence: Option<Text<'static>>,
    failed: bool, // the upstream has said so; what it says next may tell why
    /// The upstream's numbers of parts that had words.
    worded: Vec<u64>,
    unknown: u64,
}

/// The part that is open.
#[derive(Clone, Copy, Debug)]
enum Open {
    Words(Words),
    /// The call at that place.
    Call(usize),
}

impl Assembler {
    /// Begins a new answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one loose step and gives the well-formed steps that follow from it to `out`.
    pub fn step(&mut self, step: Step<'_>, out: &mut impl FnMut(&Step<'_>)) {
        if self.over {
            return;
        }
        match step {
            Step::Start { id, model, usage } => self.start(present(id), present(model), usage, out),
            Step::ReasoningOpen { index, text } => {
                self.announce(Kind::Reasoning, index, out);
                self.words(Kind::Reasoning, index, text.unwrap_or_default(), out);
            }
            Step::TextOpen { index, text } => {
                self.announce(Kind::Text, index, out);
                self.words(Kind::Text, index, text.unwrap_or_default(), out);
            }
            Step::RefusalOpen { index } => self.announce(Kind::Refusal, index, out),
            Step::ReasoningDelta { index, text } => self.words(Kind::Reasoning, index, text, out),
            Step::TextDelta { index, text } => self.words(Kind::Text, index, text, out),
            Step::RefusalDelta { index, text } => self.words(Kind::Refusal, index, text, out),
            Step::ReasoningSignature { index, signature } => self.sign(index, signature, out),
            Step::Citation { index, citation, .. } => self.cite(index, citation, out),
            grounding @ Step::Grounding { .. } => out(&grounding),
            Step::RedactedReasoning { data, .. } if data.is_empty() => {}
            Step::RedactedReasoning { data, .. } => {
                self.settle(out);
                let index = self.number(out);
                out(&Step::RedactedReasoning { index, data });
                out(&Step::Close { index });
            }
            Step::ToolCallOpen { index, call, id, name, arguments, .. } => {
                let (id, name) = (present(id), present(name));
                let before = self.calls.len();
                match self.calls.open(Number { index, call }, id.as_deref(), name.as_deref()) {
                    Some(_) if self.calls.len() > before => {
                        let named = [&id, &name].into_iter().flatten().map(|text| text.len()).sum();
                        if self.calls.len() > MOST_CALLS {
                            self.fail(ErrorKind::Internal, TOO_MANY, out);
                        } else if self.keeps(named, out) {
                            self.advance(out);
                        }
                    }
                    Some(_) => self.advance(out),
                    None => self.unknown += 1,
                }
                // Most say `{}` here and tell the arguments later.
                if let Some(arguments) = arguments.filter(|arguments| arguments.text().len() > "{}".len()) {
                    self.arguments(Number { index, call }, arguments.text().into(), out);
                }
            }
            Step::ToolCallDelta { index, call, arguments } => self.arguments(Number { index, call }, arguments, out),
            Step::Reasoning { index, text, signature } => {
                self.whole_words(Kind::Reasoning, index, text, out);
                self.sign(index, signature.unwrap_or_default(), out);
            }
            Step::Text { index, text, .. } => self.whole_words(Kind::Text, index, text, out),
            Step::Refusal { index, text } => self.whole_words(Kind::Refusal, index, text, out),
            Step::ToolCall { index, call, id, name, arguments, signature, .. } => {
                self.sign(None, signature.unwrap_or_default(), out);
                self.whole_call(Number { index, call }, present(id), present(name), arguments.text(), out);
            }
            Step::CustomToolCall { id, name, input, .. } => {
                self.settle(out);
                let index = self.number(out);
                self.called += 1;
                out(&Step::CustomToolCall { index, id, name, input });
                out(&Step::Close { index });
            }
            Step::Close { index } => self.close_named(index, out),
            Step::Finish { finish_reason: Some(FinishReason::Failed), .. } => self.failed = true,
            Step::Finish { finish_reason, stop_sequence, usage } => {
                // A second report only makes the first more precise.
                let finish_reason = finish_reason.unwrap_or(FinishReason::Stop);
                if self.finish_reason.is_none() || finish_reason != FinishReason::Stop {
                    self.finish_reason = Some(finish_reason);
                }
                if let Some(stop_sequence) = present(stop_sequence) {
                    self.stop_sequence = Some(stop_sequence.into_owned());
                }
                self.usage.update(&usage.unwrap_or_default());
            }
            Step::Incomplete { finish_reason, usage } => {
                self.finish_reason = Some(finish_reason.unwrap_or(FinishReason::Length));
                self.usage.update(&usage.unwrap_or_default());
            }
            Step::Usage { usage } => self.usage.update(&usage),
            Step::End if !self.failed => self.end(out),
            Step::Ping if self.started => out(&Step::Ping),
            Step::Ping | Step::End => {}
            Step::Error { kind, message, code, status } => {
                self.over = true;
                let mut error = ApiError { kind, message, code, param: None };
                status.into_iter().for_each(|status| error.set_status(status));
                let status = error.status();
                out(&Step::Error { kind: error.kind, message: error.message, code: error.code, status });
            }
        }
    }

    /// Ends the answer where the upstream's bytes end. If the upstream never said that the answer was complete, this
    /// gives an error and leaves open what is open, so that nobody takes a cut-off part for a whole one.
    pub fn finish(&mut self, out: &mut impl FnMut(&Step<'_>)) {
        if self.failed {
            self.fail(ErrorKind::Internal, FAILED, out);
        } else if self.finish_reason.is_none() {
            self.fail(ErrorKind::Internal, CUT, out);
        } else if !self.over {
            self.end(out);
        }
    }

    /// Ends the answer with an error because something broke while it was read.
    pub fn fail(&mut self, kind: ErrorKind, message: &str, out: &mut impl FnMut(&Step<'_>)) {
        self.step(Step::Error { kind: Some(kind), message: message.into(), code: None, status: None }, out);
    }

    /// Whether the end or an error has been given. All later steps are ignored.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The tokens as far as they are known.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Why the model ended, once that is known.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        self.finish_reason.map(|reason| reason.given_calls(self.called > 0))
    }

    /// How many steps belonged to nothing that clients could be told about.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Takes a start, which some upstreams repeat in every frame.
    fn start(
        &mut self,
        id: Option<Text<'_>>,
        model: Option<Text<'_>>,
        usage: Option<Usage>,
        out: &mut impl FnMut(&Step<'_>),
    ) {
        if let Some(usage) = usage {
            self.usage.update(&usage);
        }
        if !self.started && (id.is_some() || model.is_some() || usage.is_some_and(|usage| usage != Usage::default())) {
            self.begin(id, model, out);
        }
    }

    fn begin(&mut self, id: Option<Text<'_>>, model: Option<Text<'_>>, out: &mut impl FnMut(&Step<'_>)) {
        if !self.started {
            self.started = true;
            let usage = Some(self.usage).filter(|usage| *usage != Usage::default());
            out(&Step::Start { id, model, usage });
        }
    }

    /// Begins a new part and gives its number.
    fn number(&mut self, out: &mut impl FnMut(&Step<'_>)) -> Option<u64> {
        self.begin(None, None, out);
        self.parts += 1;
        self.current()
    }

    /// The number of the last part.
    fn current(&self) -> Option<u64> {
        self.parts.checked_sub(1)
    }

    /// Hands arguments on if their call is open, and keeps them if it has yet to be.
    fn arguments(&mut self, number: Number, arguments: Text<'_>, out: &mut impl FnMut(&Step<'_>)) {
        if arguments.is_empty() {
            return;
        }
        let Some(at) = self.calls.find(number) else {
            self.unknown += 1;
            return;
        };
        let call = self.calls.get(at);
        call.has_arguments = true;
        match call.progress {
            Progress::Open => {
                let (index, call) = (self.current(), self.called.checked_sub(1));
                out(&Step::ToolCallDelta { index, call, arguments });
            }
            Progress::Kept => {
                call.kept += 1;
                call.arguments.push_str(&arguments);
                self.keeps(arguments.len(), out);
            }
            Progress::Closed => self.unknown += 1,
        }
    }

    /// Takes a call that is whole, of which any piece may have come before.
    fn whole_call(
        &mut self,
        number: Number,
        id: Option<Text<'_>>,
        name: Option<Text<'_>>,
        arguments: &str,
        out: &mut impl FnMut(&Step<'_>),
    ) {
        let Some(at) = self.calls.open(number, id.as_deref(), name.as_deref()) else {
            self.unknown += 1;
            return;
        };
        self.advance(out);
        let call = self.calls.get(at);
        if !call.has_arguments {
            call.has_arguments = true;
            match call.progress {
                Progress::Open => {
                    let (index, call) = (self.current(), self.called.checked_sub(1));
                    out(&Step::ToolCallDelta { index, call, arguments: arguments.into() });
                }
                Progress::Kept => {
                    call.arguments.push_str(arguments);
                    if !self.keeps(arguments.len(), out) {
                        return;
                    }
                }
                Progress::Closed => {}
            }
        }
        match self.open {
            Some(Open::Call(open)) if open == at => {
                self.close(out);
                self.advance(out);
            }
            _ => self.calls.get(at).complete = true,
        }
    }

    /// Counts bytes that are kept, and ends the answer with an error if they are too many.
    fn keeps(&mut self, bytes: usize, out: &mut impl FnMut(&Step<'_>)) -> bool {
        self.kept += bytes;
        let fits = self.kept <= MOST_KEPT;
        if !fits {
            self.calls = Calls::default();
            self.open = None;
            self.fail(ErrorKind::Internal, TOO_MANY, out);
        }
        fits
    }

    /// Opens the next call that is ready, unless one is open. Those that are complete already are closed at once.
    fn advance(&mut self, out: &mut impl FnMut(&Step<'_>)) {
        while !matches!(self.open, Some(Open::Call(_))) {
            let Some(at) = self.calls.ready() else { return };
            self.close(out);
            if self.open_call(at, out) {
                self.close(out);
            }
        }
    }

    /// Closes what is open and gives out every call that is ready.
    fn settle(&mut self, out: &mut impl FnMut(&Step<'_>)) {
        self.close(out);
        while let Some(at) = self.calls.ready() {
            self.open_call(at, out);
            self.close(out);
        }
    }

    /// Opens a call with all that is kept of it, and says whether it is complete.
    fn open_call(&mut self, at: usize, out: &mut impl FnMut(&Step<'_>)) -> bool {
        let index = self.number(out);
        let number = Some(self.called);
        self.called += 1;
        self.open = Some(Open::Call(at));
        let call = self.calls.get(at);
        call.progress = Progress::Open;
        let id = Some(call.id.as_deref().map_or_else(|| crate::wire::id::mint("call_").into(), Text::from));
        let name = call.name.as_deref().map(Text::from);
        out(&Step::ToolCallOpen { index, call: number, id, name, namespace: None, arguments: None });
        let arguments = std::mem::take(&mut call.arguments);
        self.kept -= arguments.len();
        if !arguments.is_empty() {
            out(&Step::ToolCallDelta { index, call: number, arguments: arguments.into() });
        }
        call.complete
    }

    /// Closes the part that an upstream closes, or takes note that a kept call is complete.
    fn close_named(&mut self, index: Option<u64>, out: &mut impl FnMut(&Step<'_>)) {
        let number = match self.open {
            Some(Open::Words(words)) => words.number,
            Some(Open::Call(at)) => self.calls.get(at).number.index,
            None => None,
        };
        if index.is_none() || index == number {
            self.close(out);
            self.advance(out);
        } else if let Some(call) = index.and_then(|index| self.calls.kept_part(index)) {
            call.complete = true;
        }
    }

    /// Closes the open part, if there is one.
    fn close(&mut self, out: &mut impl FnMut(&Step<'_>)) {
        let Some(open) = self.open.take() else { return };
        if let Open::Call(at) = open {
            self.calls.get(at).progress = Progress::Closed;
        }
        out(&Step::Close { index: self.current() });
    }

    /// Gives all that belongs at the end of a complete answer.
    fn end(&mut self, out: &mut impl FnMut(&Step<'_>)) {
        self.settle(out);
        self.begin(None, None, out);
        // Nobody can run a call without the name of its tool.
        self.unknown += self.calls.kept();
        let finish_reason = self.finish_reason.unwrap_or(FinishReason::Stop).given_calls(self.called > 0);
        self.finish_reason = Some(finish_reason);
        let stop_sequence = self.stop_sequence.as_ref().map(Text::borrowed);
        out(&Step::Finish { finish_reason: Some(finish_reason), stop_sequence, usage: Some(self.usage) });
        out(&Step::Usage { usage: self.usage });
        out(&Step::End);
        self.over = true;
    }
}

/// Some upstreams write nothing as an empty text.
fn present(text: Option<Text<'_>>) -> Option<Text<'_>> {
    text.filter(|text| !text.is_empty())
}
