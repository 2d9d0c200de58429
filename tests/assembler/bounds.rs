//! What no upstream can make the assembler keep, or do for hours.

use std::time::{Duration, Instant};

use wireloom::wire::assembler::Assembler;
use wireloom_schema::model::Step;

use crate::steps::{arguments, call};

/// Gives steps until the answer is over, and says how many that took and what was told last.
fn told_last<'a>(steps: impl Iterator<Item = Step<'a>>) -> (usize, String) {
    let (mut assembler, mut last, mut taken) = (Assembler::new(), String::new(), 0);
    for step in steps {
        assembler.step(step, &mut |step| last = format!("{step:?}"));
        taken += 1;
        if assembler.is_over() {
            break;
        }
    }
    (taken, last)
}

#[test]
fn arguments_that_wait_without_end_are_an_error() {
    let piece = "x".repeat(1 << 20);
    let opened = [call(Some(0), Some("a"), Some("f")), call(Some(1), Some("b"), Some("g"))];
    let endless = std::iter::repeat_with(|| arguments(Some(1), &piece));
    let (taken, last) = told_last(opened.into_iter().chain(endless));
    assert_eq!(taken, 2 + 64, "{last}");
    assert!(last.contains("more tool calls than can be kept"), "{last}");
}

#[test]
fn arguments_that_are_given_out_may_be_of_any_length() {
    let piece = "x".repeat(1 << 20);
    let opened = [call(Some(0), Some("a"), Some("f"))];
    let (taken, last) = told_last(opened.into_iter().chain((0..200).map(|_| arguments(Some(0), &piece))));
    assert_eq!(taken, 201);
    assert!(last.starts_with("ToolCallDelta"), "{:.80}", last);
}

#[test]
fn calls_without_end_are_an_error_and_soon() {
    let began = Instant::now();
    let ids: Vec<String> = (0..10_000).map(|number| format!("call_{number}")).collect();
    let (taken, last) = told_last(ids.iter().map(|id| call(None, Some(id), None)));
    assert_eq!(taken, 4097, "{last}");
    assert!(last.contains("more tool calls than can be kept"), "{last}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn names_of_calls_without_end_are_an_error() {
    let name = "n".repeat(1 << 20);
    let numbered = (0..).map(|number| call(Some(number), Some("a"), Some(&name)));
    let (taken, last) = told_last(numbered);
    assert_eq!(taken, 64, "{last}");
}
