//! Why a custom router gives no answer.

use std::{fmt, time::Duration};

/// Why a custom router cannot be loaded or gives no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptError {
    /// Its file cannot be read.
    File {
        /// What is wrong.
        reason: String,
    },
    /// It threw: what it says, with the place where it stands.
    Thrown {
        /// The message and the calls that led there.
        message: String,
    },
    /// It took too long.
    Slow {
        /// The limit.
        limit: Duration,
    },
    /// It took too much memory.
    Greedy {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It promised an answer that never comes.
    Pending,
    /// Its answer is neither a route nor nothing.
    Odd {
        /// The type of the answer.
        kind: &'static str,
    },
    /// Too many requests wait for it.
    Busy,
    /// Its thread is gone.
    Gone,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { reason } => f.write_str(reason),
            Self::Thrown { message } => f.write_str(message),
            Self::Slow { limit } => write!(f, "it was stopped, for it took longer than {} ms", limit.as_millis()),
            Self::Greedy { limit } => write!(f, "it was stopped, for it took more than {} MiB of memory", limit >> 20),
            Self::Pending => f.write_str("it waits for something that never comes: there are no timers and no network"),
            Self::Odd { kind } => write!(f, "its answer is {kind}: it must be \"provider,model\", or null"),
            Self::Busy => f.write_str("too many requests wait for it"),
            Self::Gone => f.write_str("its thread has ended"),
        }
    }
}

impl std::error::Error for ScriptError {}
