//! What a model cannot do.

use wireloom_schema::model::{Part, PartKind, ReasoningMode, Request, Role};

use crate::wire::{stream::ModelFacts, writer::Losses};

/// The kinds of parts that some models do not take in, with what their losses are called: the user's, and in the result
/// of a tool.
const MEDIA: [(PartKind, &str, &str); 3] = [
    (PartKind::Image, "user.image", "tool_result.image"),
    (PartKind::Document, "user.document", "tool_result.document"),
    (PartKind::Audio, "user.audio", "tool_result.audio"),
];

/// Lowers the length of the answer to what the model can, and takes out what it does not understand.
pub(super) fn fit(facts: &ModelFacts, request: &mut Request<'_>, losses: &mut Losses) {
    if let (Some(most), Some(wanted)) = (facts.output, &mut request.max_tokens)
        && *wanted > most
    {
        *wanted = most;
        losses.note("max_tokens");
    }
    if facts.reasons == Some(false)
        && let Some(reasoning) = request.reasoning.take()
    {
        // That it is not to reason is what it does anyway.
        if !matches!(reasoning.mode, Some(ReasoningMode::Off)) {
            losses.note("reasoning");
        }
    }
    if let Some(takes) = facts.takes {
        media(takes, request, losses);
    }
}

/// Takes out what only other models see or hear. A document of plain text is words.
fn media(takes: u16, request: &mut Request<'_>, losses: &mut Losses) {
    let lost = |part: &Part<'_>| {
        let known = MEDIA.iter().find(|(kind, ..)| *kind == part.kind());
        known.filter(|(kind, ..)| takes & kind.bit() == 0 && part.words().is_none())
    };
    for message in request.messages.iter_mut().filter(|message| message.role == Role::User) {
        for part in &mut message.parts {
            if let Part::ToolResult { parts, .. } = part {
                parts.retain(|part| lost(part).map(|(.., name)| losses.note(name)).is_none());
            }
        }
        message.parts.retain(|part| lost(part).map(|(_, name, _)| losses.note(name)).is_none());
    }
}
