//! A gateway between coding agents and language models whose providers are declared, not programmed.

pub mod access;
pub mod agent;
pub mod attempt;
pub mod cli;
mod client;
pub mod config;
pub mod crossing;
pub mod demo;
pub mod doctor;
pub mod explanation;
pub mod extension;
pub mod fit;
pub mod gateway;
pub mod live;
pub mod logs;
pub mod meter;
pub mod observability;
mod passage;
pub mod pipeline;
pub mod presets;
mod private;
pub mod process;
pub mod provenance;
pub mod records;
pub mod redaction;
pub mod refusal;
pub mod relay;
pub mod resilience;
pub mod routing;
#[cfg(feature = "custom-router")]
pub mod script;
pub mod server;
pub mod service;
pub mod specs;
pub mod status_line;
pub mod telemetry;
pub mod telling;
pub mod token_speed;
pub mod tokens;
pub mod transform;
pub mod translation;
pub mod upstream;
pub mod wire;

pub use extension::Wireloom;
pub use wireloom_schema::model;
