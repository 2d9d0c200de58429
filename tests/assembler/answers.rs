//! Starts, words, ends and errors.

use std::borrow::Cow;

use wireloom::wire::assembler::Assembler;
use wireloom_schema::model::{ErrorKind, FinishReason, Step, Text};

use crate::{expect, law::Law, steps::*};

#[test]
fn an_answer_in_good_order_stays_as_it_is() {
    expect(
        [
            start("a", "m"),
            reasoning_open(Some(0), None),
            reasoning(Some(0), "hm"),
            signature(Some(0), "s"),
            close(0),
            Step::Ping,
            text_open(Some(1), None),
            text(Some(1), "Hi"),
            citation(Some(1)),
            close(1),
            call_part(2, "c", "f"),
            part_arguments(2, "{}"),
            close(2),
            finish(FinishReason::ToolCalls),
        ],
        &[
            "start a m",
            "reasoning 0",
            "hm",
            "signed s",
            "close",
            "ping",
            "text 1",
            "Hi",
            "cites a",
            "close",
            "call 2",
            "{}",
            "close",
            "ToolCalls",
            "end",
        ],
    );
}

#[test]
fn only_the_first_start_that_says_anything_is_seen() {
    let empty = || Step::Start { id: Some("".into()), model: None, usage: None };
    let frames = (0..2000).flat_map(|_| [start("a", "m"), text(None, "x")]);
    let mut assembler = Assembler::new();
    let law = Law::of(&mut assembler, [empty(), usage(3, 0)].into_iter().chain(frames).chain([Step::End]));
    assert_eq!(law.log[..3], ["start a m", "text 0", "x"]);
    assert_eq!(law.log.len(), 2 + 2000 + 3);
}

#[test]
fn an_answer_without_a_start_is_given_one() {
    expect([text(None, "x")], &["start", "text 0", "x", "close", "Stop", "end"]);
    expect([], &["start", "Stop", "end"]);
}

#[test]
fn what_was_known_before_the_start_is_in_it() {
    let mut seen = None;
    let mut assembler = Assembler::new();
    assembler.step(usage(7, 1), &mut |_| unreachable!());
    assembler.step(start("a", "m"), &mut |step| {
        let Step::Start { usage, .. } = step else { panic!() };
        seen = *usage;
    });
    assert_eq!(seen, Some(tokens(7, 1)));
}

#[test]
fn parts_without_words_are_not_seen() {
    let steps = [text_open(Some(0), Some("")), text(Some(0), ""), close(0), Step::RefusalOpen { index: Some(1) }];
    expect(steps, &["start", "Stop", "end"]);
    let steps = [reasoning(None, "a"), text(None, ""), reasoning(None, "b")];
    expect(steps, &["start", "reasoning 0", "a", "b", "close", "Stop", "end"]);
}

#[test]
fn words_that_come_with_the_opening_are_seen() {
    let steps = [reasoning_open(None, Some("a")), reasoning(None, "b"), text_open(None, Some("c"))];
    expect(steps, &["start", "reasoning 0", "a", "b", "close", "text 1", "c", "close", "Stop", "end"]);
}

#[test]
fn a_signature_without_thoughts_is_seen() {
    let steps = [reasoning_open(Some(0), None), signature(Some(0), "s"), signature(Some(0), "t"), close(0)];
    let (assembler, _) = expect(steps, &["start", "reasoning 0", "signed s", "close", "Stop", "end"]);
    assert_eq!(assembler.unknown(), 1);
}

#[test]
fn a_signature_ends_a_thought() {
    let steps = [reasoning(None, "a"), signature(None, "s"), reasoning(None, "b"), signature(None, "t")];
    expect(
        steps,
        &["start", "reasoning 0", "a", "signed s", "close", "reasoning 1", "b", "signed t", "close", "Stop", "end"],
    );
}

#[test]
fn encrypted_thoughts_are_a_part_of_their_own() {
    let redacted = Step::RedactedReasoning { index: Some(0), data: "x".into() };
    let steps = [text(None, "a"), redacted, close(0), refusal(None, "no")];
    expect(steps, &["start", "text 0", "a", "close", "redacted 1", "close", "refusal 2", "no", "close", "Stop", "end"]);
}

