//! Media of types that an API does not take.

use base64::{Engine, engine::general_purpose::STANDARD};
use wireloom_schema::model::{Part, Request, Source};

use crate::wire::writer::Losses;

use super::demands::Demands;

/// Takes out images and documents whose types are not taken: a request with one of them would be refused.
pub(super) fn fit(demands: &Demands, request: &mut Request<'_>, losses: &mut Losses) {
    if demands.images.is_empty() && demands.documents.is_empty() {
        return;
    }
    for message in &mut request.messages {
        for part in &mut message.parts {
            if let Part::ToolResult { parts, .. } = part {
                parts.retain_mut(|part| is_taken(demands, part, losses));
            }
        }
        message.parts.retain_mut(|part| is_taken(demands, part, losses));
    }
}

/// Whether a part may stay; what a document says in plain text is then text.
fn is_taken(demands: &Demands, part: &mut Part<'_>, losses: &mut Losses) -> bool {
    let is_document = matches!(part, Part::Document { .. });
    let (taken, source, loss) = match part {
        Part::Image { source, .. } => (demands.images, source, "image.mime"),
        Part::Document { source, .. } => (demands.documents, source, "document.mime"),
        _ => return true,
    };
    let Source::Inline { mime, data } = source else { return true };
    let plain = mime.split(';').next().unwrap_or_default().trim();
    let is_taken = taken.is_empty() || taken.iter().any(|known| known.eq_ignore_ascii_case(plain));
    if is_taken {
        return true;
    }
    if is_document
        && plain.starts_with("text/")
        && let Some(text) = STANDARD.decode(data.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    {
        *source = Source::Text { text: text.into() };
        return true;
    }
    losses.note(loss);
    false
}
