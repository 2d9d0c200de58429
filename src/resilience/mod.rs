//! Staying up: who else answers when a provider does not.
//!
//! | what happens | to the key | to the breaker | the same provider again | another provider |
//! | --- | --- | --- | --- | --- |
//! | no connection, a connection lost, a stream that breaks off before its first content, 408, 5xx | | counts | after a wait | yes |
//! | 503, 529, an overload told in an answer with status 200 | | counts | after a wait | yes |
//! | the answer does not begin in time | | counts | no | yes |
//! | 429 | rests for that model | | with another key at once, else after the wait that is asked for | yes |
//! | 402, or a spent quota | rests for all models | | with another key at once | yes |
//! | 401 | is set aside | | with another key at once | yes |
//! | 403 | is set aside if another key serves | | with another key at once | yes |
//! | 404, redirections | | | no | yes |
//! | an answer with nothing in it | | | no | yes; if there is none, the client gets it |
//! | 413, or words that say that the context is too small | | | no | those with a larger known context |
//! | 400, 422 and all else that is the client's own mistake | | | no | no |
//!
//! All of this is policy over [`pursuit::Caller`], which makes the calls, and over tokio's clock: it runs the same in a
//! simulation.

pub mod answer;
pub mod attempts;
pub mod breaker;
pub mod failure;
pub mod gate;
pub mod health;
pub mod key;
pub mod places;
pub mod pursuit;
pub mod session;
pub mod trouble;
pub mod wait;
