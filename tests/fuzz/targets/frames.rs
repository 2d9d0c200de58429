//! The framing of streams alone: however a stream is cut, its frames are the same.

#![no_main]

#[path = "../../laws/drive.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod drive;
mod input;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((framing, cut, bytes)) = input::taken(data, &drive::framings(), |framing| framing.content_type()) {
        drive::frames(framing, bytes, cut);
    }
});
