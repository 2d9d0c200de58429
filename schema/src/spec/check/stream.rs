//! Steps: which of them a stream must account for, and that tagged ones have their tag.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    spec::plan::{Plan, SpelledVariant, Spelling},
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

/// Every step of a tagged stream has a text at the tag (`S040`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    let (Some(tag), Some(steps)) = (&plan.stream.tag, plan.spelling("Step")) else { return };
    if plan.stream.sparse {
        return;
    }
    for spelled in steps.variants() {
        if spelled.written().any(|frame| SpelledVariant::tag(frame, tag).is_none()) {
            let message = format!("the step `{}` has no name at `{tag}`", spelled.variant.name);
            let help = format!("add `{tag}: \"…\"`: `stream.tag` says that each frame has its name there");
            mistakes.push(Diagnostic::error("S040", &opening(&spelled.origin), message).label("untagged").help(help));
        }
    }
}
