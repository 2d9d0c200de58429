//! How long a request is without what is no text, at the cost of a look at its parts.

use wireloom_schema::model::{Part, Request, Source};

/// How many bytes of a request's body are text, about: all but its pictures, recordings and documents.
pub fn text_bytes(request: &Request<'_>, body: usize) -> usize {
    let media: usize = request.messages.iter().flat_map(|message| &message.parts).map(media).sum();
    body.saturating_sub(media)
}

fn media(part: &Part<'_>) -> usize {
    match part {
        Part::Image { source: Source::Inline { data, .. }, .. }
        | Part::Document { source: Source::Inline { data, .. }, .. }
        | Part::Audio { data, .. } => data.len(),
        Part::ToolResult { parts, .. } => parts.iter().map(media).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use wireloom_schema::model::{Message, Role};

    use super::*;

    #[test]
    fn pictures_are_no_text() {
        let source = Source::Inline { mime: "image/png".into(), data: "x".repeat(100).into() };
        let parts = vec![Part::Image { source, detail: None, cache: None }];
        let messages = vec![Message { role: Role::User, parts }];
        let request = Request { messages, ..Request::default() };
        assert_eq!((text_bytes(&request, 140), text_bytes(&Request::default(), 140)), (40, 140));
    }
}
