//! What can go wrong with a call, told to a person.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use wireloom_schema::model::ErrorKind;

/// Why a call failed. Every `host` is a host with its port, and no text contains anything else of the URL, nor any
/// header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamError {
    /// The client itself could not be set up.
    Setup {
        /// What was missing or wrong.
        reason: Box<str>,
    },
    /// The request cannot be sent at all, for example because of the scheme of its URL.
    Request {
        /// The host that was to be called.
        host: Box<str>,
        /// What is wrong with the request.
        reason: Box<str>,
    },
    /// There are no credentials to sign the request with.
    Unsigned {
        /// The host that was to be called.
        host: Box<str>,
        /// Why there are none.
        reason: Box<str>,
    },
    /// No connection could be made, so the upstream has not seen the request.
    Connect {
        /// The host that was to be called.
        host: Box<str>,
        /// What happened instead.
        reason: Box<str>,
    },
    /// The connection was lost before an answer came, so the upstream may have seen the request.
    Unanswered {
        /// The host that was called.
        host: Box<str>,
        /// What happened instead.
        reason: Box<str>,
    },
    /// The upstream took too long.
    Timeout {
        /// The host that was called.
        host: Box<str>,
        /// What was waited for.
        wait: Wait,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The body of the answer died before its end.
    Broken {
        /// The host that was called.
        host: Box<str>,
        /// What happened to the body.
        reason: Box<str>,
    },
    /// The body of the answer is larger than the caller wants to read.
    TooLarge {
        /// The host that was called.
        host: Box<str>,
        /// The most bytes that were allowed.
        limit: usize,
    },
}

/// What was waited for in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A connection, which includes finding the address and agreeing on encryption.
    Connect,
    /// The head of the answer.
    FirstByte,
    /// The next bytes of the body.
    Idle,
}

impl UpstreamError {
    /// What kind of error it is to a client.
    pub fn kind(&self) -> ErrorKind {
        match self {
            UpstreamError::Timeout { .. } => ErrorKind::Timeout,
            _ => ErrorKind::Internal,
        }
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpstreamError::Setup { reason } => write!(f, "cannot set up calls to upstreams: {reason}"),
            UpstreamError::Request { host, reason } => write!(f, "cannot send the request to {host}: {reason}"),
            UpstreamError::Unsigned { host, reason } => write!(f, "cannot sign the request to {host}: {reason}"),
            UpstreamError::Connect { host, reason } => write!(f, "cannot connect to {host}: {reason}"),
            UpstreamError::Unanswered { host, reason } => write!(f, "{host} gave no answer: {reason}"),
            UpstreamError::Timeout { host, wait, limit } => match wait {
                Wait::Connect => write!(f, "cannot connect to {host} within {limit:?}"),
                Wait::FirstByte => write!(f, "{host} did not begin to answer within {limit:?}"),
                Wait::Idle => write!(f, "the answer of {host} stopped for more than {limit:?}"),
            },
            UpstreamError::Broken { host, reason } => write!(f, "the answer of {host} broke off: {reason}"),
            UpstreamError::TooLarge { host, limit } => {
                write!(f, "the answer of {host} is larger than {limit} bytes")
            }
        }
    }
}

impl Error for UpstreamError {}

/// The text of the innermost cause. The outer ones of an HTTP client only say where it was noticed, and may name the
/// URL.
pub(super) fn reason(error: &(dyn Error + 'static)) -> Box<str> {
    let mut cause = error;
    loop {
        // An input or output error that wraps another one skips it in its own chain of sources.
        let io = cause.downcast_ref::<io::Error>();
        let wrapped = io.and_then(io::Error::get_ref).map(|inner| inner as &(dyn Error + 'static));
        match wrapped.or_else(|| cause.source()) {
            Some(inner) => cause = inner,
            None => return io.map_or_else(|| cause.to_string(), told).into(),
        }
    }
}

/// The kind of an error reads the same on every system, and better than the system's own words, if it has a name.
fn told(error: &io::Error) -> String {
    /// What the standard library says of all others, such as that there are too many open files.
    const NAMELESS: &str = "uncategorized error";
    let kind = error.kind().to_string();
    if kind == NAMELESS { error.to_string() } else { kind }
}
