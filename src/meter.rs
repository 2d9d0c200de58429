//! What is noted of an answer on its way to the client: the tokens that it takes, and the error that ends it.

use wireloom_schema::model::{ErrorKind, FinishReason, Step, Usage};

use crate::{records::Draft, routing::Tally};

/// Hears what one answer tells of itself, for those who want to know: the session's length, and the record of the
/// request. However the answer ends, what was heard until then is noted when this is dropped.
#[derive(Debug, Default)]
pub struct Meter {
    tally: Option<Tally>,
    record: Option<Draft>,
    usage: Usage,
    /// The tokens of the turns before this one.
    before: Usage,
    failure: Option<ErrorKind>,
}

impl Meter {
    /// For a record.
    pub fn recorded(record: Draft) -> Self {
        let (usage, before) = (Usage::default(), Usage::default());
        Self { tally: None, record: Some(record), usage, before, failure: None }
    }

    /// For the length of a session too, if anybody wants to know that.
    pub fn tally(&mut self, tally: Option<Tally>) {
        self.tally = tally;
    }

    /// Another one for the same, that has heard nothing yet: each call to a provider has its own.
    pub fn fresh(&self) -> Self {
        let (tally, record) = (self.tally.clone(), self.record.clone());
        Self { tally, record, usage: Usage::default(), before: Usage::default(), failure: None }
    }

    /// The same of a turn behind others, which took these tokens.
    pub fn behind(mut self, before: Usage) -> Self {
        self.before = before;
        self
    }

    /// The record of the request, if there is one.
    pub fn record(&self) -> Option<&Draft> {
        self.record.as_ref()
    }

    /// Whether nobody wants to know anything.
    pub fn is_idle(&self) -> bool {
        self.tally.is_none() && self.record.is_none()
    }

    /// Hears a step of a stream.
    pub fn step(&mut self, step: &Step<'_>) {
        if let Some(usage) = step.usage() {
            self.usage(usage);
        }
        match step {
            Step::Error { kind, .. } => self.failed(kind.unwrap_or(ErrorKind::Internal)),
            Step::Finish { finish_reason: Some(FinishReason::Failed), .. } => self.failed(ErrorKind::Internal),
            _ => {}
        }
    }

    /// Hears of tokens.
    pub fn usage(&mut self, usage: &Usage) {
        self.usage.update(usage);
    }

    /// Hears of an error. What went wrong first counts.
    pub fn failed(&mut self, kind: ErrorKind) {
        self.failure.get_or_insert(kind);
    }

    /// The client gets all of the answer, though nobody may ask for its end.
    pub fn done(&self) {
        self.record.iter().for_each(Draft::done);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(tally) = &self.tally {
            tally.note(&self.usage);
        }
        let Some(record) = &self.record else { return };
        if self.usage != Usage::default() {
            record.used(&self.before.and(&self.usage));
        }
        if let Some(kind) = self.failure {
            record.failed(kind);
        }
    }
}
