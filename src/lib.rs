//! A gateway between coding agents and language models whose providers are declared, not programmed.

pub mod config;
pub mod demo;
pub mod specs;
pub mod upstream;
pub mod wire;
