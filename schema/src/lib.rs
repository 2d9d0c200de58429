//! What wireloom is made of before a request arrives: the unified model that everything is translated to and from,
//! the spec language with its compiler, and diagnostics for people.

#[cfg(feature = "config")]
pub mod config;
pub mod diagnostic;
pub mod document;
pub mod model;
#[cfg(feature = "config")]
pub mod preset;
pub mod spec;
pub mod subset;
