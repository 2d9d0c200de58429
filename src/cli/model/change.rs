//! Changing the file of a configuration.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use serde_json::Value;
use wireloom_schema::{
    config::{
        Reading, UNSET_VARIABLE,
        edit::{EditError, Step, insert, remove, set},
    },
    diagnostic::{Diagnostic, Severity},
    document::{Node, Source},
};

use crate::{
    cli::{Failure, refused, render, tell},
    config::{check_transformers, path, replace, study},
    gateway::spec_names,
};

/// A configuration that is a file, as it was read.
pub(super) struct File {
    path: PathBuf,
    text: String,
    tree: Option<Node>,
}

/// One change of it.
pub(super) enum Change {
    Set(Vec<Step>, Value),
    Insert(Vec<Step>, usize, Value),
    Remove(Vec<Step>),
}

impl Change {
    fn apply(&self, text: &str) -> Result<String, EditError> {
        match self {
            Self::Set(path, value) => set(text, path, value),
            Self::Insert(path, at, value) => insert(text, path, *at, value),
            Self::Remove(path) => remove(text, path),
        }
    }
}

impl File {
    /// The file that is named, or that `wireloom start` uses.
    pub(super) fn read(named: Option<PathBuf>) -> Result<Self, Failure> {
        let path = named
            .or_else(path)
            .ok_or_else(|| Failure::Usage("there is no configuration: `wireloom config init` writes one".into()))?;
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))?;
        let tree = examined(&path, &text)?.tree;
        Ok(Self { path, text, tree })
    }

    /// The providers, as far as they can be read, with their models.
    pub(super) fn providers(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let list = self.tree.as_ref().and_then(|tree| tree.get("Providers")).map(Node::elements).unwrap_or_default();
        list.iter().map(|provider| {
            let name = provider.get("name").and_then(Node::text).unwrap_or_default();
            let models = provider.get("models").map(Node::elements).unwrap_or_default();
            (name.trim(), models.iter().filter_map(Node::text).collect())
        })
    }

    /// Where requests of a kind go.
    pub(super) fn route(&self, key: &str) -> Option<&str> {
        self.tree.as_ref()?.get("Router")?.get(key)?.text()
    }

    /// The place of a provider among all, and its models.
    pub(super) fn provider(&self, name: &str) -> Result<(usize, Vec<&str>), Failure> {
        let found = self.providers().enumerate().find(|(_, (known, _))| known.eq_ignore_ascii_case(name));
        found.map(|(index, (_, models))| (index, models)).ok_or_else(|| {
            let known: Vec<&str> = self.providers().map(|(name, _)| name).collect();
            Failure::Usage(format!("there is no provider `{name}`; there are: {}", known.join(", ")))
        })
    }

    /// Makes changes, all or none: what would make the configuration wrong is told and not written.
    pub(super) fn change(&self, changes: &[Change]) -> Result<ExitCode, Failure> {
        let apply = |text: String, change: &Change| change.apply(&text);
        let new = changes.iter().try_fold(self.text.clone(), apply).map_err(|error| match error {
            EditError::Unreadable(_) => Failure::Usage(format!("{error}: `wireloom config check` shows where")),
            EditError::NoPlace(_) => Failure::Usage(error.to_string()),
        })?;
        if new == self.text {
            tell(&format!("{} says so already", self.path.display()));
            return Ok(ExitCode::SUCCESS);
        }
        let told = diagnostics(examined(&self.path, &new)?);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            told.into_iter().partition(|mistake| mistake.severity == Severity::Error);
        if !errors.is_empty() {
            let told = format!("{}\n\nerror: {} is left as it is", render(&errors), self.path.display());
            return Err(Failure::Mistakes(told));
        }
        if !warnings.is_empty() {
            tell(&render(&warnings));
        }
        let unwritten = |why: String| Failure::Work(format!("{} is not written: {why}", self.path.display()));
        let now = fs::read_to_string(&self.path).map_err(|error| unwritten(error.to_string()))?;
        if now != self.text {
            return Err(unwritten("it has been changed meanwhile".into()));
        }
        replace(&self.path, &new).map_err(|error| unwritten(error.to_string()))?;
        tell(&format!("{} is written; what it was stands beside it", self.path.display()));
        Ok(ExitCode::SUCCESS)
    }
}

fn examined(path: &Path, text: &str) -> Result<Reading, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Arc::new(Source { path: path.display().to_string(), text: text.into() });
    study(path, &source, |name| std::env::var(name).ok()).map_err(refused)
}

/// What `config check` would tell, but for variables that are set elsewhere.
fn diagnostics(reading: Reading) -> Vec<Diagnostic> {
    let transformers = reading.config.iter().flat_map(|config| check_transformers(config, &spec_names()));
    let transformers: Vec<Diagnostic> = transformers.collect();
    let told = reading.told.into_iter().chain(transformers);
    told.filter(|mistake| mistake.code != UNSET_VARIABLE).collect()
}
