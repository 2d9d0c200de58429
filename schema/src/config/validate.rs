//! A file held against the JSON Schema that editors have.

use std::{ops::Range, sync::LazyLock};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::Value as Json;

use super::{
    json_schema, log_level,
    read::{at, without_null},
    tell::opening,
};
use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
};

/// The schema, without the names that editors complete.
pub(super) static SCHEMA: LazyLock<Json> = LazyLock::new(|| json_schema::schema([]));

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| jsonschema::draft202012::new(&SCHEMA).ok());

/// Tells of all that the schema does not take. Strings at places that are `incomplete` have variables that are not set:
/// they are neither right nor wrong, and have been told of already.
pub(super) fn validate(root: &Node, incomplete: &[Range<usize>], told: &mut Vec<Diagnostic>) {
    let Some(validator) = &*VALIDATOR else {
        told.push(Diagnostic::error("C019", &opening(root), "the schema of configurations has a mistake itself"));
        return;
    };
    let json = without_null(root);
    let mut teller = Teller { root, incomplete, told };
    validator.iter_errors(&json).for_each(|error| teller.tell(&error));
}

struct Teller<'t> {
    root: &'t Node,
    incomplete: &'t [Range<usize>],
    told: &'t mut Vec<Diagnostic>,
}

impl Teller<'_> {
    fn tell(&mut self, error: &ValidationError<'_>) {
        let pointer = error.instance_path().as_str();
        let node = at(self.root, pointer).unwrap_or(self.root);
        if self.incomplete.contains(&node.origin.range) {
            return;
        }
        let subject = Subject { node, key: key(pointer), guide: guide(error.schema_path().as_str()) };
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                self.told.extend(unexpected.iter().filter_map(|key| subject.unknown(key)));
            }
            Kind::Required { property } => self.told.extend(property.as_str().map(|key| subject.lacks(key))),
            Kind::PropertyNames { error } => {
                let entry = error.instance().as_str().and_then(|key| node.entries().iter().find(|e| e.key == key));
                let message = |key: &str| format!("`{key}` is not a header's name");
                self.told.extend(entry.map(|entry| {
                    Diagnostic::error("C018", &entry.at, message(&entry.key)).label("expected a header's name")
                }));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } if subject.expected().is_none() => {
                self.tell_nearest(context, &subject);
            }
            _ => self.told.push(subject.wrong()),
        }
    }

    /// Tells why the form that is most likely meant does not fit.
    fn tell_nearest(&mut self, forms: &[Vec<ValidationError<'static>>], subject: &Subject<'_>) {
        let constant = |errors: &[ValidationError<'static>]| {
            errors.iter().find_map(|error| match error.kind() {
                Kind::Constant { expected_value } => {
                    Some((error.instance_path().as_str().to_owned(), expected_value.as_str()?.to_owned()))
                }
                _ => None,
            })
        };
        let words: Option<Vec<(String, String)>> = forms.iter().map(|errors| constant(errors)).collect();
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            let node = at(self.root, &words[0].0).unwrap_or(subject.node);
            if !self.incomplete.contains(&node.origin.range) {
                let valid = words.iter().map(|(_, word)| word.as_str());
                self.told.push(Subject { node, key: key(&words[0].0), guide: None }.no_such_word(valid));
            }
            return;
        }
        let place = subject.node.origin.range.clone();
        let misfit = |errors: &&Vec<ValidationError<'static>>| {
            let of_another_kind = errors.iter().any(|error| {
                let node = at(self.root, error.instance_path().as_str());
                matches!(error.kind(), Kind::Type { .. }) && node.is_none_or(|node| node.origin.range == place)
            });
            (of_another_kind, constant(errors).is_some(), errors.len())
        };
        match forms.iter().min_by_key(misfit) {
            Some(errors) => errors.iter().for_each(|error| self.tell(error)),
            None => self.told.push(subject.wrong()),
        }
    }
}

/// A value that does not fit.
struct Subject<'s> {
    node: &'s Node,
    /// Its key, unless it is an element of a list.
    key: Option<String>,
    /// What the schema says of it.
    guide: Option<&'static Json>,
}

/// The last step of a pointer, unless it is a number.
fn key(pointer: &str) -> Option<String> {
    let last = pointer.rsplit_once('/').map(|(_, last)| last.replace("~1", "/").replace("~0", "~"))?;
    (!last.bytes().all(|byte| byte.is_ascii_digit())).then_some(last)
}

/// The part of the schema in which a keyword stands.
fn guide(pointer: &str) -> Option<&'static Json> {
    let (parent, _) = pointer.rsplit_once('/')?;
    parent.split('/').skip(1).try_fold(&*SCHEMA, |schema, step| {
        let next = schema
            .get(step.replace("~1", "/").replace("~0", "~"))
            .or_else(|| schema.get(step.parse::<usize>().ok()?))?;
        match (step, next.as_str().and_then(|reference| reference.strip_prefix('#'))) {
            ("$ref", Some(pointer)) => SCHEMA.pointer(pointer),
            _ => Some(next),
        }
    })
}

