//! Mistakes in configurations as data: what `wireloom config check --format json` prints, and what the service answers.

use salvo_oapi::ToSchema;
use serde::Serialize;
use wireloom_schema::{
    config::pointer,
    diagnostic::Diagnostic,
    document::{Node, Origin},
};

/// A mistake, and the JSON pointer of where it is.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The mistake.
    pub told: Diagnostic,
    /// Where it is in the data; nothing if the file is not JSON5.
    pub pointer: Option<String>,
}

impl Finding {
    /// All that is told of a file, in the order of its places.
    pub fn all(mut told: Vec<Diagnostic>, tree: Option<&Node>) -> Vec<Self> {
        told.sort_by_key(|mistake| mistake.origin.range.start);
        let find = |told: Diagnostic| Self { pointer: tree.map(|tree| pointer(tree, &told.origin)), told };
        told.into_iter().map(find).collect()
    }
}

/// Line and column, from 1, of a place's first and behind its last letter.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Of the first letter.
    pub start: (usize, usize),
    /// Behind the last letter.
    pub end: (usize, usize),
}

impl Span {
    /// Of a place.
    pub fn of(origin: &Origin) -> Self {
        let end = origin.range.end.max(origin.range.start);
        let end = Origin { source: origin.source.clone(), range: end..end };
        Self { start: origin.line_column(), end: end.line_column() }
    }
}

/// A mistake in a configuration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Its kind, which is never used for another.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: String,
    /// The file, as people are shown it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The line of its end.
    pub end_line: usize,
    /// The column behind its end.
    pub end_column: usize,
    /// Where it is, as a JSON pointer; nothing if the text is not JSON5.
    pub path: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What stands there, or what is expected there.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl From<&Finding> for Problem {
    fn from(finding: &Finding) -> Self {
        let (told, span) = (&finding.told, Span::of(&finding.told.origin));
        Self {
            code: told.code,
            severity: told.severity.to_string(),
            file: told.origin.source.path.clone(),
            line: span.start.0,
            column: span.start.1,
            end_line: span.end.0,
            end_column: span.end.1,
            path: finding.pointer.clone(),
            message: told.message.clone(),
            label: told.label.clone(),
            help: told.help.clone(),
        }
    }
}
