//! What counts in the end: what a file says, what the environment does, and the defaults, each with where it is from.

use serde_json::Value as Json;

use super::{mask, validate::SCHEMA};
use crate::document::{Node, Origin, Value};

/// All that a configuration says, as JSON5 in which a comment behind each value tells where it is from. Secrets are
/// shown as stars, or as the variables that have them.
pub fn effective(tree: &Node) -> String {
    let mut text = String::from("{\n");
    let properties = SCHEMA.get("properties").and_then(Json::as_object);
    let known = || properties.into_iter().flatten();
    for (key, schema) in known() {
        if let Some(entry) = tree.entries().iter().find(|entry| entry.key == *key) {
            write(&mut text, Some(key), &entry.node, 1, mask::holds_secret(key));
        } else if let Some(default) = schema.get("default").filter(|_| schema.get("deprecated").is_none()) {
            text += &format!("  {}: {default}, // default\n", name(key));
        }
    }
    for entry in tree.entries().iter().filter(|entry| known().all(|(key, _)| *key != entry.key)) {
        write(&mut text, Some(&entry.key), &entry.node, 1, mask::holds_secret(&entry.key));
    }
    text + "}"
}

/// A key as it may stand without quotes, if it may.
fn name(key: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let bare = !key.is_empty() && key.chars().all(plain) && !key.starts_with(|letter: char| letter.is_ascii_digit());
    if bare { key.to_owned() } else { Json::from(key).to_string() }
}

fn write(text: &mut String, key: Option<&str>, node: &Node, depth: usize, secret: bool) {
    let indent = "  ".repeat(depth);
    let key = key.map(|key| format!("{}: ", name(key))).unwrap_or_default();
    let origin = origin(&node.origin);
    let line = match &node.value {
        Value::Object(entries) if !entries.is_empty() => {
            *text += &format!("{indent}{key}{{ // {origin}\n");
            for entry in entries {
                write(text, Some(&entry.key), &entry.node, depth + 1, secret || mask::holds_secret(&entry.key));
            }
            *text += &format!("{indent}}},\n");
            return;
        }
        Value::List(nodes) if nodes.iter().any(|node| matches!(node.value, Value::Object(_) | Value::List(_))) => {
            *text += &format!("{indent}{key}[ // {origin}\n");
            nodes.iter().for_each(|node| write(text, None, node, depth + 1, secret));
            *text += &format!("{indent}],\n");
            return;
        }
        Value::List(nodes) => {
            let elements: Vec<String> = nodes.iter().map(|node| scalar(node, secret)).collect();
            format!("[{}]", elements.join(", "))
        }
        _ => scalar(node, secret),
    };
    *text += &format!("{indent}{key}{line}, // {origin}\n");
}

/// A value that may be shown.
fn scalar(node: &Node, secret: bool) -> String {
    let written = node.origin.written();
    match &node.value {
        Value::Text(text) if text.is_empty() => "\"\"".into(),
        Value::Text(_) if secret || variables(written).any(mask::holds_secret) => Json::from(written).to_string(),
        Value::Text(text) => Json::from(mask::mask_url(text)).to_string(),
        _ if secret => "\"***\"".into(),
        _ => node.to_json().to_string(),
    }
}

/// The names of the variables in a text as it is written.
fn variables(written: &str) -> impl Iterator<Item = &str> {
    let part = |rest: &'_ str| -> usize {
        rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(rest.len())
    };
    let names = written.split('$').skip(1).map(|rest| rest.strip_prefix('{').unwrap_or(rest));
    names.map(move |rest| &rest[..part(rest)]).filter(|name| !name.is_empty())
}

/// Where a value is from: a line of the file, with the variables in it, or the environment.
fn origin(at: &Origin) -> String {
    if let Some((name, _)) = at.source.text.split_once('=').filter(|_| at.source.path == "the environment") {
        return format!("the environment's {name}");
    }
    let named: Vec<String> = match at.written() {
        written if written.starts_with(['{', '[']) => Vec::new(),
        written => variables(written).map(|name| format!(", ${name}")).collect(),
    };
    at.file_line() + &named.concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use super::effective;
    use crate::{config::study, document::Source};

    #[test]
    fn each_value_has_its_origin_and_no_secret_is_shown() {
        let text = "{
  PORT: '$PORT', APIKEY: 's3cr3t',
  Providers: [{ name: 'p', api_base_url: 'http://u:s3cr3t@h/$PART?k=s3cr3t', api_key: '${KEY}', headers: { 'x-a': 's3cr3t' } }],
  Router: { default: 'p,m' },
}";
        let source = Arc::new(Source { path: "c.json5".into(), text: text.into() });
        let variable = |name: &str| match name {
            "PORT" => Some("4000".into()),
            "KEY" => Some("s3cr3t".into()),
            "PART" => Some("v1".into()),
            "WIRELOOM_LOG_LEVEL" => Some("warn".into()),
            _ => None,
        };
        let shown = effective(study(&source, variable).tree.as_ref().unwrap());
        assert!(!shown.contains("s3cr3t"), "{shown}");
        for line in [
            "HOST: \"127.0.0.1\", // default",
            "PORT: \"4000\", // c.json5:2, $PORT",
            "APIKEY: \"******\", // c.json5:2",
            "api_base_url: \"http://********@h/v1?********\", // c.json5:3, $PART",
            "api_key: \"${KEY}\", // c.json5:3, $KEY",
            "LOG_LEVEL: \"warn\", // the environment's WIRELOOM_LOG_LEVEL",
        ] {
            assert!(shown.contains(line), "{line} is not in:\n{shown}");
        }
    }
}
