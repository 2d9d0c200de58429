//! What a configuration says as it may be shown.

use std::{ops::Range, sync::Arc};

use serde_json::Value as Json;

use super::{mask, token::Token};
use crate::document::{self, Node, Source, Value};

/// What stands in place of a secret, however long that is.
pub const STARS: &str = "********";

/// What an element of `keys` has that is no secret, though all else there is.
const OPEN: [&str; 4] = ["name", "scopes", "expires", "requests_per_minute"];

/// What a document says as data, with stars in place of secrets; what only names variables is shown as it stands.
pub fn shown(tree: &Node) -> Json {
    show(tree, Guard::default())
}

/// Whether what is looked at is a secret.
#[derive(Clone, Copy, Default)]
pub(super) struct Guard {
    pub(super) secret: bool,
    /// Whether it is among the keys for clients.
    keys: bool,
}

impl Guard {
    pub(super) fn below(self, key: &str) -> Self {
        if self.keys && OPEN.contains(&key) {
            return Self::default();
        }
        Self { secret: self.secret || mask::holds_secret(key), keys: self.keys || !self.secret && key == "keys" }
    }
}

pub(super) fn show(node: &Node, guard: Guard) -> Json {
    match &node.value {
        Value::List(nodes) => nodes.iter().map(|node| show(node, guard)).collect(),
        Value::Object(entries) => {
            let shown = entries.iter().map(|entry| (entry.key.clone(), show(&entry.node, guard.below(&entry.key))));
            shown.collect::<serde_json::Map<_, _>>().into()
        }
        Value::Text(text) => veiled(text, guard.secret).into(),
        Value::Number(_) if guard.secret => STARS.into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => node.to_json(),
    }
}

/// A text with stars in place of what is secret in it.
pub fn veiled(text: &str, secret: bool) -> String {
    let stars = if secret { mask::secrets(text) } else { mask::secrets_of_url(text) };
    let mut veiled = String::new();
    let mut from = 0;
    for range in stars.into_iter().filter(|range| !range.is_empty()) {
        veiled += &text[from..range.start];
        if from != range.start || veiled.is_empty() {
            veiled += STARS;
        }
        from = range.end;
    }
    veiled + &text[from..]
}

/// The text of a document with stars in place of secrets, and of what in comments may have been one of yesterday. Nothing,
/// if it is not JSON5.
pub fn shown_text(source: &Arc<Source>) -> Option<String> {
    let tree = document::parse(source).ok()?;
    let masked = mask::mask(&source.text);
    let mut places: Vec<(Range<usize>, String)> =
        comments(&source.text).map(|range| (range.clone(), masked[range].to_owned())).collect();
    hide(&tree, Guard::default(), &mut places);
    Some(spliced(&source.text, places))
}

/// Collects what is to be seen in the places of secrets.
fn hide(node: &Node, guard: Guard, places: &mut Vec<(Range<usize>, String)>) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|node| hide(node, guard, places)),
        Value::Object(entries) => {
            entries.iter().for_each(|entry| hide(&entry.node, guard.below(&entry.key), places));
        }
        _ => {
            let shown = show(node, guard);
            if shown != node.to_json() {
                places.push((node.origin.range.clone(), shown.to_string()));
            }
        }
    }
}

/// The texts of a document that are secrets, with what names variables in them.
pub fn secrets(tree: &Node) -> Vec<String> {
    let mut places = Vec::new();
    hide(tree, Guard::default(), &mut places);
    let text = &tree.origin.source.text;
    let written = places.into_iter().map(|(range, _)| text[range].trim_matches(['"', '\'']).to_owned());
    written.filter(|text| !text.is_empty()).collect()
}

/// The places of a text's comments.
pub(super) fn comments(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let token = Token::first(&text[at..]);
            let range = at..at + token.len();
            at = range.end;
            if matches!(token, Token::Comment(_)) {
                return Some(range);
            }
        }
        None
    })
}

/// A text with others in some of its places, which do not overlap; of two at one place the first comes first.
pub(super) fn spliced(text: &str, mut places: Vec<(Range<usize>, String)>) -> String {
    places.sort_by_key(|(range, _)| range.start);
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (range, other) in places {
        out += &text[from..range.start];
        out += &other;
        from = range.end;
    }
    out + &text[from..]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::parse;

    const TEXT: &str = "{
  APIKEY: 'sk-main', PORT: 1, PROXY_URL: 'http://me:pass@proxy:1/',
  keys: [{ name: 'ci', key: 'sk-ci', scopes: ['read'], expires: '2027-01-01', secret: 'odd' }],
  Providers: [
    { name: 'a', api_base_url: 'http://a/v1?k=sk-query', api_key: '$A_KEY', api_keys: ['sk-2', 'x${B}y'], headers: { 'x-a': 'sk-h' } },
    { name: 'b', api_key: 'sk-b', models: ['m-key'] },
  ],
}";

    fn tree() -> Node {
        parse(&Arc::new(Source { path: "c".into(), text: TEXT.into() })).unwrap()
    }

    #[test]
    fn secrets_are_stars_and_variables_are_shown() {
        let shown = shown(&tree());
        let text = shown.to_string();
        assert!(!text.contains("sk-") && !text.contains("pass") && !text.contains("odd"), "{text}");
        assert_eq!(shown["APIKEY"], STARS);
        assert_eq!(shown["PROXY_URL"], "http://********@proxy:1/");
        assert_eq!(
            shown["keys"][0],
            json!({ "name": "ci", "key": STARS, "scopes": ["read"], "expires": "2027-01-01", "secret": STARS })
        );
        let one = &shown["Providers"][0];
        assert_eq!(one["api_base_url"], "http://a/v1?********");
        assert_eq!((&one["api_key"], &one["api_keys"]), (&json!("$A_KEY"), &json!([STARS, "********${B}********"])));
        assert_eq!(one["headers"], json!({ "x-a": STARS }));
        assert_eq!(shown["Providers"][1]["models"], json!(["m-key"]));
    }

    #[test]
    fn the_text_is_shown_as_the_data_is() {
        let text = TEXT.replace("PORT: 1", "PORT: 1 /* was 'sk-old' */");
        let source = Arc::new(Source { path: "c".into(), text });
        let seen = shown_text(&source).unwrap();
        assert!(!seen.contains("sk-") && seen.contains("PORT: 1 /* was '******' */"), "{seen}");
        let again = parse(&Arc::new(Source { path: "c".into(), text: seen })).unwrap();
        assert_eq!(again.to_json(), shown(&parse(&source).unwrap()));
    }
}
