//! x

pub mod upstream;
pub mod wire;
