//! How new values are written: as what stands around them is.

use serde_json::Value as Json;

use super::splice::{Splices, line_start};
use crate::document::{Node, Value};

/// How wide a line may get before a value takes several.
const WIDTH: usize = 100;

/// The habits of a document.
pub(super) struct Style {
    /// What each level is indented by.
    unit: String,
    /// How lines end.
    pub(super) newline: &'static str,
    /// What stands around strings.
    quote: char,
    /// Whether keys that are words stand without quotes.
    bare: bool,
}

impl Style {
    pub(super) fn of(text: &str, root: &Node) -> Self {
        let first = root.entries().first();
        let indent = first.map(|entry| &text[line_start(text, entry.at.range.start)..entry.at.range.start]);
        let unit = indent.filter(|indent| !indent.is_empty() && indent.trim().is_empty()).unwrap_or("  ").to_owned();
        let bare = first.is_none_or(|entry| !text[entry.at.range.start..].starts_with(['"', '\'']));
        let quote = first_text(root).and_then(|node| text[node.origin.range.start..].chars().next()).unwrap_or('"');
        Self { unit, newline: if text.contains("\r\n") { "\r\n" } else { "\n" }, quote, bare }
    }

    /// One level deeper.
    pub(super) fn deeper(&self, indent: &str) -> String {
        format!("{indent}{}", self.unit)
    }

    /// A value in place of another.
    pub(super) fn in_place(&self, text: &str, node: &Node, value: &Json) -> Splices {
        let start = node.origin.range.start;
        let line = &text[line_start(text, start)..start];
        let indent = &line[..line.len() - line.trim_start().len()];
        let quote = if node.text().is_some() { text[start..].chars().next() } else { None };
        let written = self.written(value, quote.unwrap_or(self.quote), indent, line.chars().count());
        Splices::one(node.origin.range.clone(), written)
    }

    /// A value, or a key with it, that begins in `column` of a line with that indentation.
    pub(super) fn item(&self, key: Option<&str>, value: &Json, indent: &str, column: usize) -> String {
        let key = key.map(|key| format!("{}: ", self.key(key))).unwrap_or_default();
        let written = self.written(value, self.quote, indent, column + key.chars().count());
        key + &written
    }

    fn written(&self, value: &Json, quote: char, indent: &str, column: usize) -> String {
        let line = self.on_one_line(value, quote);
        let (open, close, items): (_, _, Vec<(Option<&str>, &Json)>) = match value {
            Json::Array(values) => ('[', ']', values.iter().map(|value| (None, value)).collect()),
            Json::Object(map) => ('{', '}', map.iter().map(|(key, value)| (Some(key.as_str()), value)).collect()),
            _ => return line,
        };
        if items.is_empty() || column + line.chars().count() <= WIDTH {
            return line;
        }
        let (inner, newline) = (self.deeper(indent), self.newline);
        let written = items.iter().map(|(key, value)| inner.clone() + &self.item(*key, value, &inner, inner.len()));
        let body = written.collect::<Vec<_>>().join(&format!(",{newline}"));
        format!("{open}{newline}{body}{newline}{indent}{close}")
    }

    fn on_one_line(&self, value: &Json, quote: char) -> String {
        match value {
            Json::String(text) => quoted(text, quote),
            Json::Array(values) => {
                let values: Vec<String> = values.iter().map(|value| self.on_one_line(value, quote)).collect();
                format!("[{}]", values.join(", "))
            }
            Json::Object(map) if map.is_empty() => "{}".into(),
            Json::Object(map) => {
                let entry =
                    |(key, value): (&String, &Json)| format!("{}: {}", self.key(key), self.on_one_line(value, quote));
                format!("{{ {} }}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            _ => value.to_string(),
        }
    }

    fn key(&self, key: &str) -> String {
        let is_word = key.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !["null", "true", "false"].contains(&key);
        if self.bare && is_word { key.to_owned() } else { quoted(key, self.quote) }
    }
}

/// A string in these quotes, or in double ones if it has such a quote itself.
fn quoted(text: &str, quote: char) -> String {
    let double = Json::from(text).to_string();
    if quote != '\'' || text.contains('\'') {
        return double;
    }
    let inner: String = text
        .chars()
        .map(|letter| match letter {
            '"' => "\"".to_owned(),
            letter => {
                let escaped = Json::from(letter.to_string()).to_string();
                escaped[1..escaped.len() - 1].to_owned()
            }
        })
        .collect();
    format!("'{inner}'")
}

/// The first string that is a value.
fn first_text(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Text(_) => Some(node),
        Value::List(nodes) => nodes.iter().find_map(first_text),
        Value::Object(entries) => entries.iter().find_map(|entry| first_text(&entry.node)),
        _ => None,
    }
}
