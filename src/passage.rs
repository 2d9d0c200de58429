//! Passing a request through: another model's name is put in place of the client's, nothing else is touched.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use crate::{
    relay::{Flow, Source},
    upstream::Body,
    wire::stream::Peek,
};

/// The bytes of an answer as they come.
impl Source for Body {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        Poll::Ready(match ready!(Pin::new(self).poll_batch(cx, out)) {
            Ok(true) => Flow::Ends,
            Ok(false) => Flow::Goes,
            Err(error) => {
                tracing::warn!(%error, "an answer that passes through breaks off");
                Flow::Breaks
            }
        })
    }
}

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
        for face in Face::ALL {
            if face.peek("{}").unwrap().key.is_empty() {
                continue; // the path says which model
            }
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
