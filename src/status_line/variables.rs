//! What the texts of modules may name.

use std::{path::Path, time::UNIX_EPOCH};

use crate::token_speed::{self, Report};

use super::{
    Place, git,
    settings::Settings,
    told::Told,
    transcript::{self, LastAnswer},
};

/// How long a speed counts, in milliseconds.
const FRESH: u64 = 3_000;

/// The variables with their values, which are empty where nothing is known.
pub(super) struct Variables(Vec<(&'static str, String)>);

impl Variables {
    /// Of a session.
    pub(super) fn new(told: &Told, settings: &Settings, place: &Place) -> Self {
        let folder = told.folder();
        let answer = told.text("/transcript_path").and_then(|path| transcript::last_answer(Path::new(path)));
        let LastAnswer { model, input, output } = answer.unwrap_or_default();
        // A folder may have a configuration of its own, as in claude-code-router.
        let own = || Settings::read(Some(&folder.as_ref()?.join(".claude-code-router/config.json"))).model;
        let shown = || told.text("/model/display_name").map(str::to_owned);
        let model = model.or_else(own).or_else(|| settings.model.clone()).or_else(shown);
        let session = told.text("/session_id").unwrap_or_default();
        let now = place.now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let is_fresh = |report: &Report| now.saturating_sub(u128::from(report.timestamp)) <= u128::from(FRESH);
        let report = token_speed::last(&place.temporary, session);
        let speed = report.as_ref().filter(|report| is_fresh(report));
        let streams = speed.is_some_and(|report| report.stream);
        let window = told.whole("/context_window/context_window_size").filter(|size| *size > 0);
        let added = told.whole("/cost/total_lines_added");
        let removed = told.whole("/cost/total_lines_removed");
        let net = added.or(removed).map(|_| added.unwrap_or(0) - removed.unwrap_or(0));
        let text = |value: Option<String>| value.map(|text| printable(&text)).unwrap_or_default();
        let count = |value: Option<i64>| text(value.map(thousands));
        let number = |value: Option<i64>| text(value.map(|number| number.to_string()));
        let name = folder.as_ref().and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
        Self(vec![
            ("workDirName", text(name)),
            ("gitBranch", text(folder.as_deref().and_then(git::branch))),
            ("model", text(model)),
            ("inputTokens", count(input.map(saturated))),
            ("outputTokens", count(output.map(saturated))),
            (
                "tokenSpeed",
                text(
                    speed
                        .map(|report| report.tokens_per_second.round())
                        .filter(|speed| *speed > 0.0)
                        .map(|speed| speed.to_string()),
                ),
            ),
            ("isStreaming", text(streams.then(|| "streaming".into()))),
            ("streamingIndicator", text(streams.then(|| "[Streaming]".into()))),
            (
                "timeToFirstToken",
                text(
                    report
                        .as_ref()
                        .map(|report| report.time_to_first_token.clone())
                        .filter(|told| told.ends_with("ms")),
                ),
            ),
            ("contextPercent", number(percent(told, window))),
            ("contextWindowSize", count(window)),
            ("totalInputTokens", count(told.whole("/context_window/total_input_tokens"))),
            ("totalOutputTokens", count(told.whole("/context_window/total_output_tokens"))),
            ("cost", text(told.number("/cost/total_cost_usd").map(dollars))),
            ("duration", text(told.number("/cost/total_duration_ms").map(duration))),
            ("linesAdded", number(added)),
            ("linesRemoved", number(removed)),
            ("netLines", number(net)),
            ("version", text(told.text("/version").map(str::to_owned))),
            ("sessionId", text(Some(session.chars().take(8).collect()))),
        ])
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// A text with the values of the variables that it names; nothing, if it names some and all of them are empty, or if
    /// nothing is left of it.
    pub(super) fn filled(&self, text: &str) -> Option<String> {
        let (mut out, mut rest) = (String::new(), text);
        let (mut names, mut values) = (0, 0);
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else { break };
            let value = self.get(name.trim());
            names += 1;
            values += usize::from(!value.is_empty());
            out += before;
            out += value;
            rest = behind;
        }
        out += rest;
        let out = out.trim().to_owned();
        ((names == 0 || values > 0) && !out.is_empty()).then_some(out)
    }

    /// All of them as a JSON object, for scripts.
    #[cfg(feature = "custom-router")]
    pub(super) fn json(&self) -> String {
        let entries = self.0.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
        serde_json::Value::Object(entries.collect()).to_string()
    }
}

/// A text without what would move a terminal's cursor: names of folders and branches may have anything.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

fn saturated(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How much of the window is filled: what is told, or what the last answer took.
fn percent(told: &Told, window: Option<i64>) -> Option<i64> {
    if let Some(percent) = told.whole("/context_window/used_percentage") {
        return Some(percent);
    }
    let parts = [
        "/context_window/current_usage/input_tokens",
        "/context_window/current_usage/cache_creation_input_tokens",
        "/context_window/current_usage/cache_read_input_tokens",
    ];
    let parts = parts.map(|part| told.number(part));
    let used: f64 = parts.iter().flatten().sum();
    let window = window? as f64;
    parts.iter().any(Option::is_some).then(|| (used / window * 100.0).round() as i64)
}

/// A number of tokens, in thousands from a thousand on.
fn thousands(number: i64) -> String {
    if number >= 1_000 { format!("{:.1}k", number as f64 / 1_000.0) } else { number.to_string() }
}

/// US dollars, in cents below one.
fn dollars(cost: f64) -> String {
    if cost < 0.01 { format!("{:.2}¢", cost * 100.0) } else { format!("${cost:.2}") }
}

/// Milliseconds, for people.
fn duration(milliseconds: f64) -> String {
    let seconds = milliseconds / 1_000.0;
    match seconds {
        ..1.0 => format!("{milliseconds:.0}ms"),
        ..60.0 => format!("{seconds:.1}s"),
        ..3_600.0 => format!("{}m{}s", (seconds / 60.0) as u64, (seconds % 60.0) as u64),
        _ => format!("{}h{}m", (seconds / 3_600.0) as u64, (seconds % 3_600.0 / 60.0) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let seen =
            [thousands(999), thousands(1_234), dollars(0.0042), dollars(1.5), duration(83_000.0), duration(50.0)];
        assert_eq!(seen, ["999", "1.2k", "0.42¢", "$1.50", "1m23s", "50ms"]);
    }

    #[test]
    fn texts_of_empty_variables_are_not_shown() {
        let variables = Variables(vec![("a", "1".into()), ("b", String::new())]);
        let seen =
            ["{{a}} x", "{{b}} x", "{{ b }}/{{a}}", "{{unknown}}", "x", " {{a", ""].map(|text| variables.filled(text));
        let expected = [Some("1 x"), None, Some("/1"), None, Some("x"), Some("{{a"), None];
        assert_eq!(seen, expected.map(|text| text.map(str::to_owned)));
    }
}
