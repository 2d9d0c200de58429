//! Holes: which unified value goes there, and how it is spelled.

use crate::{
    document::{Node, Origin},
    model::vocabulary::{Ty, type_named},
    spec::{
        hole::Literal,
        plan::{Codec, Form, Hole, Pattern, Plan, TextPiece},
        show,
    },
};

use super::{at, fact};

/// Up to so many holes are explained at length.
const FEW: usize = 4;

/// Spellings up to this width are shown.
const SHORT: usize = 90;

/// Texts that stand for other exemplars, and what they stand for.
const STAND_INS: [(&str, &str); 2] = [
    ("$message", "what an assistant's message looks like: `messages.assistant.as`"),
    ("$delta", "where the words of a step go: `stream.steps`"),
];

/// The explanations of all holes in a value.
pub(super) fn holes(node: &Node, plan: &Plan, tree: &Node) -> String {
    let (mut texts, mut all, mut found) = (Vec::new(), Vec::new(), Vec::<&Hole>::new());
    leaves(node, &mut texts);
    patterns(plan, &mut |pattern| every(pattern, &mut all));
    for (_, origin) in &texts {
        for hole in all.iter().copied().filter(|hole| hole.origin == **origin) {
            if !found.iter().any(|known| known.origin == hole.origin && known.name() == hole.name()) {
                found.push(hole);
            }
        }
    }
    let mut text = String::new();
    let is_hole = |origin: &Origin| found.iter().any(|hole| hole.origin == *origin);
    let stands = |name: &str| texts.iter().any(|(text, origin)| *text == name && !is_hole(origin));
    for (_, doc) in STAND_INS.iter().filter(|(stand_in, _)| stands(stand_in)) {
        text += &fact("holds", doc);
    }
    if found.len() <= FEW {
        found.iter().for_each(|hole| text += &long(hole, plan, tree));
    } else {
        text += "\n";
        let width = found.iter().map(|hole| hole.name().len() + 1).max().unwrap_or(0);
        found.iter().for_each(|hole| text += &format!("{:width$}  {}\n", format!("${}", hole.name()), doc(hole)));
    }
    text
}

fn long(hole: &Hole, plan: &Plan, tree: &Node) -> String {
    let mut text = format!("\n${}\n", hole.name()) + &fact("  value", &doc(hole));
    if let Some(inner) = &hole.inner {
        let kind = if inner.view { "a view that is derived from what the client states" } else { inner.doc };
        text += &fact("  as", &format!("`{}`: {kind}", inner.name));
    }
    if !hole.kinds.is_empty() {
        text += &fact("  kinds", &hole.kinds.join(", "));
    }
    text += &fact("  type", &spelling(hole.ty(), plan, tree));
    if let Some((_, name, doc)) =
        hole.codec.and_then(|codec| Codec::ALL.into_iter().find(|(known, ..)| *known == codec))
    {
        let words = match hole.words.as_slice() {
            [] => String::new(),
            words => format!("({})", words.join(", ")),
        };
        text += &fact("  codec", &format!("`{name}{words}`: {doc}"));
    }
    let absent = match &hole.default {
        Some(default) => format!("`{}` is written", literal(default)),
        None if hole.can_be_absent() => "the key is left out".to_owned(),
        None => "never: it is always written".to_owned(),
    };
    text + &fact("  absent", &absent)
}

fn doc(hole: &Hole) -> String {
    match (hole.field.name, hole.field.doc) {
        ("messages", "") => "The conversation, cut into wire messages.".to_owned(),
        ("system", "") => "The parts of the leading system message.".to_owned(),
        (_, "") => "A view, derived from other values of its type.".to_owned(),
        (_, doc) => doc.to_owned(),
    }
}

/// The type of a value, and where it is spelled.
fn spelling(ty: Ty, plan: &Plan, tree: &Node) -> String {
    let name = match ty {
        Ty::Text => return "text".into(),
        Ty::Json => return "any JSON".into(),
        Ty::Unsigned => return "an integer from 0".into(),
        Ty::Signed => return "an integer".into(),
        Ty::Number => return "a number".into(),
        Ty::Bool => return "true or false".into(),
        Ty::List(Ty::Named("Message")) => return "a list; each kind of message is spelled under `messages`".into(),
        Ty::List(inner) => return format!("a list; each element is {}", spelling(*inner, plan, tree)),
        Ty::Named(name) => name,
    };
    let doc = type_named(name).map_or("", |ty| ty.doc.trim_end_matches('.'));
    let Some(origin) = plan.spelling(name).map(|spelling| &spelling.origin) else {
        return format!("{name} ({doc})");
    };
    let written = at(tree, &["types", name]).map(show::inline).filter(|text| text.chars().count() <= SHORT);
    let written = written.map(|text| format!(": {text}")).unwrap_or_default();
    format!("{name} ({doc}), spelled at {}{written}", origin.file_line())
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Word(word) => word.clone(),
        other => other.json().unwrap_or_default(),
    }
}

/// All texts of a value with their places.
fn leaves<'n>(node: &'n Node, found: &mut Vec<(&'n str, &'n Origin)>) {
    found.extend(node.text().map(|text| (text, &node.origin)));
    node.elements().iter().for_each(|node| leaves(node, found));
    node.entries().iter().for_each(|entry| leaves(&entry.node, found));
}

/// Calls `each` for all exemplars of a plan.
fn patterns<'p>(plan: &'p Plan, each: &mut impl FnMut(&'p Pattern)) {
    for spelling in &plan.types {
        match &spelling.form {
            Form::Record(pattern) => each(pattern),
            Form::Union(variants) => {
                variants.iter().flat_map(|variant| variant.all()).for_each(&mut *each);
            }
            Form::Words(_) => {}
        }
    }
    for entry in &plan.messages {
        let own = entry.parts.iter().flat_map(|variant| variant.all());
        std::iter::once(&entry.pattern).chain(&entry.also).chain(own).for_each(&mut *each);
    }
    // What some models' requests hold is explained, too.
    plan.models.iter().filter_map(|entry| entry.patched.as_deref()).for_each(|patched| patterns(patched, each));
}

/// All holes of an exemplar, those that are only read too.
fn every<'p>(pattern: &'p Pattern, found: &mut Vec<&'p Hole>) {
    match pattern {
        Pattern::Hole(hole) => found.push(hole),
        Pattern::Interpolation(pieces, _) => found.extend(pieces.iter().filter_map(|piece| match piece {
            TextPiece::Hole(hole) => Some(hole),
            TextPiece::Text(_) => None,
        })),
        Pattern::Object(object) => {
            found.extend(&object.spread);
            object.entries.iter().chain(&object.also).for_each(|(_, pattern)| every(pattern, found));
        }
        Pattern::List(element, _) | Pattern::Written(element) => every(element, found),
        Pattern::Constant(..) | Pattern::EmptyList => {}
    }
}
