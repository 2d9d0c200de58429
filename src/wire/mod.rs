//! What generated code stands on: framing, shapes, the writer, the layout of conversations.

pub mod assembler;
pub mod details;
mod escape;
pub mod frames;
pub mod id;
pub mod layout;
pub mod loose;
pub mod members;
pub mod parts;
pub mod path;
pub mod shape;
pub mod stream;
pub mod think;
pub mod writer;
