//! Broken bytes from clients and upstreams: whatever comes, nothing panics and what goes out is JSON.
//!
//! The short run of what `tests/fuzz` does for hours, on the stable tool chain: proptest picks the cases and what is
//! done to them, always the same, and shows the smallest that breaks something. `WIRELOOM_MUTATION_SEED` gives other
//! rounds, `WIRELOOM_MUTATION_SECONDS` more of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use std::{
    env,
    time::{Duration, Instant},
};

use laws::{
    Case, cases, drive, face,
    mutation::{Mutation, mutated, mutations},
};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use wireloom::specs::{Face, Provider};

/// The most rounds of one test, and the most seconds that they take.
const ROUNDS: u32 = 20_000;
const SECONDS: u64 = 6;

/// No bytes of this size take longer to translate, to one face or provider, without optimisation.
const LONGEST: Duration = Duration::from_secs(5);

#[test]
fn a_broken_request_is_refused_or_translated() {
    let cases = cases("requests");
    run(&cases, |case, bytes, which, _| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        // Every dialect's cases go to every face now and then.
        let face = if which.index(8) == 0 { *which.get(Face::ALL) } else { face(&case.folder) };
        let (every, first) = (Provider::ALL.len().div_ceil(4), which.index(Provider::ALL.len()));
        drive::request(face, text, Provider::ALL.iter().copied().skip(first % every).step_by(every));
    });
}

#[test]
fn a_broken_answer_is_refused_or_translated() {
    let cases = cases("responses");
    run(&cases, |_, bytes, which, _| drive::response(*which.get(Provider::ALL), bytes));
}

#[test]
fn a_broken_stream_ends_in_an_error_or_is_translated() {
    let cases = cases("streams");
    run(&cases, |_, bytes, which, cut| drive::stream(*which.get(Provider::ALL), bytes, cut.index(bytes.len() + 1)));
}

#[test]
fn a_broken_framing_gives_the_same_however_it_is_cut() {
    let cases = cases("streams");
    let framings = drive::framings();
    run(&cases, |_, bytes, which, cut| drive::frames(*which.get(&framings), bytes, cut.index(bytes.len() + 1)));
}

/// Breaks cases and gives them to `drive`, with which of several things is meant and where a stream is cut.
fn run(cases: &[Case], drive: impl Fn(&Case, &[u8], &Index, &Index)) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("WIRELOOM_MUTATION_SEED").unwrap_or(0);
    let seconds = number("WIRELOOM_MUTATION_SECONDS").unwrap_or(SECONDS);
    let rounds = if seconds > SECONDS { u32::MAX } else { ROUNDS };
    println!("seed {seed}");

    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let values = (any::<Index>(), any::<Index>(), mutations(), any::<Index>(), any::<Index>());
    let (end, mut round) = (Instant::now() + Duration::from_secs(seconds), 0);
    let mut runner = TestRunner::new_with_rng(config, rng);
    while round < rounds && Instant::now() < end {
        round += 1;
        let tree = values.new_tree(&mut runner).unwrap();
        let checked = runner.run_one(tree, |(case, other, mutations, which, cut): (_, _, Vec<Mutation>, _, _)| {
            let (case, other) = (case.get(cases), other.get(cases));
            let bytes = mutated(&case.text, &other.text, &mutations);
            let began = Instant::now();
            drive(case, &bytes, &which, &cut);
            prop_assert!(began.elapsed() < LONGEST, "{:?} for {} bytes", began.elapsed(), bytes.len());
            Ok(())
        });
        if let Err(error) = checked {
            panic!("seed {seed}, round {round}: {error}");
        }
    }
    println!("{round} rounds");
}
