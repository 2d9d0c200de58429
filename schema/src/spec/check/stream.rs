//! Steps: which of them a stream must account for, and that tagged ones have their tag.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::plan::{Framing, Pattern, Plan, SpelledVariant, Spelling},
};

use super::opening;

/// Whether a stream must say what becomes of a step. Blocks open and close by themselves where frames are slices of
/// the answer; where each is a step of its own, clients wait for the steps around a piece.
pub(super) fn needs_step(plan: &Plan, steps: &Spelling, name: &str) -> bool {
    let is_spelled = |name: &str| steps.variant(name).is_some();
    let tagged = !plan.stream.sparse;
    match name {
        "text_delta" | "reasoning_delta" | "refusal_delta" => true,
        "tool_call_open" | "tool_call_delta" => !is_spelled("tool_call"),
        "reasoning_signature" | "redacted_reasoning" | "citation" => true,
        "text_open" | "reasoning_open" | "refusal_open" => tagged && is_spelled(&name.replace("_open", "_delta")),
        "close" => {
            tagged
                && steps.variants().iter().any(|spelled| spelled.variant.name.ends_with("_open"))
                && !is_spelled("text")
        }
        "usage" => {
            let places = |spelled: &SpelledVariant| {
                spelled.retells() || spelled.pattern.holes().iter().any(|hole| hole.field.name == "usage")
            };
            !steps.variants().iter().any(places)
        }
        _ => false,
    }
}

/// What a face writes can be written (`S047`), and every step of a tagged stream has a text at the tag (`S040`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    framings(plan, mistakes);
    tags(plan, mistakes);
}

/// Binary messages are only read, an array has no last text, and only who has a query can leave it out.
fn framings(plan: &Plan, mistakes: &mut Mistakes) {
    let (http, stream) = (&plan.http, &plan.stream);
    let mut refuse = |origin: &Origin, message: &str, help: &str| {
        mistakes.push(Diagnostic::error("S047", origin, message).label("cannot be written so").help(help));
    };
    let framings = || [Some(stream.framing), stream.bare.as_ref().map(|(bare, _)| *bare)].into_iter().flatten();
    let at = stream.bare.as_ref().map_or(&plan.origin, |(_, origin)| origin);
    if !http.serve.is_empty() && framings().any(|framing| framing == Framing::EventStream) {
        refuse(at, "a face's stream cannot be an `event-stream`", "serve another framing, or be no face");
    }
    if stream.last.is_some() && stream.framing == Framing::JsonArray {
        refuse(at, "a `json-array` has no `last` text", "take `last` out: the array's end is the stream's");
    }
    let has_query = http.stream.as_ref().is_some_and(|path| path.text.contains('?'));
    if stream.bare.is_some() && !has_query && !plan.is_provider {
        let help = "give `http.stream` a constant query, or take `bare` out";
        refuse(at, "there is no query that `bare` clients could leave out", help);
    }
}

fn tags(plan: &Plan, mistakes: &mut Mistakes) {
    let (Some(tag), Some(steps)) = (&plan.stream.tag, plan.spelling("Step")) else { return };
    if plan.stream.sparse {
        return;
    }
    for spelled in steps.variants() {
        // Binary messages have their names in headers, and exceptions have another one.
        let by_header = |frame: &Pattern| plan.stream.framing == Framing::EventStream && is_headed(frame);
        if spelled.written().any(|frame| !by_header(frame) && SpelledVariant::tag(frame, tag).is_none()) {
            let message = format!("the step `{}` has no name at `{tag}`", spelled.variant.name);
            let help = format!("add `{tag}: \"…\"`: `stream.tag` says that each frame has its name there");
            mistakes.push(Diagnostic::error("S040", &opening(&spelled.origin), message).label("untagged").help(help));
        }
    }
}

fn is_headed(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Object(object) if object.entries.iter().any(|(key, _)| key.starts_with(':')))
}
