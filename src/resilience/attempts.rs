//! What was tried for a request.

use std::time::Duration;

use super::{key::Block, trouble::Trouble};

/// One call, or the reason why a candidate was not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which of the candidates.
    pub candidate: usize,
    /// Which of its keys, if it was called.
    pub key: Option<usize>,
    /// How it went.
    pub end: End,
    /// The status of the answer, where that is not one of success.
    pub status: Option<u16>,
    /// How long it took until the answer began or failed.
    pub took: Duration,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was answered.
    Served,
    /// It failed.
    Failed(Trouble),
    /// It was not made.
    Passed(Block),
}

impl End {
    /// In a few words, for people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Failed(trouble) => trouble.told(),
            Self::Passed(block) => block.told(),
        }
    }
}
