//! `wireloom spec`: what specs say, what they come to, and what is wrong with them.

mod check;
mod expand;
mod explain;
mod matrix;
mod schema;
mod show;

use std::{path::Path, process::ExitCode, sync::Arc};

use clap::Subcommand;
use wireloom_schema::{
    diagnostic::{Diagnostic, nearest},
    document::Source,
    spec::{self, files, plan::Plan, resolve::Resolved},
};

use crate::provenance;

use super::{Failure, render};

const EXAMPLES: &str = "\
Examples:
  wireloom spec check my-provider.json5
  wireloom spec explain deepseek request.thinking
  wireloom spec matrix";

/// The commands below `spec`.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum Spec {
    /// Find the mistakes in spec files
    Check(check::Check),
    /// Show all that a spec says, with what it inherits
    Show(show::Show),
    /// Tell what stands at a place of a spec, where it is from, and what it means
    Explain(explain::Explain),
    /// Show the Rust that is generated from a spec
    Expand(expand::Expand),
    /// Show what each provider keeps, degrades and drops
    Matrix(matrix::Matrix),
    /// Print the JSON Schema of spec files
    Schema(schema::Schema),
}

impl Spec {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Spec::Check(check) => check.run(),
            Spec::Show(show) => show.run(),
            Spec::Explain(explain) => explain.run(),
            Spec::Expand(expand) => expand.run(),
            Spec::Matrix(matrix) => matrix.run(),
            Spec::Schema(schema) => schema.run(),
        }
    }
}

/// The specs that are compiled in.
fn embedded() -> Vec<Arc<Source>> {
    provenance::specs()
}

/// All resolved specs, and the one that is meant.
struct Named {
    sources: Vec<Arc<Source>>,
    resolved: Vec<Resolved>,
    index: usize,
}

impl Named {
    /// Finds `name`: a provider, else a dialect; with `dialect:` before it a dialect; or a spec file, which stands over
    /// the specs that are compiled in.
    fn find(name: &str) -> Result<Self, Failure> {
        let (mut sources, mut wanted) = (embedded(), name.to_owned());
        let mut file = None;
        if name.ends_with(".json5") {
            let given = files::read(&[name]).map_err(|error| Failure::Usage(error.to_string()))?;
            wanted = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            sources = files::over(sources, &given);
            file = given.into_iter().next();
        }
        let resolved = spec::resolve::resolve(&sources).map_err(mistakes)?;
        let is_meant = |spec: &&Resolved| match (&file, wanted.strip_prefix("dialect:")) {
            (Some(file), _) => spec.tree.origin.source == *file,
            (None, Some(dialect)) => !spec.is_provider && spec.name == dialect,
            (None, None) => spec.name == wanted,
        };
        let found =
            resolved.iter().enumerate().filter(|(_, spec)| is_meant(spec)).max_by_key(|(_, spec)| spec.is_provider);
        let Some(index) = found.map(|(index, _)| index) else {
            let names = resolved.iter().map(|spec| spec.name.as_str()).collect();
            return Err(unknown(name, names));
        };
        Ok(Self { sources, resolved, index })
    }

    fn spec(&self) -> &Resolved {
        &self.resolved[self.index]
    }

    /// The dialect of a provider.
    fn dialect(&self) -> Option<&Resolved> {
        let spec = self.spec();
        self.resolved.iter().find(|other| spec.is_provider && !other.is_provider && other.name == spec.dialect)
    }

    fn plan(&self) -> Result<Plan, Failure> {
        let (spec, plans) = (self.spec(), spec::compile(&self.sources).map_err(mistakes)?);
        let plan = plans.into_iter().find(|plan| plan.name == spec.name && plan.is_provider == spec.is_provider);
        plan.ok_or_else(|| Failure::Work(format!("the spec `{}` has no plan", spec.name)))
    }
}

/// There is no spec of that name; perhaps one of these is meant.
fn unknown(name: &str, mut names: Vec<&str>) -> Failure {
    names.sort_unstable();
    names.dedup();
    let advice = nearest(name, names).map(|advice| format!("; {advice}")).unwrap_or_default();
    Failure::Usage(format!("there is no spec `{name}`{advice}"))
}

fn mistakes(diagnostics: Vec<Diagnostic>) -> Failure {
    Failure::Mistakes(render(&diagnostics))
}
