//! One turn of a model, as it is heard: what the client may see passes on, calls are kept until all of it is known.

use wireloom_schema::model::{FinishReason, Json, Part, Response, Step, Text};

use crate::{
    crossing::ids,
    extension::{AnswerPass, Extension},
    telling::steps,
    wire::assembler::Assembler,
};

use super::{Conversation, Turn};

/// Hears a turn, behind the pass of the user's own.
pub(crate) struct TurnPass<X: Extension, A> {
    conversation: Conversation<X>,
    pass: A,
    heard: Heard,
}

/// What was heard of a turn.
#[derive(Default)]
struct Heard {
    assembler: Assembler,
    said: Said,
    /// Whether what was kept has been passed on, or is the agent's.
    settled: bool,
}

/// What was said in a turn.
#[derive(Default)]
struct Said {
    /// Its parts, as far as they are whole.
    parts: Vec<Part<'static>>,
    /// The part that is not yet whole, with the text of a call's arguments.
    open: Option<(Part<'static>, String)>,
    /// How many parts the client was told of, in all turns.
    told: u64,
    /// Why it ended, once it has.
    finish: Option<Finish>,
}

/// How a turn ends.
struct Finish {
    reason: Option<FinishReason>,
    stop_sequence: Option<Text<'static>>,
}

impl<X: Extension, A: AnswerPass> TurnPass<X, A> {
    /// Of a conversation's next turn.
    pub(crate) fn new(conversation: Conversation<X>, pass: A) -> Self {
        Self { conversation, pass, heard: Heard::default() }
    }

    /// Whether the model has said all of it.
    pub(crate) fn is_over(&self) -> bool {
        self.heard.said.finish.is_some()
    }

    /// What was said in a turn that has ended, if it calls the agent's tools; and the conversation, to be gone on with.
    pub(crate) fn calls(&mut self) -> Option<(Conversation<X>, Turn)> {
        let Self { conversation, heard, .. } = self;
        if heard.said.finish.is_none() || !calls(conversation, &heard.said.parts) {
            return None;
        }
        let mut parts = std::mem::take(&mut heard.said.parts);
        parts.retain(|part| match part {
            Part::ToolCall { name, .. } => conversation.owns(name),
            part => !matches!(part, Part::CustomToolCall { .. }),
        });
        ids::name(&mut parts);
        Some((conversation.clone(), Turn { parts, usage: heard.assembler.usage() }))
    }

