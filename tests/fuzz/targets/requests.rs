//! Bytes from clients: a face reads them, providers are sent what it read.

#![no_main]

#[path = "../../laws/drive.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod drive;
mod input;

use wireloom::specs::{Face, Provider};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((face, first, bytes)) = input::taken(data, Face::ALL, |face| face.facts().name) else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // A few of the providers, so that a round stays short.
    let every = Provider::ALL.len().div_ceil(4);
    drive::request(face, text, Provider::ALL.iter().copied().skip(first % every).step_by(every));
});
