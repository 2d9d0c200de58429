//! A gateway between coding agents and language models whose providers are declared, not programmed.

pub mod cli;
pub mod config;
pub mod specs;
pub mod upstream;
pub mod wire;
