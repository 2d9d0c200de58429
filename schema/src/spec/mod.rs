//! The spec language: a provider is one JSON5 file that looks like the vendor's documentation.
//!
//! [`compile`] is the whole compiler. Its stages collect their mistakes, show them together, and stop the next stage.

pub mod check;
pub mod codes;
pub mod emit;
pub mod explain;
pub mod files;
pub mod glob;
pub mod hole;
pub mod json_schema;
pub mod leaf;
pub mod lower;
pub mod matrix;
pub mod plan;
pub mod resolve;
pub mod show;
pub mod speech;

use std::sync::Arc;

use crate::{diagnostic::Diagnostic, document::Source};
use plan::Plan;

/// From spec files to checked plans: read and resolve, lower, check.
pub fn compile(sources: &[Arc<Source>]) -> Result<Vec<Plan>, Vec<Diagnostic>> {
    let resolved = resolve::resolve(sources)?;
    let plans = all(resolved.iter().map(|spec| lower::lower(spec).map(check::reach::without_needless)))?;
    all(plans.into_iter().map(|plan| check::check(&plan).map(|()| plan)))
}

/// All results, or the mistakes of all; what two specs share is told once.
fn all<T>(results: impl Iterator<Item = Result<T, Vec<Diagnostic>>>) -> Result<Vec<T>, Vec<Diagnostic>> {
    let (mut done, mut mistakes) = (Vec::new(), crate::diagnostic::Mistakes::default());
    for result in results {
        match result {
            Ok(value) => done.push(value),
            Err(errors) => errors.into_iter().for_each(|error| mistakes.push(error)),
        }
    }
    mistakes.unless_any(done)
}
