//! Short words for the steps of an upstream.

use wireloom_schema::model::{Citation, FinishReason, Step, Text, Usage};

type Number = Option<u64>;

pub(crate) fn start<'a>(id: &'a str, model: &'a str) -> Step<'a> {
    Step::Start { id: Some(id.into()), model: Some(model.into()), usage: None }
}

pub(crate) fn text(index: Number, text: &str) -> Step<'_> {
    Step::TextDelta { index, text: text.into() }
}

pub(crate) fn text_open(index: Number, text: Option<&str>) -> Step<'_> {
    Step::TextOpen { index, text: text.map(Text::from) }
}

pub(crate) fn reasoning(index: Number, text: &str) -> Step<'_> {
    Step::ReasoningDelta { index, text: text.into() }
}

pub(crate) fn reasoning_open(index: Number, text: Option<&str>) -> Step<'_> {
    Step::ReasoningOpen { index, text: text.map(Text::from) }
}

pub(crate) fn signature(index: Number, signature: &str) -> Step<'_> {
    Step::ReasoningSignature { index, signature: signature.into() }
}

pub(crate) fn refusal(index: Number, text: &str) -> Step<'_> {
    Step::RefusalDelta { index, text: text.into() }
}

pub(crate) fn citation(index: Number) -> Step<'static> {
    let citation = Citation::Web { url: "a".into(), title: None, text: None, start: None, end: None, proof: None };
    Step::Citation { index, citation, number: None }
}

/// A call that is told by its number among the calls.
pub(crate) fn call<'a>(call: Number, id: Option<&'a str>, name: Option<&'a str>) -> Step<'a> {
    Step::ToolCallOpen {
        index: None,
        call,
        id: id.map(Text::from),
        name: name.map(Text::from),
        namespace: None,
        arguments: None,
    }
}

pub(crate) fn arguments(call: Number, arguments: &str) -> Step<'_> {
    Step::ToolCallDelta { index: None, call, arguments: arguments.into() }
}

/// A call that is told by its number among the parts.
pub(crate) fn call_part<'a>(index: u64, id: &'a str, name: &'a str) -> Step<'a> {
    Step::ToolCallOpen {
        index: Some(index),
        call: None,
        id: Some(id.into()),
        name: Some(name.into()),
        namespace: None,
        arguments: None,
    }
}

pub(crate) fn part_arguments(index: u64, arguments: &str) -> Step<'_> {
    Step::ToolCallDelta { index: Some(index), call: None, arguments: arguments.into() }
}

pub(crate) fn close(index: u64) -> Step<'static> {
    Step::Close { index: Some(index) }
}

pub(crate) fn finish(finish_reason: FinishReason) -> Step<'static> {
    Step::Finish { finish_reason: Some(finish_reason), stop_sequence: None, usage: None }
}

pub(crate) fn usage(input: u64, output: u64) -> Step<'static> {
    Step::Usage { usage: tokens(input, output) }
}

pub(crate) fn tokens(input: u64, output: u64) -> Usage {
    Usage { input: Some(input), output: Some(output), ..Usage::default() }
}
