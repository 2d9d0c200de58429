//! What is noted of an answer on its way to the client: the tokens that it takes, and the error that ends it.

use wireloom_schema::model::{ErrorKind, FinishReason, Response, Step, Usage};

use crate::{gateway::Destination, records::Draft, routing::Tally, token_speed::Watch};

/// Hears what one answer tells of itself, for those who want to know: the session's length, and the record of the
/// request. However the answer ends, what was heard until then is noted when this is dropped.
#[derive(Debug, Default)]
pub struct Meter {
    tally: Option<Tally>,
    record: Option<Draft>,
    speed: Option<Watch>,
    heard: Heard,
}

/// What was heard so far.
#[derive(Debug, Default)]
struct Heard {
    usage: Usage,
    /// The tokens of the turns before this one.
    before: Usage,
    failure: Option<ErrorKind>,
    finish: Option<FinishReason>,
    /// How many bytes of text were heard.
    text: u64,
    /// How many bytes a frame has around its text.
    around: u64,
}

impl Meter {
    /// For a record.
    pub fn recorded(record: Draft) -> Self {
        Self { tally: None, record: Some(record), speed: None, heard: Heard::default() }
    }

    /// For the length of a session too, if anybody wants to know that.
    pub fn tally(&mut self, tally: Option<Tally>) {
        self.tally = tally;
    }

    /// For the speed of the answer too, if anybody wants to know that.
    pub fn speed(&mut self, speed: Option<Watch>) {
        self.speed = speed;
    }

    /// Another one for the same, that has heard nothing yet: each call to a provider has its own.
    pub fn fresh(&self) -> Self {
        let (tally, record) = (self.tally.clone(), self.record.clone());
        Self { tally, record, speed: self.speed.as_ref().map(Watch::fresh), heard: Heard::default() }
    }

    /// The same for the call to a destination.
    pub fn toward(&self, destination: &Destination) -> Self {
        let speed = self.speed.as_ref().map(|speed| speed.toward(destination));
        Self { tally: self.tally.clone(), record: self.record.clone(), speed, heard: Heard::default() }
    }

    /// The same of a turn behind others, which took these tokens.
    pub fn behind(mut self, before: Usage) -> Self {
        self.heard.before = before;
        self
    }

    /// The record of the request, if there is one.
    pub fn record(&self) -> Option<&Draft> {
        self.record.as_ref()
    }

    /// Whether nobody wants to know anything.
    pub fn is_idle(&self) -> bool {
        self.tally.is_none() && self.record.is_none() && self.speed.is_none()
    }

    /// Whether somebody wants to hear each step, and not only what tells of tokens and errors.
    pub fn hears_all(&self) -> bool {
        self.speed.is_some()
    }

    /// Hears a step of a stream.
    pub fn step(&mut self, step: &Step<'_>) {
        if let Some(usage) = step.usage() {
            self.usage(usage);
        }
        self.heard.text += text_of(step).map_or(0, str::len) as u64;
        if let (Some(speed), Some(text)) = (&mut self.speed, text_of(step)) {
            speed.hear(text);
        }
        match step {
            Step::Start { model: Some(model), .. } => self.served(model),
            Step::Finish { finish_reason: Some(reason), .. } | Step::Incomplete { finish_reason: Some(reason), .. }
                if *reason != FinishReason::Failed =>
            {
                self.finished(*reason);
            }
            Step::Error { kind, .. } => self.failed(kind.unwrap_or(ErrorKind::Internal)),
            Step::Finish { finish_reason: Some(FinishReason::Failed), .. } => self.failed(ErrorKind::Internal),
            _ => {}
        }
    }

    /// How many bytes of text were heard.
    pub fn text(&self) -> u64 {
        self.heard.text
    }

    /// A frame of so many bytes was read, before which so many bytes of text had been heard.
    pub fn read(&mut self, frame: usize, before: u64) {
        if self.heard.around == 0 && self.heard.text > before {
            self.heard.around = (frame as u64).saturating_sub(self.heard.text - before);
        }
    }

    /// A frame of so many bytes has passed unread: it has about as much around its text as the first with a text.
    pub fn unread(&mut self, frame: usize) {
        if self.heard.around > 0 {
            self.heard.text += (frame as u64).saturating_sub(self.heard.around);
        }
    }

    /// Hears why the model ended.
    pub fn finished(&mut self, reason: FinishReason) {
        self.heard.finish = Some(reason);
    }

    /// Hears which model answers.
    fn served(&self, model: &str) {
        self.record.iter().filter(|record| record.is_traced()).for_each(|record| record.served(model));
    }

    /// Hears a whole answer.
    pub fn whole(&mut self, response: &Response<'_>) {
        response.model.iter().for_each(|model| self.served(model));
        response.usage.iter().for_each(|usage| self.usage(usage));
        response.finish_reason.iter().for_each(|reason| self.finished(*reason));
    }

    /// Hears of tokens.
    pub fn usage(&mut self, usage: &Usage) {
        self.heard.usage.update(usage);
    }

    /// Hears of an error. What went wrong first counts.
    pub fn failed(&mut self, kind: ErrorKind) {
        self.heard.failure.get_or_insert(kind);
    }

    /// The client gets all of the answer, though nobody may ask for its end.
    pub fn done(&self) {
        self.record.iter().for_each(Draft::done);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(tally) = &self.tally {
            tally.note(&self.heard.usage);
        }
        if let Some(speed) = &mut self.speed {
            speed.end(&self.heard.usage);
        }
        let Some(record) = &self.record else { return };
        if self.heard.usage != Usage::default() {
            record.used(&self.heard.before.and(&self.heard.usage));
        }
        if self.heard.text > 0 {
            record.heard(self.heard.text);
        }
        if let Some(reason) = self.heard.finish {
            record.finished(reason);
        }
        if let Some(kind) = self.heard.failure {
            record.failed(kind);
        }
    }
}

/// The text that a step brings. What is told whole was told in pieces before.
fn text_of<'s>(step: &'s Step<'_>) -> Option<&'s str> {
    match step {
        Step::TextDelta { text, .. }
        | Step::ReasoningDelta { text, .. }
        | Step::RefusalDelta { text, .. }
        | Step::TextOpen { text: Some(text), .. }
        | Step::ReasoningOpen { text: Some(text), .. }
        | Step::ToolCallDelta { arguments: text, .. } => Some(text),
        _ => None,
    }
}
