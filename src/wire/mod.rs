//! How messages lie on the wire.

pub mod assembler;
pub mod frames;
