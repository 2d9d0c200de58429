//! Tool calls.

use wireloom::wire::assembler::Assembler;
use wireloom_schema::model::{FinishReason, Step};

use crate::{expect, law::Law, steps::*};

/// The calls of an answer as id, name and arguments.
fn calls(law: &Law) -> Vec<(&str, &str, &str)> {
    let calls = law.parts.iter().filter(|part| part.kind == "call");
    calls.map(|part| (part.id.as_deref().unwrap(), part.name.as_deref().unwrap(), &*part.text)).collect()
}

/// Expects these calls of a stream that ends in good order, and so many steps that belong nowhere.
#[track_caller]
fn expect_calls<'a>(steps: impl IntoIterator<Item = Step<'a>>, expected: &[(&str, &str, &str)], unknown: u64) {
    let mut assembler = Assembler::new();
    let law = Law::of(&mut assembler, steps.into_iter().chain([Step::End]));
    assert_eq!(calls(&law), expected);
    assert_eq!(assembler.unknown(), unknown);
}

#[test]
fn text_and_calls_close_each_other() {
    let steps = [
        text(None, "a"),
        call(Some(0), Some("c"), Some("f")),
        arguments(Some(0), "{"),
        arguments(Some(0), "}"),
        text(None, "b"),
        finish(FinishReason::Stop),
    ];
    expect(
        steps,
        &["start", "text 0", "a", "close", "call 1", "{", "}", "close", "text 2", "b", "close", "ToolCalls", "end"],
    );
}

#[test]
fn calls_side_by_side_are_seen_one_after_the_other() {
    let steps = [
        call(Some(0), Some("a"), Some("f")),
        call(Some(1), Some("b"), Some("g")),
        arguments(Some(0), "{1"),
        arguments(Some(1), "{2"),
        arguments(Some(0), "}"),
        arguments(Some(1), "}"),
        finish(FinishReason::ToolCalls),
    ];
    expect(steps, &["start", "call 0", "{1", "}", "close", "call 1", "{2}", "close", "ToolCalls", "end"]);
}

#[test]
fn a_kept_call_streams_on_when_the_open_one_closes() {
    let steps = [
        call_part(0, "a", "f"),
        call_part(1, "b", "g"),
        part_arguments(1, "{"),
        call_part(2, "c", "h"),
        close(2),
        close(0),
        part_arguments(1, "2"),
        part_arguments(1, "}"),
        close(1),
        text_open(Some(3), Some("x")),
    ];
    expect(
        steps,
        &[
            "start",
            "call 0",
            "close",
            "call 1",
            "{",
            "2",
            "}",
            "close",
            "call 2",
            "close",
            "text 3",
            "x",
            "close",
            "ToolCalls",
            "end",
        ],
    );
}

#[test]
fn a_part_that_has_no_words_yet_does_not_close_a_call() {
    let steps = [call_part(0, "a", "f"), text_open(Some(1), None), part_arguments(0, "{}"), close(1), close(0)];
    expect(steps, &["start", "call 0", "{}", "close", "ToolCalls", "end"]);
}

#[test]
fn calls_without_numbers_are_told_apart_by_their_ids() {
    let steps = [
        call(None, Some("a"), Some("f")),
        arguments(None, "1"),
        call(None, Some("a"), Some("f")),
        arguments(None, "2"),
        call(None, Some("b"), Some("f")),
        arguments(None, "3"),
        call(None, Some("a"), None),
        arguments(None, "4"),
    ];
    expect_calls(steps, &[("a", "f", "124"), ("b", "f", "3")], 0);
}

#[test]
fn calls_without_numbers_and_ids_begin_with_their_names() {
    let steps = [call(None, None, Some("f")), arguments(None, "1"), call(None, None, Some("f")), arguments(None, "2")];
    let (_, law) = expect(steps, &["start", "call 0", "1", "close", "call 1", "2", "close", "ToolCalls", "end"]);
    assert_ne!(law.parts[0].id, law.parts[1].id);
    for part in law.parts {
        let id = part.id.unwrap();
        assert!(id.starts_with("call_") && id.len() <= 40, "{id}");
        assert!(id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'), "{id}");
    }
}

#[test]
fn repeats_of_an_opening_are_not_seen() {
    let steps = [
        call(Some(0), Some("a"), Some("f")),
        arguments(Some(0), "1"),
        call(Some(0), Some("a"), Some("f")),
        arguments(Some(0), "2"),
        call(Some(0), Some(""), Some("f")),
        call(Some(0), None, None),
        arguments(Some(0), "3"),
    ];
    expect_calls(steps, &[("a", "f", "123")], 0);
}

#[test]
fn another_id_under_the_same_number_is_another_call() {
    let steps = [
        call(Some(0), Some("a"), Some("f")),
        arguments(Some(0), "1"),
        call(Some(0), Some("b"), Some("f")),
        arguments(Some(0), "2"),
        call(Some(0), Some("a"), Some("f")),
        arguments(Some(0), "3"),
    ];
    expect_calls(steps, &[("a", "f", "13"), ("b", "f", "2")], 0);
}

#[test]
fn id_and_name_may_come_one_after_the_other() {
    let steps = [
        call(Some(0), Some("a"), None),
        arguments(Some(0), "1"),
        call(Some(0), None, Some("f")),
        arguments(Some(0), "2"),
    ];
    expect_calls(steps, &[("a", "f", "12")], 0);
    let steps = [call(None, Some("a"), Some("")), call(None, Some(""), Some("f")), arguments(None, "1")];
    expect_calls(steps, &[("a", "f", "1")], 0);
}

#[test]
fn arguments_of_calls_that_were_never_opened_are_counted() {
    let steps = [
        part_arguments(5, "{"),
        arguments(None, "{"),
        call_part(1, "a", "f"),
        part_arguments(5, "}"),
        part_arguments(1, "{}"),
        close(5),
    ];
    expect_calls(steps, &[("a", "f", "{}")], 3);
}

#[test]
fn a_call_whose_tool_is_never_named_is_counted() {
    let steps = [call(Some(0), Some("a"), None), arguments(Some(0), "{}"), finish(FinishReason::Stop)];
    let (assembler, _) = expect(steps, &["start", "Stop", "end"]);
    assert_eq!(assembler.unknown(), 2);
}

#[test]
fn arguments_after_the_end_of_their_call_are_counted() {
    let steps = [call_part(0, "a", "f"), part_arguments(0, "{}"), text(Some(1), "x"), part_arguments(0, "}")];
    expect_calls(steps, &[("a", "f", "{}")], 1);
}
