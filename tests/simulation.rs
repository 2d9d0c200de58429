//! An hour with upstreams that fail, hang, limit and come back, in which the gateway's own loop asks them. Time is
//! tokio's and stands still but for what is waited for, and chance is seeded: each run is the same.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "simulation/hour.rs"]
mod hour;
#[path = "simulation/world.rs"]
mod world;

use std::time::Duration;

use hour::{Hour, Report};

#[track_caller]
fn check(report: &Report) {
    assert_eq!(report.lost, 0, "requests are lost that someone could have served: {report:?}");
    assert_eq!(report.intrusions, 0, "upstreams are called that have asked to be left alone: {report:?}");
    assert_eq!(report.repeated_mistakes, 0, "a client's own mistake is asked again: {report:?}");
}

#[test]
fn no_request_is_lost_that_anyone_could_have_served() {
    for seed in 1..=2 {
        let report = Hour::new(seed).run();
        check(&report);
        // It is an hour in which much goes wrong.
        assert!(report.asked > 3000, "{report:?}");
        assert!(report.failed_calls > report.asked / 4, "{report:?}");
        assert!(report.rescued > report.asked / 10, "{report:?}");
        assert!(report.hopeless > 0, "{report:?}");
        assert!(report.served * 100 > report.asked * 90, "{report:?}");
    }
}

#[test]
fn no_request_is_lost_under_a_deadline() {
    check(&Hour { deadline: Some(Duration::from_secs(60)), ..Hour::new(5) }.run());
}

#[test]
fn sessions_keep_their_keys() {
    let report = Hour::new(7).run();
    assert!(report.kept_keys * 100 > report.followed * 85, "{report:?}");
    assert!(report.keys_used > 4, "{report:?}");
}

#[test]
fn the_same_hour_is_the_same_again() {
    let log = |seed| Hour::new(seed).run().log;
    assert!(log(8) == log(8), "chance or time comes in from outside");
    assert!(log(8) != log(9));
}

#[test]
fn without_others_to_ask_requests_are_lost() {
    let report = Hour { candidates: 1, ..Hour::new(1) }.run();
    assert!(report.lost > 50, "the measure does not see losses: {report:?}");
}