    /// Begins the next turn.
    pub(crate) fn renew(&mut self, conversation: Conversation<X>, pass: A) {
        let said = Said { told: self.heard.said.told, ..Said::default() };
        *self = Self { conversation, pass, heard: Heard { said, ..Heard::default() } };
    }
}

/// Whether any part calls a tool of the agent's.
fn calls<X: Extension>(conversation: &Conversation<X>, parts: &[Part<'_>]) -> bool {
    parts.iter().any(|part| matches!(part, Part::ToolCall { name, .. } if conversation.owns(name)))
}

impl<X: Extension, A: AnswerPass> AnswerPass for TurnPass<X, A> {
    fn response(&mut self, response: &mut Response<'_>) {
        let Self { conversation, pass, heard } = self;
        pass.response(response);
        if calls(conversation, &response.parts) {
            let finish_reason = response.finish_reason.or(Some(FinishReason::ToolCalls));
            let response = Response { finish_reason, ..response.clone() };
            steps(response, &mut |step| heard.step(step, false, &mut |_| {}));
            heard.end(conversation, &mut |_| {});
        } else if conversation.goes_on() {
            let mut parts: Vec<Part<'_>> = conversation.told();
            parts.append(&mut response.parts);
            response.parts = parts;
            response.usage = Some(conversation.usage.and(&response.usage.unwrap_or_default()));
        }
    }

    fn step(&mut self, step: Step<'_>, next: &mut impl FnMut(Step<'_>)) {
        let Self { conversation, pass, heard } = self;
        let begins = !conversation.goes_on();
        pass.step(step, &mut |step| heard.step(step, begins, next));
    }

    fn end(&mut self, next: &mut impl FnMut(Step<'_>)) {
        let Self { conversation, pass, heard } = self;
        let begins = !conversation.goes_on();
        pass.end(&mut |step| heard.step(step, begins, next));
        heard.end(conversation, next);
    }
}

impl Heard {
    /// Hears a loose step. `begins` says whether the client has yet to be told that there is an answer.
    fn step(&mut self, step: Step<'_>, begins: bool, next: &mut impl FnMut(Step<'_>)) {
        let Self { assembler, said, .. } = self;
        assembler.step(step, &mut |step| said.hear(step, begins, next));
    }

    /// Passes on what was kept, unless the turn calls the agent's tools. One that stopped too soon stays without an end.
    fn end<X: Extension>(&mut self, conversation: &Conversation<X>, next: &mut impl FnMut(Step<'_>)) {
        let Self { assembler, said, settled } = self;
        if *settled || assembler.finish_reason().is_none() {
            return;
        }
        *settled = true;
        assembler.finish(&mut |step| said.hear(step, false, next));
        let Some(Finish { reason, stop_sequence }) = &said.finish else { return };
        if calls(conversation, &said.parts) {
            return;
        }
        for part in &said.parts {
            let index = Some(said.told);
            match part {
                Part::ToolCall { id, name, arguments, .. } => next(Step::ToolCall {
                    index,
                    call: None,
                    id: Some(id.borrowed()),
                    name: Some(name.borrowed()),
                    arguments: arguments.borrowed(),
                    namespace: None,
                    signature: None,
                }),
                Part::CustomToolCall { id, name, input } => {
                    let (id, name, input) = (id.borrowed(), name.borrowed(), input.borrowed());
                    next(Step::CustomToolCall { index, id, name, input });
                }
                _ => continue,
            }
            next(Step::Close { index });
            said.told += 1;
        }
        let usage = Some(conversation.usage.and(&assembler.usage()));
        let stop_sequence = stop_sequence.as_ref().map(Text::borrowed);
        next(Step::Finish { finish_reason: *reason, stop_sequence, usage });
        next(Step::End);
    }
}

impl Said {
    /// Hears a step in good order. Words pass on at once, under the number that their part has in the whole answer.
    fn hear(&mut self, step: &Step<'_>, begins: bool, next: &mut impl FnMut(Step<'_>)) {
        match step {
            Step::ReasoningOpen { text, .. } => {
                let index = self.opens(Part::Reasoning { text: Text::default(), signature: None });
                next(Step::ReasoningOpen { index, text: text.clone() });
            }
            Step::TextOpen { text, .. } => {
                let index = self.opens(Part::plain(""));
                next(Step::TextOpen { index, text: text.clone() });
            }
            Step::RefusalOpen { .. } => {
                let index = self.opens(Part::Refusal { text: Text::default() });
                next(Step::RefusalOpen { index });
            }
            Step::ReasoningDelta { text, .. } => {
                self.append(text);
                next(Step::ReasoningDelta { index: self.index(), text: text.borrowed() });
            }
            Step::TextDelta { text, .. } => {
                self.append(text);
                next(Step::TextDelta { index: self.index(), text: text.borrowed() });
            }
            Step::RefusalDelta { text, .. } => {
                self.append(text);
                next(Step::RefusalDelta { index: self.index(), text: text.borrowed() });
            }
            Step::ReasoningSignature { signature, .. } => {
                if let Some((Part::Reasoning { signature: own, .. }, _)) = &mut self.open {
                    *own = Some(signature.clone().into_owned());
                }
                next(Step::ReasoningSignature { index: self.index(), signature: signature.borrowed() });
            }
            Step::RedactedReasoning { data, .. } => {
                let index = self.opens(Part::RedactedReasoning { data: data.clone().into_owned() });
                next(Step::RedactedReasoning { index, data: data.borrowed() });
            }
            Step::Citation { number, citation, .. } => {
                next(Step::Citation { index: self.index(), number: *number, citation: citation.clone() });
            }
            Step::ToolCallOpen { id, name, .. } => {
                let owned = |text: &Option<Text<'_>>| text.clone().unwrap_or_default().into_owned();
                let (id, name, arguments) = (owned(id), owned(name), Json::EMPTY);
                let call = Part::ToolCall { id, name, arguments, namespace: None, signature: None, cache: None };
                self.open = Some((call, String::new()));
            }
            Step::ToolCallDelta { arguments, .. } => {
                if let Some((_, text)) = &mut self.open {
                    text.push_str(arguments);
                }
            }
            Step::CustomToolCall { id, name, input, .. } => {
                let owned = |text: &Text<'_>| text.clone().into_owned();
                let call = Part::CustomToolCall { id: owned(id), name: owned(name), input: owned(input) };
                self.open = Some((call, String::new()));
            }
            Step::Close { .. } => self.close(next),
            Step::Finish { finish_reason, stop_sequence, .. } => {
                let stop_sequence = stop_sequence.clone().map(Text::into_owned);
                self.finish = Some(Finish { reason: *finish_reason, stop_sequence });
            }
            Step::Start { .. } if !begins => {}
            // Told when the whole answer ends.
            Step::Usage { .. } | Step::End => {}
            step => next(step.clone()),
        }
    }

    /// Opens a part of which the client is told, and gives its number.
    fn opens(&mut self, part: Part<'static>) -> Option<u64> {
        self.open = Some((part, String::new()));
        self.told += 1;
        self.index()
    }

    /// The number of the part that the client was told of last.
    fn index(&self) -> Option<u64> {
        self.told.checked_sub(1)
    }

    fn append(&mut self, words: &str) {
        if let Some((Part::Reasoning { text, .. } | Part::Text { text, .. } | Part::Refusal { text }, _)) =
            &mut self.open
        {
            text.0.to_mut().push_str(words);
        }
    }

    fn close(&mut self, next: &mut impl FnMut(Step<'_>)) {
        let Some((mut part, text)) = self.open.take() else { return };
        match &mut part {
            Part::ToolCall { arguments, .. } if !text.is_empty() => *arguments = Json::from_embedded(text.into()),
            Part::ToolCall { .. } | Part::CustomToolCall { .. } => {}
            _ => next(Step::Close { index: self.index() }),
        }
        self.parts.push(part);
    }
}
