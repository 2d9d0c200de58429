//! Putting another model's name in place of the client's.

use crate::wire::stream::Peek;

/// The body with another model's name.
pub(crate) fn splice(text: &str, peek: &Peek<'_>, model: &str) -> Vec<u8> {
    let name = serde_json::Value::from(model).to_string();
    match &peek.model {
        Some(old) => {
            // The old name borrows from the text, so its place is known.
            let start = (old.text().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            let end = start.wrapping_add(old.text().len());
            match (text.get(..start), text.get(end..)) {
                (Some(before), Some(after)) => [before, &name, after].concat(),
                _ => text.to_owned(),
            }
        }
        None => match text.trim_start().strip_prefix('{') {
            Some(rest) if rest.trim_start().starts_with('}') => format!("{{\"{}\":{name}{rest}", peek.key),
            Some(rest) => format!("{{\"{}\":{name},{rest}", peek.key),
            None => text.to_owned(),
        },
    }
    .into_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::specs::Face;

    #[test]
    fn only_the_model_changes() {
        let has_model = |face: &&Face| !face.peek("{}").unwrap().key.is_empty();
        for face in Face::ALL.iter().filter(has_model) {
            let cases = [
                (
                    "{ \"a\": 1.50, \"model\" : \"x\\u0041\", \"z\":[ ] }",
                    "{ \"a\": 1.50, \"model\" : \"new\", \"z\":[ ] }",
                ),
                ("{\"stream\":true}", "{\"model\":\"new\",\"stream\":true}"),
                (" { }", "{\"model\":\"new\" }"),
            ];
            for (given, wanted) in cases {
                assert_eq!(splice(given, &face.peek(given).unwrap(), "new"), wanted.as_bytes());
            }
        }
    }
}
