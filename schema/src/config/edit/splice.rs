//! Where in a text an element or entry comes in, and what goes with one that goes.

use std::ops::Range;

use serde_json::Value as Json;

use super::layout::Style;
use crate::{
    config::{shown::spliced, token::Token},
    document::{Node, Value},
};

/// What takes the places of parts of a text. Parts do not overlap.
#[derive(Default)]
pub(super) struct Splices(Vec<(Range<usize>, String)>);

impl Splices {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn one(range: Range<usize>, text: String) -> Self {
        Self(vec![(range, text)])
    }

    fn and(mut self, range: Range<usize>, text: impl Into<String>) -> Self {
        self.0.push((range, text.into()));
        self
    }

    /// The text with all of them; of two at one place the first comes first.
    pub(super) fn applied(self, text: &str) -> String {
        spliced(text, self.0)
    }
}

/// Where the line of a place begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
}

/// The white space at the beginning of the line of a place.
fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..at];
    &line[..line.len() - line.trim_start().len()]
}

/// Whether nothing stands before a place on its line.
fn begins_line(text: &str, at: usize) -> bool {
    let start = line_start(text, at);
    start > 0 && text[start..at].trim().is_empty()
}

/// The elements, or the entries with their keys.
fn items(node: &Node) -> Vec<Range<usize>> {
    match &node.value {
        Value::List(nodes) => nodes.iter().map(|node| node.origin.range.clone()).collect(),
        Value::Object(entries) => {
            entries.iter().map(|entry| entry.at.range.start..entry.node.origin.range.end).collect()
        }
        _ => Vec::new(),
    }
}

/// Where the comma behind an item is, if there is one.
fn comma(text: &str, end: usize) -> Option<usize> {
    let mut at = end;
    while at < text.len() {
        match Token::first(&text[at..]) {
            Token::Comment(length) | Token::Other(length) => at += length,
            Token::Mark(b',') => return Some(at),
            Token::Mark(_) | Token::Scalar(_) => return None,
        }
    }
    None
}

/// The end of the comments that follow a place on its line, if nothing but them does; else the place.
fn behind_comments(text: &str, from: usize) -> usize {
    let (mut at, mut end) = (from, from);
    while at < text.len() {
        let rest = &text[at..];
        match Token::first(rest) {
            Token::Comment(length) if !rest[..length].contains(['\n', '\r']) => {
                at += length;
                end = at;
            }
            Token::Other(length) if !rest.starts_with(['\n', '\r']) => at += length,
            Token::Other(_) => return end,
            _ => return from,
        }
    }
    end
}

/// A new item before that of an index; a key comes with what is an entry.
pub(super) fn add(text: &str, into: &Node, index: usize, key: Option<&str>, value: &Json, style: &Style) -> Splices {
    let items = items(into);
    let newline = style.newline;
    let column = |at: usize| text[line_start(text, at)..at].chars().count();
    let written = |indent: &str, column: usize| style.item(key, value, indent, column);
    let Some(previous) = index.checked_sub(1).and_then(|before| items.get(before)) else {
        return match items.first() {
            Some(first) if begins_line(text, first.start) => {
                let indent = indent(text, first.start);
                let item = written(indent, indent.len());
                Splices::one(first.start..first.start, format!("{item},{newline}{indent}"))
            }
            Some(first) => {
                let item = written(indent(text, first.start), column(first.start));
                Splices::one(first.start..first.start, item + ", ")
            }
            None => add_first(text, into, written, style),
        };
    };
    let comma = comma(text, previous.end);
    if !begins_line(text, previous.start) {
        let item = written(indent(text, previous.start), column(previous.end));
        return match comma {
            Some(comma) => Splices::one(comma + 1..comma + 1, format!(" {item},")),
            None => Splices::one(previous.end..previous.end, format!(", {item}")),
        };
    }
    let indent = indent(text, previous.start);
    let item = written(indent, indent.len());
    let end = behind_comments(text, comma.map_or(previous.end, |comma| comma + 1));
    match comma {
        Some(_) => Splices::one(end..end, format!("{newline}{indent}{item},")),
        None => Splices::one(previous.end..previous.end, ",".into()).and(end..end, format!("{newline}{indent}{item}")),
    }
}

/// The first item of an object or list.
fn add_first(text: &str, into: &Node, written: impl Fn(&str, usize) -> String, style: &Style) -> Splices {
    let Range { start, end } = into.origin.range.clone();
    let (open, close) = (start + 1, end - 1);
    let inside = &text[open..close];
    let (outer, newline) = (indent(text, start), style.newline);
    let inner = style.deeper(outer);
    if inside.trim().is_empty() && !inside.contains(['\n', '\r']) {
        let space = if matches!(into.value, Value::Object(_)) || !inside.is_empty() { " " } else { "" };
        let item = written(outer, text[line_start(text, open)..open].chars().count());
        if !item.contains('\n') {
            // The space that is there stays behind it.
            return Splices::one(open..open, format!("{space}{item}{}", if inside.is_empty() { space } else { "" }));
        }
        let item = written(&inner, inner.len());
        return Splices::one(open..close, format!("{newline}{inner}{item}{newline}{outer}"));
    }
    let at = open + inside.trim_end().len();
    let closes = if text[at..close].contains(['\n', '\r']) { String::new() } else { format!("{newline}{outer}") };
    Splices::one(at..at, format!("{newline}{inner}{},{closes}", written(&inner, inner.len())))
}

/// Without the item of an index.
pub(super) fn take(text: &str, from: &Node, index: usize) -> Splices {
    let items = items(from);
    let Some(item) = items.get(index) else { return Splices::new() };
    let comma_behind = comma(text, item.end);
    let end = comma_behind.map_or(item.end, |comma| comma + 1);
    let line = line_start(text, item.start);
    let alone = behind_comments(text, end);
    let rest = &text[alone..];
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let line_end = ["\r\n", "\n", "\r"].iter().find(|end| rest[blank..].starts_with(**end));
    let mut range = match line_end {
        Some(newline) if begins_line(text, item.start) => line..alone + blank + newline.len(),
        // What follows on the line moves up to where the item was.
        _ if comma_behind.is_some() => {
            let rest = &text[end..];
            item.start..end + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
        }
        _ => item.start..end,
    };
    // The last item without a comma leaves none behind before it.
    let before = index.checked_sub(1).and_then(|before| items.get(before)).filter(|_| comma_behind.is_none());
    let Some(comma) = before.and_then(|before| comma(text, before.end)) else {
        return Splices::one(range, String::new());
    };
    if text[comma + 1..range.start].trim_matches([' ', '\t']).is_empty() {
        range.start = comma + 1;
    }
    Splices::one(comma..comma + 1, String::new()).and(range, "")
}
