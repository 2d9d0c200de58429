//! One place, one reading: exemplars that are read together agree on what stands where.

use std::collections::HashMap;

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::{
        emit::{name::field_ident, read::needed, shape::Shape},
        leaf::{Condition, Content, Leaf, Path, Step, leaves, message_exemplars, step_exemplars, tell_apart},
        plan::{Form, Plan, TextPiece},
    },
};

use super::opening;

/// A place that is read, with what stands there, and where the spec says so.
struct Place<'p> {
    path: Path,
    shape: Shape,
    origin: &'p Origin,
}

/// No place has two kinds of values, two meanings or two names that Rust cannot tell apart (`S036`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for spelling in &plan.types {
        let exemplars: Vec<(Vec<Leaf<'_>>, &Origin)> = match &spelling.form {
            Form::Words(_) => continue,
            Form::Record(pattern) => vec![(leaves(pattern, false, &[]), &spelling.origin)],
            Form::Union(variants) if spelling.ty.name == "Step" => {
                let exemplars = step_exemplars(&plan.stream, variants);
                exemplars.into_iter().zip(variants.iter().map(|spelled| &spelled.origin)).collect()
            }
            Form::Union(variants) => {
                variants.iter().map(|spelled| (leaves(&spelled.pattern, false, &[]), &spelled.origin)).collect()
            }
        };
        // Steps of a sparse stream are not told apart: a frame may hold several.
        let together = spelling.ty.name == "Step" && plan.stream.sparse;
        agree(plan, &exemplars, together, mistakes);
    }
    let messages = message_exemplars(&plan.messages);
    agree(
        plan,
        &messages.into_iter().map(|(entry, leaves)| (leaves, &entry.origin)).collect::<Vec<_>>(),
        false,
        mistakes,
    );
}

fn agree(plan: &Plan, exemplars: &[(Vec<Leaf<'_>>, &Origin)], together: bool, mistakes: &mut Mistakes) {
    let all: Vec<Vec<Leaf<'_>>> = exemplars.iter().map(|(leaves, _)| leaves.clone()).collect();
    // Look-alikes are another law's; there is nothing to compare then.
    let conditions: Vec<Condition> = match tell_apart(&all) {
        Ok((_, conditions)) if !together => conditions.concat(),
        _ => Vec::new(),
    };
    let mut places = Vec::new();
    for (leaves, origin) in exemplars {
        let own: Vec<Place<'_>> = leaves.iter().flat_map(|leaf| places_of(plan, leaf, &conditions, origin)).collect();
        own.iter().enumerate().for_each(|(index, place)| {
            if own[..index].iter().any(|other| other.path == place.path && other.shape == place.shape) {
                let message = format!("two values stand at {} of one exemplar", shown(&place.path));
                let error = Diagnostic::error("S036", &opening(place.origin), message).label("the second one");
                mistakes.push(error.help("what is read there could be either: give one of them a place of its own"));
            }
        });
        places.extend(own);
    }
    if let Err(path) = Shape::of_leaves(places.iter().map(|place| (&place.path, place.shape.clone()))) {
        let origin = places.iter().find(|place| std::ptr::eq(&place.path, path)).map(|place| place.origin);
        let message = format!("exemplars that are read together disagree on what stands at {}", shown(path));
        let help = "a string, a list and an object can share a place, other kinds of values cannot: move one of them";
        if let Some(origin) = origin {
            mistakes
                .push(Diagnostic::error("S036", &opening(origin), message).label("another kind of value").help(help));
        }
    }
    same_names(&places, mistakes);
}

/// Keys that Rust would give one name.
fn same_names(places: &[Place<'_>], mistakes: &mut Mistakes) {
    let mut known: HashMap<(&[Step], String), &str> = HashMap::new();
    for place in places {
        for (index, step) in place.path.iter().enumerate() {
            let Step::Key(key) = step else { continue };
            let first = *known.entry((&place.path[..index], field_ident(key).to_string())).or_insert(key);
            if first != key {
                let message = format!("the keys `{first}` and `{key}` differ only in spelling");
                let error = Diagnostic::error("S036", &opening(place.origin), message).label(format!("at `{key}`"));
                mistakes.push(error.help("both would be one field in Rust: keep one of them"));
            }
        }
    }
}

fn places_of<'p>(plan: &Plan, leaf: &Leaf<'p>, conditions: &[Condition], exemplar: &'p Origin) -> Vec<Place<'p>> {
    let origin = match &leaf.content {
        Content::Hole(hole) => &hole.origin,
        Content::Interpolation(pieces) => {
            let mut holes =
                pieces.iter().filter_map(|piece| if let TextPiece::Hole(hole) = piece { Some(hole) } else { None });
            holes.next().map_or(exemplar, |hole| &hole.origin)
        }
        Content::Constant(_) => exemplar,
    };
    let needed = needed(plan, std::slice::from_ref(leaf), conditions);
    needed.into_iter().map(|(path, shape)| Place { path, shape, origin }).collect()
}

/// A path as people write it.
fn shown(path: &Path) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text += key,
            Step::Key(key) => text += &format!(".{key}"),
            Step::Element { .. } => text += "[]",
        }
    }
    if text.is_empty() { "the root".into() } else { format!("`{text}`") }
}
