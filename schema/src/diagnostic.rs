//! Mistakes, told so that one knows what to do: a stable code, the place, the excerpt, and the nearest valid name.

use std::fmt;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::document::Origin;

/// Up to so many valid names are listed.
const FEW: usize = 20;

/// Whether a mistake stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Its kind: a letter and three digits, never reused.
    pub code: &'static str,
    /// Whether it stops the work.
    pub severity: Severity,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
    /// Where.
    pub origin: Origin,
    /// What stands there, or what is expected there.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            origin: origin.clone(),
            label: String::new(),
            help: None,
        }
    }

    /// With words at the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the valid name nearest to `given`, or all of them where they are few.
    pub fn nearest<'n>(self, given: &str, valid: impl IntoIterator<Item = &'n str>) -> Self {
        match nearest(given, valid) {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// One line: `file:line:column: error[code]: message`, for build logs.
    pub fn line(&self) -> String {
        let (line, column) = self.origin.line_column();
        let advice = self.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
        let path = &self.origin.source.path;
        format!("{path}:{line}:{column}: {}[{}]: {}{advice}", self.severity, self.code, self.message)
    }

    /// Many lines with the excerpt, in rustc's form; `color` for terminals.
    pub fn render(&self, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let source = &self.origin.source;
        let annotation = AnnotationKind::Primary.span(self.origin.range.clone()).label(self.label.as_str());
        let snippet = Snippet::source(source.text.as_str()).path(source.path.as_str()).annotation(annotation);
        let mut group = level.primary_title(self.message.as_str()).id(self.code).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// Advice for an unknown name: the valid name nearest to it, or all of them where they are few.
pub fn nearest<'n>(given: &str, valid: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let valid: Vec<&str> = valid.into_iter().collect();
    // Another case is the most common mistake, and the nearest.
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase());
    let near = valid.iter().map(|name| (likeness(name), name));
    let near = near.filter(|(likeness, _)| *likeness > 0.5).max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, name)) => Some(format!("did you mean `{name}`?")),
        None if valid.is_empty() || valid.len() > FEW => None,
        None => Some(format!("valid here: {}", valid.join(", "))),
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// Collects the mistakes of a stage; a stage with mistakes has no result.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<Diagnostic>);

impl Mistakes {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// The result if there were none, else all of them in the order of their places.
    pub fn unless_any<T>(mut self, result: T) -> Result<T, Vec<Diagnostic>> {
        if self.0.is_empty() {
            return Ok(result);
        }
        self.0.sort_by(|a, b| {
            (&a.origin.source.path, a.origin.range.start).cmp(&(&b.origin.source.path, b.origin.range.start))
        });
        self.0.dedup_by(|a, b| a.code == b.code && a.origin == b.origin && a.message == b.message);
        Err(self.0)
    }
}
