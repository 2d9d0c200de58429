//! Changing a configuration's text and leaving all else in it as it was written: comments, order, spelling, `$VAR`s.

mod layout;
mod merge;
mod splice;

use std::{fmt, sync::Arc};

use serde_json::Value as Json;

use self::{
    layout::Style,
    splice::{Splices, add, take},
};
use super::{
    spelling::{PROVIDER_ALIASES, TOP_ALIASES},
    tell::given,
};
use crate::{
    diagnostic::Diagnostic,
    document::{self, Entry, Node, Source, Value},
};
pub use merge::merge;

/// One step on the way from the whole to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the value at a key.
    Key(String),
    /// To an element, from 0.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Step::Key(key.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// Why a text cannot be changed as is wanted. The text is left as it was.
#[derive(Debug)]
pub enum EditError {
    /// It is not JSON5. Excerpts have no secrets hidden.
    Unreadable(Vec<Diagnostic>),
    /// There is no such place in it: something on the way there is no object, no list, or a list that is too short.
    NoPlace(Vec<Step>),
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::Unreadable(mistakes) => {
                f.write_str("the configuration is not JSON5")?;
                mistakes.first().map_or(Ok(()), |first| write!(f, " (line {})", first.origin.line_column().0))
            }
            EditError::NoPlace(path) => {
                f.write_str("the configuration has no place for `")?;
                for (at, step) in path.iter().enumerate() {
                    match step {
                        Step::Key(key) => write!(f, "{}{key}", if at == 0 { "" } else { "." })?,
                        Step::Index(index) => write!(f, "[{index}]")?,
                    }
                }
                f.write_str("`")
            }
        }
    }
}

impl std::error::Error for EditError {}

/// The text with `value` at a place. What is missing on the way there is made; an index that is the list's length appends.
/// Keys that claude-code-router spells in another way are found in that spelling, too. A value that is already there is
/// left as it is written.
///
/// # Errors
/// A text that is not JSON5, or a place that cannot be.
pub fn set(text: &str, path: &[Step], value: &Json) -> Result<String, EditError> {
    change(text, |root, body, style| {
        let nowhere = || EditError::NoPlace(path.to_vec());
        let wrapped = |from: usize| wrap(&path[from..], value).ok_or_else(nowhere);
        let mut node = root;
        for (at, step) in path.iter().enumerate() {
            let next = match (step, &node.value) {
                (Step::Key(key), Value::Object(_)) => child(node, key, path, at).map(|entry| &entry.node),
                (Step::Index(index), Value::List(nodes)) if *index <= nodes.len() => nodes.get(*index),
                (_, Value::Null) => return Ok(style.in_place(body, node, &wrapped(at)?)),
                _ => return Err(nowhere()),
            };
            match next {
                Some(next) => node = next,
                None => {
                    let index = node.entries().len().max(node.elements().len());
                    let key = if let Step::Key(key) = step { Some(key.as_str()) } else { None };
                    return Ok(add(body, node, index, key, &wrapped(at + 1)?, style));
                }
            }
        }
        Ok(if node.to_json() == *value { Splices::new() } else { style.in_place(body, node, value) })
    })
}

/// The text with `value` as a new element before the one with that index in the list at a place.
///
/// # Errors
/// A text that is not JSON5, or a place without a list that is long enough.
pub fn insert(text: &str, list: &[Step], index: usize, value: &Json) -> Result<String, EditError> {
    change(text, |root, body, style| match find(root, list) {
        Some(node) if matches!(node.value, Value::List(_)) && index <= node.elements().len() => {
            Ok(add(body, node, index, None, value, style))
        }
        _ => Err(EditError::NoPlace([list, &[Step::Index(index)]].concat())),
    })
}

/// The text without what is at a place, with the comment behind it on its line; if nothing is there, the text as it is.
///
/// # Errors
/// A text that is not JSON5.
pub fn remove(text: &str, path: &[Step]) -> Result<String, EditError> {
    change(text, |root, body, _| {
        let Some((last, way)) = path.split_last() else { return Ok(Splices::new()) };
        let Some(node) = find(root, way) else { return Ok(Splices::new()) };
        let index = match last {
            Step::Key(key) => {
                let entry = child(node, key, path, path.len() - 1);
                entry.and_then(|entry| node.entries().iter().position(|other| other.key == entry.key))
            }
            Step::Index(index) => Some(*index).filter(|index| *index < node.elements().len()),
        };
        Ok(index.map_or_else(Splices::new, |index| take(body, node, index)))
    })
}

/// Applies what a change of the tree says of the text. A byte order mark at its beginning stays.
fn change(
    text: &str,
    splices: impl FnOnce(&Node, &str, &Style) -> Result<Splices, EditError>,
) -> Result<String, EditError> {
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    let root = parse(body)?;
    let splices = splices(&root, body, &Style::of(body, &root))?;
    Ok(mark.to_owned() + &splices.applied(body))
}

fn parse(body: &str) -> Result<Node, EditError> {
    let source = Arc::new(Source { path: "configuration".into(), text: body.into() });
    document::parse(&source).map_err(EditError::Unreadable)
}

/// The node at a place, if it is there.
fn find<'n>(root: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().enumerate().try_fold(root, |node, (at, step)| match step {
        Step::Key(key) => child(node, key, path, at).map(|entry| &entry.node),
        Step::Index(index) => node.elements().get(*index),
    })
}

/// The entry of a key, in whatever spelling that is read.
fn child<'n>(node: &'n Node, key: &str, path: &[Step], at: usize) -> Option<&'n Entry> {
    let entry = |key: &str| node.entries().iter().find(|entry| entry.key == key);
    let is_provider = at == 2 && matches!(path.first(), Some(Step::Key(top)) if top.eq_ignore_ascii_case("providers"));
    let aliases: &[(&str, &str)] = match at {
        0 => &TOP_ALIASES,
        2 if is_provider => &PROVIDER_ALIASES,
        _ => &[],
    };
    let other = aliases.iter().filter(|(_, ours)| *ours == key).map(|(alias, _)| *alias);
    let mut read = other.filter(|alias| given(node, alias).is_some());
    read.next().and_then(entry).or_else(|| entry(key))
}

/// The value that has a value at a path below it, unless an element is asked for that cannot be the first.
fn wrap(path: &[Step], value: &Json) -> Option<Json> {
    path.iter().rev().try_fold(value.clone(), |inner, step| match step {
        Step::Key(key) => Some(Json::Object([(key.clone(), inner)].into_iter().collect())),
        Step::Index(0) => Some(vec![inner].into()),
        Step::Index(_) => None,
    })
}
