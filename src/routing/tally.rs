//! Noting how long a session is, from the usage that its answers tell.

use std::{fmt, sync::Arc};

use wireloom_schema::model::Usage;

use super::Sessions;

/// The session of an answer, which is as long as the answer's usage says.
#[derive(Clone)]
pub struct Tally {
    sessions: Arc<Sessions>,
    session: Arc<str>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tally({})", self.session)
    }
}

impl Tally {
    pub(super) fn new(sessions: Arc<Sessions>, session: &str) -> Self {
        Self { sessions, session: session.into() }
    }

    /// Notes the usage of an answer that is over, if it told any.
    pub fn note(&self, usage: &Usage) {
        if let Some(input) = usage.input.filter(|input| *input > 0) {
            self.sessions.note(&self.session, input);
        }
    }
}
