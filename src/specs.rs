//! The specs that are compiled in, as build.rs wrote them: [`Face`], [`Provider`], and a module for each spec.

#![allow(missing_docs, reason = "generated")]

use wireloom_schema::{
    config::{LongPriceConfig, PriceConfig},
    model::{ApiError, Catalog, ErrorKind, PartKind, Request, Response, Step, TokenCount},
    subset::Subset,
};

use crate::{
    fit::demands::{Demands, TextRule},
    tokens::{ImageWeight, Weights},
    wire::{
        frames::Framing,
        stream::{Auth, Counting, Facts, ModelFacts, Peek, Places, Way},
        writer::Writer,
    },
};

include!(concat!(env!("OUT_DIR"), "/specs.rs"));

/// The Rust that was generated, for `spec expand`.
pub const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/specs.rs"));

/// The specs themselves, as paths and texts: what `wireloom spec` looks at and checks others against.
pub const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));
