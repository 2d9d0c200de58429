//! What is said of models is reached, and agrees with what their requests say by default.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    spec::{
        glob::Glob,
        hole::Literal,
        plan::{Hole, ModelEntry, Plan},
    },
};

/// No entry stands behind one that takes all its models (`S045`), and no default is above its bound (`S046`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    for (index, entry) in plan.models.iter().enumerate().filter(|(_, entry)| !matches!(entry.glob, Glob::Exact(_))) {
        let earlier = plan.models[..index].iter().find(|earlier| earlier.glob.matches(&entry.name));
        if let Some(earlier) = earlier {
            let message = format!("the models `{}` are all taken by `{}` before", entry.name, earlier.name);
            let error = Diagnostic::error("S045", &entry.origin, message).label("never reached");
            mistakes.push(error.help(format!("the first that fits wins: write it before `{}`", earlier.name)));
        }
    }
    let of_field = |field: &str| plan.limits.iter().find(|limit| limit.field.name == field && limit.view.is_none());
    let bound = |field: &str| of_field(field).and_then(|limit| limit.max);
    for hole in request_holes(plan) {
        if let Some((default, most)) =
            default_of(hole).zip(bound(hole.field.name)).filter(|(default, most)| default > most)
        {
            let message = format!("`{}` is {default} by default, and {most} at the most", hole.field.name);
            let error = Diagnostic::error("S046", &hole.origin, message).label("above its bound");
            mistakes.push(error.help("lower the default, or raise the bound under `limits`"));
        }
    }
    plan.models.iter().for_each(|entry| output(plan, entry, mistakes));
}

/// The most tokens of a model's answer bound what a request asks for by default.
fn output(plan: &Plan, entry: &ModelEntry, mistakes: &mut Mistakes) {
    let Some(output) = entry.output else { return };
    let defaults = request_holes(entry.patched.as_deref().unwrap_or(plan));
    let above = defaults.into_iter().filter(|hole| hole.field.name == "max_tokens").filter_map(default_of);
    if let Some(default) = above.into_iter().find(|default| *default > output as f64) {
        let message =
            format!("`max_tokens` is {default} by default, and `{}` answer with {output} at the most", entry.name);
        let error = Diagnostic::error("S046", &entry.origin, message).label("above what the model can");
        mistakes.push(error.help("patch the default: `request: { …: \"$max_tokens ?? …\" }`"));
    }
}

fn request_holes(plan: &Plan) -> Vec<&Hole> {
    plan.spelling("Request")
        .map(|spelling| spelling.patterns())
        .unwrap_or_default()
        .into_iter()
        .flat_map(|pattern| pattern.holes())
        .collect()
}

fn default_of(hole: &Hole) -> Option<f64> {
    match &hole.default {
        Some(Literal::Number(text)) => text.parse().ok(),
        _ => None,
    }
}
