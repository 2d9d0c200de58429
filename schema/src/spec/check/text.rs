//! Text with values in it can be taken apart again.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    model::vocabulary::Ty,
    spec::{
        leaf::{Content, leaves},
        plan::{Hole, Plan, TextPiece},
    },
};

use super::exemplars;

/// Interpolated text begins with text, holds texts, and is alone in its exemplar (`S041`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for (pattern, _) in exemplars(plan) {
        let found = leaves(pattern, false, &[]);
        let texts = found
            .iter()
            .filter_map(|leaf| if let Content::Interpolation(pieces) = leaf.content { Some(pieces) } else { None });
        for (index, pieces) in texts.enumerate() {
            let holes: Vec<&Hole> = pieces.iter().filter_map(hole_of).collect();
            let Some(first) = holes.first() else { continue };
            let error = |origin: &Origin, message: String| Diagnostic::error("S041", origin, message);
            if let Some(other) = holes.iter().find(|hole| hole.ty() != Ty::Text) {
                let error =
                    error(&other.origin, format!("`{}` is no text and cannot stand within one", other.field.name));
                mistakes.push(error.label("not a text").help("give it a place of its own: `\"$name\"`"));
            } else if matches!(pieces.first(), Some(TextPiece::Hole(_))) {
                let error = error(&first.origin, "text with values in it begins with a value".into());
                let help = "begin with literal text, by which it is known; a value alone is written `\"$name\"`";
                mistakes.push(error.label("could be any text").help(help));
            } else if index > 0 {
                let error = error(&first.origin, "a second text with values in it in one exemplar".into());
                mistakes.push(error.label("would not be read").help("an exemplar has one such text"));
            }
        }
    }
}

fn hole_of(piece: &TextPiece) -> Option<&Hole> {
    match piece {
        TextPiece::Hole(hole) => Some(hole),
        TextPiece::Text(_) => None,
    }
}
