//! How messages lie on the wire.

pub mod frames;
