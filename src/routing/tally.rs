//! Noting how long a session is, from the usage that its answers tell.

use std::{fmt, sync::Arc};

use wireloom_schema::model::{Step, Usage};

use super::Sessions;

/// The usage of one answer, noted for its session when the answer is over.
#[derive(Clone)]
pub struct Tally {
    sessions: Arc<Sessions>,
    session: Box<str>,
    usage: Usage,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tally({})", self.session)
    }
}

impl Tally {
    pub(super) fn new(sessions: Arc<Sessions>, session: &str) -> Self {
        Self { sessions, session: session.into(), usage: Usage::default() }
    }

    /// Takes what a step tells of usage.
    pub fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Start { usage: Some(usage), .. }
            | Step::Finish { usage: Some(usage), .. }
            | Step::Incomplete { usage: Some(usage), .. }
            | Step::Usage { usage } => self.usage.update(usage),
            _ => {}
        }
    }

    /// Takes the usage of a whole answer.
    pub fn usage(&mut self, usage: &Usage) {
        self.usage.update(usage);
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        if let Some(input) = self.usage.input.filter(|input| *input > 0) {
            self.sessions.note(&self.session, input);
        }
    }
}
