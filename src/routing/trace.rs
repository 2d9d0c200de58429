//! The checks that led to a decision, and what they saw.

use std::borrow::Cow;

use salvo_oapi::ToSchema;
use serde::Serialize;

/// The most bytes of a trace in a header.
const MOST_HEADER: usize = 4 << 10;

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// What was asked: a scenario, or a rule by its name.
    pub check: Cow<'static, str>,
    /// Whether it holds.
    pub holds: bool,
    /// What it saw, in words.
    pub saw: String,
}

/// The checks in their order, if somebody wants them.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    wanted: bool,
    checks: Vec<Check>,
}

impl Trace {
    /// One that keeps checks only if they are wanted.
    pub fn new(wanted: bool) -> Self {
        Self { wanted, checks: Vec::new() }
    }

    /// Whether checks are kept.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Notes a check.
    pub fn note(&mut self, check: impl Into<Cow<'static, str>>, holds: bool, saw: impl FnOnce() -> String) {
        if self.wanted {
            self.checks.push(Check { check: check.into(), holds, saw: saw() });
        }
    }

    /// Adds the checks of another one.
    pub fn extend(&mut self, other: &Trace) {
        self.checks.extend_from_slice(&other.checks);
    }

    /// The checks.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The checks as JSON in a header: ASCII, and cut at whole checks where it would be too long.
    pub fn header(&self) -> String {
        let mut out = String::from("[");
        for check in &self.checks {
            let text = ascii(&serde_json::to_string(check).unwrap_or_default());
            if out.len() + text.len() + 2 > MOST_HEADER {
                break;
            }
            if out.len() > 1 {
                out.push(',');
            }
            out += &text;
        }
        out + "]"
    }
}

/// JSON with escapes for all that is not ASCII.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter.is_ascii() && !letter.is_ascii_control() {
            true => out.push(letter),
            false => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}")),
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_ascii_json_and_bounded() {
        let mut trace = Trace::new(true);
        trace.note("rule", true, || "„é“ 😀\n\u{7f}".into());
        let header = trace.header();
        assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{header}");
        let read: serde_json::Value = serde_json::from_str(&header).unwrap();
        assert_eq!(read[0]["saw"], "„é“ 😀\n\u{7f}");
        (0..1000).for_each(|_| trace.note("more", false, || "x".repeat(50)));
        let header = trace.header();
        assert!(header.len() <= MOST_HEADER);
        assert!(serde_json::from_str::<Vec<serde_json::Value>>(&header).unwrap().len() > 10);
    }
}
