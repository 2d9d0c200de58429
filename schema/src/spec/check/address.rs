//! What URLs hold, and what they say of a request.

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    spec::plan::{Address, Plan},
};

use super::quoted;

/// What the path says is not written, and what it does not say is not left to it (`S042`); each name in a URL or
/// header has a source, and each source a place (`S043`).
pub(super) fn check(plan: &Plan, mistakes: &mut Mistakes) {
    left_to_paths(plan, mistakes);
    paths_agree(plan, mistakes);
    variables(plan, mistakes);
}

fn left_to_paths(plan: &Plan, mistakes: &mut Mistakes) {
    let Some(request) = plan.spelling("Request") else { return };
    for (name, origin) in &request.fates.implies {
        let help = match name.as_str() {
            "model" => "let `http.call` hold `${model}`, or place `$model` in the request",
            "stream" => "give streamed calls a path of their own, `http.stream`, or place `$stream` in the request",
            _ => continue,
        };
        if !plan.http.says(name) {
            let message = format!("`{name}` is said by no path");
            mistakes.push(Diagnostic::error("S042", origin, message).label("said by nothing").help(help));
        }
    }
    for (name, origin) in &request.fates.drops {
        if plan.http.says(name) {
            let help = format!("say `$implies: [\"{name}\"]`: the path has it");
            let message = format!("`{name}` is not lost: the path says it");
            mistakes.push(Diagnostic::error("S042", origin, message).label("not lost").help(help));
        }
    }
}

/// The paths of whole and of streamed calls hold the same.
fn paths_agree(plan: &Plan, mistakes: &mut Mistakes) {
    let (Some(call), Some(stream)) = (&plan.http.call, &plan.http.stream) else { return };
    for (one, other) in [(call, stream), (stream, call)] {
        if one.holds("model") && !other.holds("model") {
            let error = Diagnostic::error("S042", &other.origin, "one path holds the model, the other does not");
            mistakes.push(error.label("no `${model}`").help("both paths hold `${model}`, or neither does"));
        }
    }
}

fn variables(plan: &Plan, mistakes: &mut Mistakes) {
    let http = &plan.http;
    let known = || http.variables.iter().map(|variable| variable.name.as_str());
    let paths: Vec<&Address> = [&http.call, &http.stream, &http.count].into_iter().flatten().collect();
    for address in http.addresses() {
        let may_hold_model = paths.iter().any(|path| path.origin == address.origin);
        for name in address.names() {
            if known().any(|known| known == name) || name == "model" && may_hold_model {
                continue;
            }
            let error = Diagnostic::error("S043", &address.origin, format!("nothing says what `${{{name}}}` is"));
            let help = format!("declare it: `variables: {{ {name}: \"$ENVIRONMENT_VARIABLE\" }}`");
            let error = error.label("not among `http.variables`");
            mistakes.push(match known().next() {
                Some(_) => error.help(format!("{help}; known here: {}", quoted(known()))),
                None => error.help(help),
            });
        }
    }
    for variable in &http.variables {
        if http.addresses().all(|address| !address.holds(&variable.name)) {
            let message = format!("no URL or header holds `${{{}}}`", variable.name);
            let help = "take it out, or let `base`, a path or a header hold it";
            mistakes.push(Diagnostic::error("S043", &variable.origin, message).label("not needed").help(help));
        }
    }
}
