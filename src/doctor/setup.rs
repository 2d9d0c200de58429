//! The configuration and its file.

use std::path::PathBuf;

use wireloom_schema::{
    config::{Config, UNSET_VARIABLE, holds_secret},
    diagnostic::{Diagnostic, Severity},
    document::{Node, Value, parse, read_file},
};

use super::{Finding, Surroundings};
use crate::{
    config::{LoadError, Loaded, check_transformers, load},
    gateway::spec_names,
};

const ABOUT: &str = "config";

/// The configuration with all that is to be said of it.
pub(super) fn config(surroundings: &Surroundings) -> (Vec<Finding>, Option<Config>) {
    match load(surroundings.config.as_deref()) {
        Ok(Loaded::Demo) => {
            let advice = "`wireloom config init` writes one";
            (
                vec![Finding::warning(
                    ABOUT,
                    "there is no configuration: requests go to the built-in simulation",
                    advice,
                )],
                None,
            )
        }
        Ok(Loaded::File { path, config, warnings }) => told(&path.display().to_string(), config, &warnings),
        Ok(Loaded::BuiltIn { config, warnings }) => told("the configuration that is built in", config, &warnings),
        Err(LoadError::Mistakes(mistakes)) => (mistakes.iter().map(finding).collect(), None),
        Err(error) => (
            vec![Finding::wrong(ABOUT, error.to_string(), "see that the path is right, and that wireloom may read it")],
            None,
        ),
    }
}

fn told(name: &str, config: Config, warnings: &[Diagnostic]) -> (Vec<Finding>, Option<Config>) {
    let transformers = check_transformers(&config, &spec_names());
    let mut findings: Vec<Finding> = warnings.iter().chain(&transformers).map(finding).collect();
    let models: usize = config.providers.iter().map(|provider| provider.models.len()).sum();
    let found = format!("{name}: {} providers, {models} models", config.providers.len());
    findings.insert(0, Finding::ok(ABOUT, found));
    if config.router.default.is_none() && !config.providers.is_empty() {
        let found = "`Router.default` is not set: a request that names no `provider,model` goes nowhere";
        findings.push(Finding::warning(ABOUT, found, "`wireloom model set default PROVIDER,MODEL`"));
    }
    (findings, Some(config))
}

fn finding(mistake: &Diagnostic) -> Finding {
    let (line, column) = mistake.origin.line_column();
    let found = format!("{}:{line}:{column}: {} [{}]", mistake.origin.source.path, mistake.message, mistake.code);
    let usual = match mistake.code {
        UNSET_VARIABLE => "set it where wireloom is started, or in a `.env` beside the file",
        _ => "`wireloom config check` shows the place",
    };
    let advice = mistake.help.clone().unwrap_or_else(|| usual.to_owned());
    match mistake.severity {
        Severity::Error => Finding::wrong(ABOUT, found, advice),
        Severity::Warning => Finding::warning(ABOUT, found, advice),
    }
}

/// Whether others can read the keys that stand in the file.
pub(super) fn permissions(surroundings: &Surroundings) -> Option<Finding> {
    let path: PathBuf = surroundings.config.clone().or_else(crate::config::path)?;
    let tree = parse(&read_file(&path).ok()?).ok()?;
    let has_keys = has_key(&tree);
    let shown = path.display();
    if !has_keys {
        return Some(Finding::ok("files", format!("{shown} names its keys by variables alone")));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).ok()?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let found = format!("{shown} has keys in it, and others can read it (mode {mode:03o})");
            return Some(Finding::warning(
                "files",
                found,
                format!("`chmod 600 {shown}`, or put variables in their place"),
            ));
        }
    }
    Some(Finding::ok("files", format!("{shown} has keys in it, and is yours alone")))
}

/// Whether a value that is a secret stands there itself, and not as a variable.
fn has_key(node: &Node) -> bool {
    let is_plain = |node: &Node| node.text().is_some_and(|text| !text.trim().is_empty() && !text.contains('$'));
    match &node.value {
        Value::List(nodes) => nodes.iter().any(has_key),
        Value::Object(entries) => entries.iter().any(|entry| {
            let secret = holds_secret(&entry.key) && is_plain(&entry.node);
            // A local server's key may be any word.
            let is_word = entry.node.text().is_some_and(|text| text.len() < 12);
            (secret && !is_word) || has_key(&entry.node)
        }),
        _ => false,
    }
}
