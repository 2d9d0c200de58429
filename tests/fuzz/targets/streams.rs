//! Streams of upstreams: framing, a provider's frames, the assembler, the frames of all faces.

#![no_main]

#[path = "../../laws/drive.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod drive;
mod input;

use wireloom::specs::Provider;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((provider, cut, bytes)) = input::taken(data, Provider::ALL, |provider| provider.facts().name) {
        drive::stream(provider, bytes, cut);
    }
});
