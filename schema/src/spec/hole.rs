//! The text of a hole: `$name.view(kinds) | codec ?? default`.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Origin},
};

/// A hole as it is written, before its names are looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct HoleText {
    /// The value's name.
    pub name: String,
    /// The field or view of it, behind a dot.
    pub inner: Option<String>,
    /// Part kinds in parentheses.
    pub kinds: Option<Vec<String>>,
    /// The codec behind `|`.
    pub codec: Option<String>,
    /// The codec's words, in parentheses behind it.
    pub words: Vec<String>,
    /// What is written when the value is absent, behind `??`.
    pub default: Option<Literal>,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as its text.
    Number(String),
    /// A string.
    Text(String),
    /// `{}`.
    EmptyObject,
    /// `[]`.
    EmptyList,
    /// A bare word: the name of a variant.
    Word(String),
}

impl Literal {
    /// As JSON; a word has none.
    pub fn json(&self) -> Option<String> {
        Some(match self {
            Literal::Null => "null".into(),
            Literal::Bool(value) => value.to_string(),
            Literal::Number(text) => text.clone(),
            Literal::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Literal::EmptyObject => "{}".into(),
            Literal::EmptyList => "[]".into(),
            Literal::Word(_) => return None,
        })
    }
}

/// A piece of an interpolated string.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// `${name}` or `${name.view}`.
    Hole(String),
}

/// What a string in an exemplar is.
#[derive(Clone, Debug, PartialEq)]
pub enum StringText {
    /// Literal; `$$` at its start stands for a dollar.
    Constant(String),
    /// A hole.
    Hole(HoleText),
    /// Literal text around `${name}`s.
    Interpolation(Vec<Piece>),
}

/// Reads a string of an exemplar (`S010`).
pub fn parse(node: &Node, text: &str) -> Result<StringText, Box<Diagnostic>> {
    if let Some(rest) = text.strip_prefix("$$") {
        return Ok(StringText::Constant(format!("${rest}")));
    }
    if text.contains("${") {
        return interpolation(&node.origin, text).map(StringText::Interpolation);
    }
    match text.strip_prefix('$') {
        Some(rest) => hole(&node.origin, rest).map(StringText::Hole),
        None => Ok(StringText::Constant(text.to_owned())),
    }
}

fn bad(origin: &Origin, message: String) -> Box<Diagnostic> {
    let help = "a hole is `$name`, `$name.view`, `$parts(kinds)`, then `| codec` and `?? default` where needed";
    Box::new(Diagnostic::error("S010", origin, message).label("not a hole").help(help))
}

fn interpolation(origin: &Origin, text: &str) -> Result<Vec<Piece>, Box<Diagnostic>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            return Err(bad(origin, "`${` without `}`".into()));
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        } else if matches!(pieces.last(), Some(Piece::Hole(_))) {
            return Err(bad(origin, "two holes without text between them cannot be told apart".into()));
        }
        if !name.split('.').all(is_name) {
            return Err(bad(origin, format!("`{name}` is not a name")));
        }
        pieces.push(Piece::Hole(name.to_owned()));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

fn hole(origin: &Origin, text: &str) -> Result<HoleText, Box<Diagnostic>> {
    let (text, default) = match text.split_once("??") {
        Some((before, default)) => (before.trim(), Some(literal(origin, default.trim())?)),
        None => (text.trim(), None),
    };
    let (text, codec) = match text.split_once('|') {
        Some((before, codec)) => (before.trim(), Some(codec.trim())),
        None => (text, None),
    };
    let (codec, words) = match codec.map(|codec| codec.split_once('(').ok_or(codec)) {
        Some(Ok((codec, words))) => match words.strip_suffix(')') {
            Some(words) => (Some(codec.to_owned()), words.split(',').map(|word| word.trim().to_owned()).collect()),
            None => return Err(bad(origin, "`(` without `)`".into())),
        },
        Some(Err(codec)) => (Some(codec.to_owned()), Vec::new()),
        None => (None, Vec::new()),
    };
    let (path, kinds) = match text.split_once('(') {
        Some((path, kinds)) => match kinds.strip_suffix(')') {
            Some(kinds) => (path, Some(kinds.split(',').map(|kind| kind.trim().to_owned()).collect())),
            None => return Err(bad(origin, "`(` without `)`".into())),
        },
        None => (text, None),
    };
    let (name, inner) = match path.split_once('.') {
        Some((name, inner)) => (name, Some(inner.to_owned())),
        None => (path, None),
    };
    let words_of_codec = words.iter().map(|word| Some(word.as_str()));
    for name in [Some(name), inner.as_deref(), codec.as_deref()].into_iter().chain(words_of_codec).flatten() {
        if !is_name(name) {
            return Err(bad(origin, format!("`{name}` is not a name")));
        }
    }
    Ok(HoleText { name: name.to_owned(), inner, kinds, codec, words, default })
}

fn literal(origin: &Origin, text: &str) -> Result<Literal, Box<Diagnostic>> {
    let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    Ok(match (text, quoted) {
        (_, Some(quoted)) => Literal::Text(quoted.to_owned()),
        ("null", _) => Literal::Null,
        ("true", _) => Literal::Bool(true),
        ("false", _) => Literal::Bool(false),
        ("{}", _) => Literal::EmptyObject,
        ("[]", _) => Literal::EmptyList,
        _ if text.parse::<f64>().is_ok() => Literal::Number(text.to_owned()),
        _ if is_name(text) => Literal::Word(text.to_owned()),
        _ => return Err(bad(origin, format!("`{text}` is not a default"))),
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