#[test]
fn parts_with_other_numbers_are_other_parts() {
    let steps = [text(Some(4), "a"), text(Some(4), "b"), text(Some(6), "c"), text(None, "d")];
    expect(steps, &["start", "text 0", "a", "b", "close", "text 1", "c", "d", "close", "Stop", "end"]);
    let steps = [text_open(None, Some("a")), text_open(None, None), text(None, "b")];
    expect(steps, &["start", "text 0", "a", "close", "text 1", "b", "close", "Stop", "end"]);
}

#[test]
fn words_are_handed_on_without_a_copy() {
    let words = String::from("hello");
    let mut assembler = Assembler::new();
    assembler.step(text(None, "x"), &mut |_| {});
    assembler.step(text(None, &words), &mut |step| {
        let Step::TextDelta { text: Text(Cow::Borrowed(text)), .. } = step else { panic!("{step:?}") };
        assert!(std::ptr::eq(*text, &*words));
    });
}

#[test]
fn tokens_are_added_up_whenever_they_come() {
    let finish = Step::Finish {
        finish_reason: Some(FinishReason::StopSequence),
        stop_sequence: Some("###".into()),
        usage: Some(tokens(0, 5)),
    };
    let (assembler, law) = expect([usage(9, 1), finish, usage(0, 8)], &["start", "StopSequence", "end"]);
    assert_eq!(law.finish, Some((FinishReason::StopSequence, Some("###".to_owned()), tokens(9, 8))));
    assert_eq!((assembler.usage(), assembler.finish_reason()), (tokens(9, 8), Some(FinishReason::StopSequence)));
}

#[test]
fn of_two_reasons_the_later_that_is_not_stop_is_seen() {
    use FinishReason::{ContentFilter, Length, Stop};
    expect([finish(Length), finish(Stop)], &["start", "Length", "end"]);
    expect([finish(Stop), finish(Length)], &["start", "Length", "end"]);
    expect([finish(Length), finish(ContentFilter)], &["start", "ContentFilter", "end"]);
}

#[test]
fn words_after_the_reason_are_seen_before_it() {
    let steps = [text(None, "a"), finish(FinishReason::Length), text(None, "b")];
    expect(steps, &["start", "text 0", "a", "b", "close", "Length", "end"]);
}

#[test]
fn an_answer_whose_bytes_end_after_the_reason_is_complete() {
    let mut assembler = Assembler::new();
    let mut law = Law::of(&mut assembler, [text(None, "a"), finish(FinishReason::Stop)]);
    assembler.finish(&mut |step| law.see(step));
    assembler.finish(&mut |step| law.see(step));
    assert_eq!(law.log, ["start", "text 0", "a", "close", "Stop", "end"]);
}

#[test]
fn an_answer_that_just_stops_ends_in_an_error() {
    let mut assembler = Assembler::new();
    let mut law = Law::of(&mut assembler, [text(None, "a")]);
    assembler.finish(&mut |step| {
        assert!(matches!(step, Step::Error { kind: Some(ErrorKind::Internal), .. }));
        law.see(step);
    });
    let error = "error the upstream's stream ended before the answer was complete";
    assert_eq!(law.log, ["start", "text 0", "a", error]);
    assert!(assembler.is_over());
}

#[test]
fn nothing_follows_an_error() {
    let error = || Step::Error { kind: None, message: "no".into(), code: Some("1".into()), status: None };
    expect([Step::Ping, error(), start("a", "m"), text(None, "x"), error()], &["error no"]);
    expect([text(None, "a"), finish(FinishReason::Stop), error()], &["start", "text 0", "a", "error no"]);
    let mut assembler = Assembler::new();
    let mut law = Law::of(&mut assembler, [start("a", "m")]);
    assembler.fail(ErrorKind::Timeout, "too slow", &mut |step| law.see(step));
    assembler.finish(&mut |step| law.see(step));
    assert_eq!(law.log, ["start a m", "error too slow"]);
}
