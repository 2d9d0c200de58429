//! Whole answers and errors of upstreams: a provider reads them, all faces tell them.

#![no_main]

#[path = "../../laws/drive.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod drive;
mod input;

use wireloom::specs::Provider;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((provider, _, bytes)) = input::taken(data, Provider::ALL, |provider| provider.facts().name) {
        drive::response(provider, bytes);
    }
});
