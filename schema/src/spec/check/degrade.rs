//! What is written as another must be something that the other's form can say.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::plan::{Form, Plan, Spelling},
};

use super::{quoted, section};

/// Kinds of parts that have words to degrade to, as `Part::words` tells them.
const WORDED: [&str; 3] = ["reasoning", "refusal", "document"];

/// A degraded case has a form to be written in, and only that one (`S031`, `S033`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for spelling in &plan.types {
        for (from, to, origin) in &spelling.fates.degrades {
            mistakes_of(spelling, from, to, origin).into_iter().for_each(|mistake| mistakes.push(mistake));
        }
    }
    for entry in &plan.messages {
        for (from, _, origin) in &entry.fates.degrades {
            let message = format!("a wire message cannot degrade `{from}`");
            let error = Diagnostic::error("S033", origin, message).label("not here");
            mistakes.push(error.help("write it under `types.Part`: parts degrade alike in all messages"));
        }
    }
}

fn mistakes_of(spelling: &Spelling, from: &str, to: &str, origin: &Origin) -> Option<Diagnostic> {
    let owner = section(spelling.ty);
    let error = |message: String| Some(Diagnostic::error("S033", origin, message));
    let cases: Vec<&str> = match &spelling.form {
        Form::Record(_) => {
            let message = format!("`{owner}` has nothing that could be written as another");
            return error(message)?.label("not a word or a variant").help("name it in `$drops`").into();
        }
        Form::Words(words) => words.iter().map(|(word, _)| *word).collect(),
        Form::Union(variants) => variants.iter().map(|spelled| spelled.variant.name).collect(),
    };
    let is_part = spelling.ty.name == "Part";
    if cases.contains(&from) && !is_part {
        let message = format!("`{from}` of `{owner}` is accounted for twice");
        let error = Diagnostic::error("S031", origin, message).label("degraded here, and yet it has a form of its own");
        return Some(error.help("take it out of `$degrades`, or remove its form"));
    }
    if !cases.contains(&to) {
        let error = error(format!("`{from}` cannot be written as `{to}`, which `{owner}` does not spell"))?;
        let error = error.label("has no form to be written in");
        return Some(match is_case(spelling, to) {
            true => error.help(format!("give `{to}` a form, or degrade `{from}` to one of {}", quoted(cases))),
            false => error.nearest(to, cases),
        });
    }
    if is_part && (to != "text" || !WORDED.contains(&from)) {
        let error = error(format!("a part of kind `{from}` cannot be written as `{to}`"))?.label("has no words");
        return Some(error.help(format!("only {} have words, and they degrade to `text`", quoted(WORDED))));
    }
    let source = spelling.ty.variants().iter().find(|variant| variant.name == from);
    let (source, target) = (source?, spelling.variant(to)?);
    let lacks = target.pattern.holes().into_iter().find(|hole| {
        let needed = !hole.can_be_absent() && hole.default.is_none();
        needed && source.fields.iter().all(|field| field.name != hole.field.name)
    });
    let name = lacks.filter(|_| !is_part)?.field.name;
    let error = error(format!("`{from}` cannot be written as `{to}`, which needs `${name}`"))?;
    Some(error.label(format!("has no `{name}`")).help("degrade it to a form whose values it has, or drop it by name"))
}

/// Whether a type has a word or variant of that name, spelled or not.
fn is_case(spelling: &Spelling, name: &str) -> bool {
    let (words, variants) = (spelling.ty.words().iter(), spelling.ty.variants().iter());
    words.map(|word| word.name).chain(variants.map(|variant| variant.name)).any(|known| known == name)
}
