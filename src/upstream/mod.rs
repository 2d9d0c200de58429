//! Calls to upstream services over one pool of connections.

mod body;
mod client;
mod error;
mod proxy;
mod sign;

pub use body::{BATCH, Body};
pub use client::{Answer, Call, Timeouts, Upstream};
pub use error::{UpstreamError, Wait};
pub use proxy::Proxies;
pub use sign::{Gcp, Signer, Sigv4};
