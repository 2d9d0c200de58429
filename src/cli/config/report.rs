//! Mistakes for programs: JSON, GitHub's annotations, SARIF.

use serde::Serialize;
use wireloom_schema::config::codes::CODES;

use crate::config::{Finding, Problem, Span};

#[derive(Serialize)]
struct Report {
    valid: bool,
    errors: Vec<Problem>,
}

/// `{ valid, errors: […] }`.
pub(super) fn json(findings: &[Finding], valid: bool) -> String {
    pretty(&Report { valid, errors: findings.iter().map(Problem::from).collect() })
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A line that GitHub shows beside the file, for each mistake.
pub(super) fn github(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let (told, span) = (&finding.told, Span::of(&finding.told.origin));
        let advice = told.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!(
            "::{} file={},line={},endLine={},col={},endColumn={},title={}::{}",
            told.severity,
            property(&told.origin.source.path),
            span.start.0,
            span.end.0,
            span.start.1,
            span.end.1,
            property(told.code),
            data(&format!("{}{advice}", told.message)),
        )
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Text that cannot end its annotation.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[derive(Serialize)]
struct Sarif<'s> {
    #[serde(rename = "$schema")]
    schema: &'s str,
    version: &'s str,
    runs: [Run<'s>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'s> {
    tool: Tool<'s>,
    column_kind: &'s str,
    results: Vec<Outcome<'s>>,
}

#[derive(Serialize)]
struct Tool<'s> {
    driver: Driver<'s>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'s> {
    name: &'s str,
    semantic_version: &'s str,
    rules: Vec<Rule<'s>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'s> {
    id: &'s str,
    short_description: Text,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'s> {
    rule_id: &'s str,
    level: String,
    message: Text,
    locations: [Location<'s>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'s> {
    physical_location: Physical<'s>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical<'s> {
    artifact_location: Artifact<'s>,
    region: Region,
}

#[derive(Serialize)]
struct Artifact<'s> {
    uri: &'s str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

/// SARIF 2.1.0, which code scanning takes.
pub(super) fn sarif(findings: &[Finding]) -> String {
    let rule = |&(id, doc): &(&'static str, &'static str)| Rule { id, short_description: Text { text: doc.into() } };
    let mut rules: Vec<Rule<'_>> = CODES.iter().map(rule).collect();
    for (id, doc) in [("J001", "the file is not JSON5"), ("J002", "a key stands twice")] {
        rules.push(rule(&(id, doc)));
    }
    let driver = Driver { name: "wireloom", semantic_version: env!("CARGO_PKG_VERSION"), rules };
    let results = findings.iter().map(outcome).collect();
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    pretty(&Sarif { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] })
}

fn outcome(finding: &Finding) -> Outcome<'_> {
    let (told, span) = (&finding.told, Span::of(&finding.told.origin));
    let advice = told.help.as_deref().map(|help| format!("\n{help}")).unwrap_or_default();
    let region =
        Region { start_line: span.start.0, start_column: span.start.1, end_line: span.end.0, end_column: span.end.1 };
    let artifact_location = Artifact { uri: &told.origin.source.path };
    Outcome {
        rule_id: told.code,
        level: told.severity.to_string(),
        message: Text { text: format!("{}{advice}", told.message) },
        locations: [Location { physical_location: Physical { artifact_location, region } }],
    }
}
