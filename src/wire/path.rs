//! Paths and URLs in which `${name}` stands for a value: filling them, and reading them back.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What a value in a path is written without: all that could end its segment or mean something else there.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'@');

/// A value as a path holds it.
pub fn encoded(value: &str) -> Cow<'_, str> {
    utf8_percent_encode(value, SEGMENT).into()
}

/// What a client's path says, or nothing if that is no text.
pub fn decoded(path: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(path).decode_utf8().ok()
}

/// A template with its values in place.
///
/// # Errors
/// The name of the first value that there is not.
pub fn fill<V: AsRef<str>>(template: &str, value: impl Fn(&str) -> Option<V>) -> Result<String, &str> {
    let mut filled = String::with_capacity(template.len() + 32);
    for (text, name) in pieces(template) {
        filled.push_str(text);
        if let Some(name) = name {
            filled.push_str(value(name).ok_or(name)?.as_ref());
        }
    }
    Ok(filled)
}

/// The values that stand in a text of a template's form, each with its name. A value that is not the last of the
/// template ends where its segment does; the last is as long as the rest allows.
pub fn read<'t, 'x>(template: &'t str, text: &'x str) -> Option<Vec<(&'t str, &'x str)>> {
    let mut values = Vec::new();
    let mut pieces = pieces(template).peekable();
    let mut rest = text;
    let mut open: Option<&str> = None;
    while let Some((literal, name)) = pieces.next() {
        let Some(hole) = open else {
            rest = rest.strip_prefix(literal)?;
            open = name;
            continue;
        };
        let value = match pieces.peek() {
            Some(_) => rest.split_once(literal)?.0,
            None => rest.strip_suffix(literal)?,
        };
        if value.is_empty() || pieces.peek().is_some() && value.contains('/') {
            return None;
        }
        values.push((hole, value));
        rest = rest.get(value.len() + literal.len()..)?;
        open = name;
    }
    rest.is_empty().then_some(values)
}

/// Whether a template holds a value of that name.
pub fn holds(template: &str, name: &str) -> bool {
    pieces(template).any(|(_, held)| held == Some(name))
}

/// The literal pieces of a template, each with the name of the value behind it; the last one has none.
fn pieces(template: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(template);
    std::iter::from_fn(move || {
        let text = rest?;
        let hole = text.split_once("${").and_then(|(before, after)| Some((before, after.split_once('}')?)));
        match hole {
            Some((before, (name, after))) => {
                rest = Some(after);
                Some((before, Some(name)))
            }
            None => {
                rest = None;
                Some((text, None))
            }
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const CALL: &str = "/in/${place}/models/${model}:say";

    #[test]
    fn what_is_filled_is_read_back() {
        let values = [("place", "north"), ("model", "a,b/c:d")];
        let find = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let filled = fill(CALL, find).unwrap();
        assert_eq!(filled, "/in/north/models/a,b/c:d:say");
        assert_eq!(read(CALL, &filled).unwrap(), values);
        assert_eq!(fill(CALL, |_| None::<&str>), Err("place"));
        assert_eq!(fill("/plain", |_| None::<&str>).as_deref(), Ok("/plain"));
    }

    #[test]
    fn what_has_another_form_is_not_read() {
        for text in ["/in/north/models/:say", "/in//models/m:say", "/in/n/models/m", "/in/a/b/models/m:say", "/in", ""]
        {
            assert_eq!(read(CALL, text), None, "{text}");
        }
        assert_eq!(read("/plain", "/plain"), Some(Vec::new()));
        assert_eq!(read("/plain", "/plain/more"), None);
        assert_eq!(read("https://${a}-host", "https://x-y-host").unwrap(), [("a", "x-y")]);
    }

    #[test]
    fn values_cannot_leave_their_segment() {
        assert_eq!(encoded("a/b?c#d%e f"), "a%2Fb%3Fc%23d%25e%20f");
        assert_eq!(encoded("claude-4@20250514.v1:0_~é"), "claude-4@20250514.v1:0_~%C3%A9");
        assert_eq!(decoded("a%2Fb%3Ac").as_deref(), Some("a/b:c"));
        assert_eq!(decoded("%ff"), None);
    }
}
