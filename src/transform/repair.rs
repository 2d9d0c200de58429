//! Making JSON objects of what models write in their place.

use std::borrow::Cow;

use serde_json::Value;

/// The JSON object that a text means: itself, if it is one; none if that cannot be told.
pub(super) fn repaired(text: &str) -> Option<Cow<'_, str>> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => return Some(text.into()),
        // Some encode what they have encoded once more.
        Ok(Value::String(inner)) => {
            let is_object = matches!(serde_json::from_str(&inner), Ok(Value::Object(_)));
            return is_object.then(|| inner.into());
        }
        Ok(_) => return None,
        Err(_) => {}
    }
    // Words and fences may stand around it.
    let from = text.get(text.find('{')?..)?;
    if let Some(object) = only_object(from) {
        return Some(object.into());
    }
    let repaired = jsonrepair_rs::jsonrepair(&escaped(from)).ok()?;
    matches!(serde_json::from_str(&repaired), Ok(Value::Object(_))).then(|| repaired.into())
}

/// The one object at a text's start, whatever words stand behind it. Empty ones before it do not count, and one that is
/// repeated is one; several that differ are none.
fn only_object(text: &str) -> Option<&str> {
    let mut found: Option<(&str, Value)> = None;
    let mut rest = text;
    while rest.starts_with('{') {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { return None };
        let (object, behind) = rest.split_at(values.byte_offset());
        match &found {
            Some((_, before)) if *before == value => {}
            Some((_, before)) if before.as_object().is_some_and(|before| !before.is_empty()) => return None,
            _ => found = Some((object, value)),
        }
        rest = behind.trim_start();
    }
    // A comma or another quote behind it says that it goes on.
    let goes_on = rest.starts_with([',', '"', '\'', ':', ']']);
    found.filter(|_| !goes_on).map(|(object, _)| object)
}

/// A text whose backslashes stand for themselves where JSON has no such escape, as in paths and patterns.
fn escaped(text: &str) -> Cow<'_, str> {
    let mut escaped = String::new();
    let (mut told, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let behind = &text[at + found + 1..];
        let is_known = behind.starts_with(['"', '\'', '\\', '/', 'b', 'f', 'n', 'r', 't', '\n']) || is_unicode(behind);
        if !is_known {
            escaped.push_str(&text[told..=at + found]);
            escaped.push('\\');
            told = at + found + 1;
        }
        at += found + 1 + behind.chars().next().filter(|_| is_known).map_or(0, char::len_utf8);
    }
    if told == 0 {
        return text.into();
    }
    escaped.push_str(&text[told..]);
    escaped.into()
}

/// Whether a text begins with what follows the backslash of a character's number.
fn is_unicode(text: &str) -> bool {
    let digits = text.strip_prefix('u').and_then(|rest| rest.as_bytes().get(..4));
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_told() {
        let cases = [
            (r#"{"a": 1.50}"#, Some(r#"{"a": 1.50}"#)),
            ("\"{\\\"a\\\":1}\"", Some(r#"{"a":1}"#)),
            ("```json\n{\"a\": 1}\n```", Some(r#"{"a": 1}"#)),
            ("Sure: {\"a\":1}", Some(r#"{"a":1}"#)),
            ("{\"a\":1}<|tool_call_end|>", Some(r#"{"a":1}"#)),
            (r#"{}{"a":1}"#, Some(r#"{"a":1}"#)),
            (r#"{"a":1}{"a":1}"#, Some(r#"{"a":1}"#)),
            (r#"{"a":1}}"#, Some(r#"{"a":1}"#)),
            (r#"{"a":1}{"b":2}"#, None),
            (r#"{"a": [1, {"b": 2"#, Some(r#"{"a": [1, {"b": 2}]}"#)),
            (r#"{a: 1, 'b': True, "c": None,}"#, Some(r#"{"a": 1, "b": true, "c": null}"#)),
            ("{\"a\": \"one\ntwo\"}", Some(r#"{"a": "one\ntwo"}"#)),
            (r#"{"a": "say "hi" there", "b": 2}"#, Some(r#"{"a": "say \"hi\" there", "b": 2}"#)),
            (
                r#"{"a": "\d+ \w \u12 é\é", "p": "C:\dir\\x"}"#,
                Some(r#"{"a": "\\d+ \\w \\u12 é\\é", "p": "C:\\dir\\x"}"#),
            ),
            (r#"{"a": 12345678901234567890123,}"#, Some(r#"{"a": 12345678901234567890123}"#)),
            ("hello", None),
            ("[1]", None),
            ("7", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(repaired(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_in_good_time() {
        let long = format!("{{\"a\": \"{}", "x\\\"\n".repeat(20_000));
        assert!(repaired(&long).is_some());
        for text in ["{".repeat(100_000), "{\"a\":".repeat(100_000), "{[".repeat(100_000)] {
            assert_eq!(repaired(&text), None);
        }
    }
}