impl Subject<'_> {
    fn word(&self, name: &str) -> Option<&'static str> {
        self.guide?.get(name)?.as_str()
    }

    /// What is expected, as `a route`.
    fn expected(&self) -> Option<&'static str> {
        let message = self.word("errorMessage")?;
        Some(message.strip_prefix("expected ").unwrap_or(message))
    }

    /// What it is called: its key, or what is expected in its place.
    fn name(&self) -> String {
        let first = |text: &str, mark: &str| text.split(mark).next().unwrap_or_default().to_owned();
        let expected = || first(&first(self.expected().unwrap_or("a value"), " or "), ", ");
        self.key.as_ref().map_or_else(expected, |key| format!("`{key}`"))
    }

    fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, &self.node.origin, message)
    }

    /// It is not what is expected.
    fn wrong(&self) -> Diagnostic {
        let expected = self.expected().map_or_else(|| self.kinds(), str::to_owned);
        let label = format!("expected {expected}");
        let written = self.node.origin.written();
        let number = matches!(self.node.value, Value::Number(_));
        match (self.word("errorCode"), self.node.text()) {
            (Some("C006"), _) => lacking(self.node, self.word("errorMessage").unwrap_or_default()),
            (Some("C004" | "C009" | "C010"), Some(text)) if text.trim().is_empty() => {
                self.error("C004", format!("{} is empty", self.name())).label(label)
            }
            (Some("C005"), text) if number || text.is_some() => {
                let label =
                    if expected.contains(" from ") { "expected a number in this range" } else { label.as_str() };
                self.error("C005", format!("{} is not {expected}", self.name())).label(label)
            }
            (Some("C009"), Some(_)) => not_a_url(self.node, &self.name()),
            (Some("C010"), Some(_)) => self
                .error("C010", format!("`{written}` is not a route"))
                .label("expected a provider's name, a comma and a model's name")
                .help("write `provider,model`"),
            (Some("C013"), Some(text)) => {
                let names = log_level::NAMES.map(|(name, _)| name);
                self.error("C013", format!("there is no log level `{written}`")).label(label).nearest(text, names)
            }
            (Some("C016"), Some(_)) => self.no_such_word(expected.split('`').skip(1).step_by(2)),
            _ => self.error("C001", format!("expected {expected}, found {}", self.node.kind())).label(label),
        }
    }

    /// It is none of the words that may stand there.
    fn no_such_word<'w>(&self, valid: impl Iterator<Item = &'w str>) -> Diagnostic {
        let message = format!("{} cannot be `{}`", self.name(), self.node.origin.written());
        let mistake = self.error("C016", message).label("expected another word");
        mistake.nearest(self.node.text().unwrap_or_default(), valid)
    }

    /// The kinds of values that the schema takes, in words.
    fn kinds(&self) -> String {
        let kinds = self.guide.and_then(|guide| guide.get("type"));
        let kinds = match kinds {
            Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
            Some(Json::String(kind)) => vec![kind.as_str()],
            _ => Vec::new(),
        };
        let words = kinds.iter().filter_map(|kind| match *kind {
            "string" => Some("a string"),
            "number" => Some("a number"),
            "integer" => Some("a whole number"),
            "boolean" => Some("`true` or `false`"),
            "array" => Some("a list"),
            "object" => Some("an object"),
            _ => None,
        });
        let words: Vec<&str> = words.collect();
        if words.is_empty() { "another value".into() } else { words.join(" or ") }
    }

    /// It has a key that it must not have.
    fn unknown(&self, key: &str) -> Option<Diagnostic> {
        let entry = self.node.entries().iter().find(|entry| entry.key == key)?;
        let properties = self.guide.and_then(|guide| guide.get("properties")).and_then(Json::as_object);
        let valid = properties.into_iter().flatten().map(|(key, _)| key.as_str());
        let mistake = Diagnostic::error("C015", &entry.at, format!("`{key}` is not a key of {}", self.owner()));
        Some(mistake.label("is not known here").nearest(key, valid))
    }

    /// It lacks a key that it must have.
    fn lacks(&self, key: &str) -> Diagnostic {
        lacking(self.node, &format!("{} has no `{key}`", self.owner()))
    }

    /// What it is called as the owner of keys: `a rule`, or its own key.
    fn owner(&self) -> String {
        let kind = self.expected().and_then(|expected| expected.strip_suffix(", which is an object"));
        kind.map_or_else(|| self.name(), str::to_owned)
    }
}

/// A part of the file lacks a key.
fn lacking(node: &Node, message: &str) -> Diagnostic {
    let (owner, key) = message.split_once(" has no ").unwrap_or(("", message));
    let owner = owner.strip_prefix("a ").map_or_else(|| "here".into(), |owner| format!("in this {owner}"));
    Diagnostic::error("C006", &opening(node), message).label(owner).help(match key {
        "`api_key`" => "add `api_key`; any text will do for a server that asks for none".to_owned(),
        "`api_base_url`" => "add `api_base_url`, the URL that requests are sent to".to_owned(),
        "`name`" if message.starts_with("a provider") => "add `name`, which routes use".to_owned(),
        _ => format!("add {key}"),
    })
}

/// A text is not a URL. The message does not show it, because a URL may carry a password.
pub(super) fn not_a_url(node: &Node, name: &str) -> Diagnostic {
    let mistake = Diagnostic::error("C009", &node.origin, format!("{name} is not an http or https URL"));
    mistake.label("expected a URL").help("write all of it, like `https://api.example.com/v1/chat/completions`")
}
