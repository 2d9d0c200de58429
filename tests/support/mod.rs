//! What the tests of the running gateway share: the gateway itself, a client, and an upstream that follows a script.
//! All three are blocking and read with a time limit, so that no test hangs.

pub(crate) mod client;
pub(crate) mod gateway;
pub(crate) mod http;
pub(crate) mod sse;
pub(crate) mod upstream;
