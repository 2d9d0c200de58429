//! Where words come from: what of it goes back to a provider, and what a client is told of it in a whole answer.

use wireloom_schema::model::{Citation, Part};

use crate::wire::{stream::Facts, writer::Losses};

/// Takes out of what the model has said before what its provider does not take: sources of the web that it has no proof
/// of having found itself.
pub fn settle(parts: &mut [Part<'_>], provider: &Facts, losses: &mut Losses) {
    let stays = |citation: &Citation<'_>| match citation {
        Citation::Web { proof, .. } => provider.places.citation_proof && proof.is_some(),
        Citation::Native { .. } => true,
    };
    for citations in texts(parts) {
        let before = citations.len();
        citations.retain(stays);
        if citations.len() < before {
            losses.note("text.citations");
        }
    }
}

/// Says which words each source is the source of, where a face says so at the text itself.
pub fn close(parts: &mut [Part<'_>], face: &Facts) {
    if !face.places.cited_spans || face.places.cited_over_all {
        return;
    }
    for part in parts {
        if let Part::Text { text, citations, .. } = part {
            let characters = text.chars().count() as u64;
            let said = std::mem::take(citations).into_iter().map(|citation| citation.within(0, characters));
            *citations = said.collect();
        }
    }
}

fn texts<'p, 'a>(parts: &'p mut [Part<'a>]) -> impl Iterator<Item = &'p mut Vec<Citation<'a>>> {
    parts.iter_mut().filter_map(|part| match part {
        Part::Text { citations, .. } => Some(citations),
        _ => None,
    })
}
