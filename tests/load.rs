//! The gateway under load: a storm of mixed requests, and many streams that wait. Short ones run with all other tests; long
//! ones when they are asked for, against a program of one's choice:
//!
//! ```console
//! $ cargo build --release
//! $ WIRELOOM=target/release/wireloom STORM_SECONDS=900 cargo test --test load -- --ignored --nocapture storm
//! $ WIRELOOM=target/release/wireloom IDLE_STREAMS=10000 cargo test --test load -- --ignored --nocapture idle
//! ```
//!
//! What is asserted holds on any machine, however busy: that nothing is lost, and that memory stays.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "the gateway's tests use all of it")]
mod support;

#[path = "load/client.rs"]
mod client;
#[path = "load/idle.rs"]
mod idle;
#[path = "load/mock.rs"]
mod mock;
#[path = "load/process.rs"]
mod process;
#[path = "load/storm.rs"]
mod storm;

/// A number from the environment.
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}
