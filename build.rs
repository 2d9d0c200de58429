//! Compiles the specs under `providers/` into declarations.

fn main() {}
