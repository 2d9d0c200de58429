//! One place, one reading: exemplars that are read together agree on what stands where.

use std::collections::HashMap;

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::{
        emit::{name::snake, read::needed, shape::Shape},
        leaf::{
            Condition, Content, Leaf, Path, Step, leaves, message_exemplars, step_exemplars, tell_apart,
            union_exemplars,
        },
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
                let exemplars = step_exemplars(&plan.stream, variants).into_iter();
                exemplars.map(|(spelled, leaves)| (leaves, &spelled.origin)).collect()
            }
            Form::Union(variants) => {
                union_exemplars(variants).into_iter().map(|(spelled, leaves)| (leaves, &spelled.origin)).collect()
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
    // Of two that disagree the later is told: better the provider's own than what it inherits.
    places.sort_by_key(|place| place.origin.source == plan.origin.source);
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

/// Places that generated code would give one name: it joins keys by underscores.
fn same_names(places: &[Place<'_>], mistakes: &mut Mistakes) {
    let mut known: HashMap<String, Vec<&str>> = HashMap::new();
    for place in places {
        let mut keys = Vec::new();
        for step in &place.path {
            let Step::Key(key) = step else { continue };
            keys.push(key.as_str());
            let name = keys.iter().map(|key| snake(key)).collect::<Vec<_>>().join("_");
            let first = known.entry(name).or_insert_with(|| keys.clone());
            if *first != keys {
                let (first, second) = (first.join("."), keys.join("."));
                let message = format!("the places `{first}` and `{second}` would have one name in Rust");
                let error = Diagnostic::error("S036", &opening(place.origin), message).label(format!("`{second}`"));
                mistakes
                    .push(error.help("names are keys in snake case, joined by underscores: read only one of the two"));
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
