//! No look-alikes: what a constant or a key must tell apart, one does.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::Origin,
    spec::{
        leaf::{Leaf, message_exemplars, step_exemplars, tell_apart, union_exemplars},
        plan::{Form, Plan, Spelling},
    },
};

use super::{opening, section};

/// Exemplars of a union, wire messages and tagged steps differ, and so do texts of words (`S034`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for spelling in &plan.types {
        match &spelling.form {
            Form::Words(words) => same_text(spelling, words, mistakes),
            // In a sparse stream a frame holds whichever steps have their values in it.
            Form::Union(_) if spelling.ty.name == "Step" && plan.stream.sparse => {}
            Form::Union(variants) => {
                let exemplars = match spelling.ty.name {
                    "Step" => step_exemplars(&plan.stream, variants),
                    _ => union_exemplars(variants),
                };
                let (variants, exemplars): (Vec<_>, Vec<_>) = exemplars.into_iter().unzip();
                let place = |index: usize| (variants[index].variant.name, &variants[index].origin);
                same_look(plan, &section(spelling.ty), &exemplars, place, mistakes);
            }
            Form::Record(_) => {}
        }
    }
    let (entries, exemplars): (Vec<_>, Vec<_>) = message_exemplars(&plan.messages).into_iter().unzip();
    same_look(plan, "messages", &exemplars, |index| (entries[index].name.as_str(), &entries[index].origin), mistakes);
}

fn same_look<'p>(
    plan: &Plan,
    owner: &str,
    exemplars: &[Vec<Leaf<'_>>],
    place: impl Fn(usize) -> (&'p str, &'p Origin),
    mistakes: &mut Mistakes,
) {
    let Err((one, other)) = tell_apart(exemplars) else { return };
    let (mut first, mut second) = (place(one.min(other)), place(one.max(other)));
    // What a provider writes itself is more likely wrong than what it inherits.
    if second.1.source != plan.origin.source {
        std::mem::swap(&mut first, &mut second);
    }
    let ((first, at), (second, origin)) = (first, second);
    let message = format!("in `{owner}`, nothing tells `{second}` from `{first}`");
    let label = format!("looks like `{first}` at {}", at.file_line());
    let help = "give one of them a constant or a key that the other lacks";
    mistakes.push(Diagnostic::error("S034", &opening(origin), message).label(label).help(help));
}

fn same_text(spelling: &Spelling, words: &[(&'static str, Vec<String>)], mistakes: &mut Mistakes) {
    for (index, (second, texts)) in words.iter().enumerate() {
        for text in texts {
            let Some((first, _)) = words[..index].iter().find(|(_, known)| known.contains(text)) else { continue };
            let message =
                format!("in `{}`, `{text}` is the text of both `{first}` and `{second}`", section(spelling.ty));
            let error = Diagnostic::error("S034", &opening(&spelling.origin), message).label("one text, two words");
            let help = format!(
                "give `{second}` another text, or write it as the other: `$degrades: {{ {second}: \"{first}\" }}`"
            );
            mistakes.push(error.help(help));
        }
    }
}
