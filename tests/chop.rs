//! However a stream is cut into reads, the client is told the same, byte for byte.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use laws::{cases, provider, streamed};
use proptest::{collection::vec, prelude::*};
use wireloom::specs::Face;

#[test]
fn a_stream_cut_at_any_one_byte_is_told_the_same() {
    for case in cases("streams") {
        let (provider, bytes) = (provider(&case.folder), case.text.as_bytes());
        for face in Face::ALL {
            let whole = streamed(*face, provider, [bytes]);
            for at in 0..=bytes.len() {
                let (one, other) = bytes.split_at(at);
                assert_eq!(whole, streamed(*face, provider, [one, other]), "{} cut at {at}", case.name);
            }
            assert_eq!(whole, streamed(*face, provider, bytes.chunks(1)), "{} cut at every byte", case.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_cut_at_many_bytes_is_told_the_same(lengths in vec(0..200_usize, 1..200)) {
        for case in cases("streams") {
            let provider = provider(&case.folder);
            let mut rest = case.text.as_bytes();
            let mut reads = Vec::new();
            for length in &lengths {
                let (read, after) = rest.split_at((*length).min(rest.len()));
                reads.push(read);
                rest = after;
            }
            reads.push(rest);
            for face in Face::ALL {
                let whole = streamed(*face, provider, [case.text.as_bytes()]);
                prop_assert_eq!(whole, streamed(*face, provider, reads.iter().copied()), "{}", case.name);
            }
        }
    }
}
