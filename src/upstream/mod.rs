//! Calls to upstream services over one pool of connections.

mod body;
mod client;
mod error;

pub use body::{BATCH, Body};
pub use client::{Answer, Call, Timeouts, Upstream};
pub use error::{UpstreamError, Wait};
