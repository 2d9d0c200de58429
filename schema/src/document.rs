//! JSON5 documents as ordered trees in which every node knows its file and place.

use std::{ops::Range, path::Path, sync::Arc};

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{ObjectPropName, Value as Ast},
    common::Ranged,
};

use crate::diagnostic::{Diagnostic, Mistakes};

/// A file's name and text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// As it is shown to people.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub source: Arc<Source>,
    /// Bytes of it.
    pub range: Range<usize>,
}

impl Origin {
    /// Line and column, from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.source.text.get(..self.range.start).unwrap_or(&self.source.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// What stands there in the file, without the quotes of a string.
    pub fn written(&self) -> &str {
        let text = self.source.text.get(self.range.clone()).unwrap_or_default();
        let inner = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        inner('"').or_else(|| inner('\'')).unwrap_or(text)
    }

    /// `file:line`.
    pub fn file_line(&self) -> String {
        format!("{}:{}", self.source.path, self.line_column().0)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub origin: Origin,
}

/// JSON's values; a number is kept as its text.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the variants are JSON's")]
pub enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub at: Origin,
    /// The value.
    pub node: Node,
}

impl Node {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if it is an object; else none.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The elements, if it is a list; else none.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// The value at a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    /// The value as JSON without places.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(text) => json5::from_str(text).unwrap_or(serde_json::Value::Null),
            Value::Text(text) => text.clone().into(),
            Value::List(nodes) => nodes.iter().map(Node::to_json).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.node.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// Reads a file from the disk; `path` is also what people are shown.
pub fn read_file(path: &Path) -> std::io::Result<Arc<Source>> {
    let text = std::fs::read_to_string(path)?;
    // Editors of some systems begin files with a byte order mark.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Arc::new(Source { path: path.display().to_string(), text }))
}

/// Parses a document, with all duplicate keys, or the first mistake in its syntax (`J001`, `J002`).
pub fn parse(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let mut mistakes = Mistakes::default();
    let options = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    match jsonc_parser::parse_to_ast(&source.text, &CollectOptions::default(), &options) {
        Ok(parsed) => match parsed.value {
            Some(ast) => {
                let node = tree(&ast, source, &mut mistakes);
                mistakes.unless_any(node)
            }
            None => {
                let origin = Origin { source: source.clone(), range: 0..0 };
                Err(vec![Diagnostic::error("J001", &origin, "the file is empty").label("expected an object")])
            }
        },
        Err(error) => {
            let range = error.range();
            let range = range.start.min(source.text.len())..range.end.min(source.text.len());
            let origin = Origin { source: source.clone(), range };
            let message = error.kind().to_string();
            let message = message.trim_end_matches('.');
            Err(vec![Diagnostic::error("J001", &origin, format!("not JSON5: {}", lower_first(message))).label("here")])
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn tree(ast: &Ast<'_>, source: &Arc<Source>, mistakes: &mut Mistakes) -> Node {
    let place = |range: jsonc_parser::common::Range| Origin { source: source.clone(), range: range.start..range.end };
    let value = match ast {
        Ast::NullKeyword(_) => Value::Null,
        Ast::BooleanLit(literal) => Value::Bool(literal.value),
        Ast::NumberLit(literal) => Value::Number(literal.value.to_string()),
        Ast::StringLit(literal) => Value::Text(literal.value.to_string()),
        Ast::Array(array) => {
            Value::List(array.elements.iter().map(|element| tree(element, source, mistakes)).collect())
        }
        Ast::Object(object) => {
            let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
            for property in &object.properties {
                let key = property.name.as_str().to_owned();
                let at = match &property.name {
                    ObjectPropName::String(name) => place(name.range()),
                    ObjectPropName::Word(name) => place(name.range()),
                };
                if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                    let (line, _) = first.at.line_column();
                    let message = format!("the key `{key}` stands twice");
                    mistakes.push(Diagnostic::error("J002", &at, message).label(format!("first on line {line}")));
                }
                entries.push(Entry { key, at, node: tree(&property.value, source, mistakes) });
            }
            Value::Object(entries)
        }
    };
    Node { value, origin: place(ast.range()) }
}
