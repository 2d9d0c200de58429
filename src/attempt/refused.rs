//! Answers of upstreams that refuse a request.

use http::{HeaderMap, StatusCode, header};
use wireloom_schema::model::{ApiError, Text};

use crate::{
    gateway::Destination,
    pipeline::{Content, Reply},
    refusal::Refusal,
    resilience::failure::Failure,
    upstream::Answer,
};

use super::passed::passed_headers;

/// The most bytes of an error's body.
const MOST_ERROR: usize = 1 << 20;

/// An upstream's refusal, in words that every protocol has.
pub(super) async fn refused(destination: &Destination, answer: Answer) -> Failure {
    let body = answer.body.whole(MOST_ERROR).await.unwrap_or_default();
    Failure::answered(refusal(destination, answer.status, &answer.headers, &body), &answer.headers, None)
}

/// The same, and as it came: the client knows its words.
pub(super) async fn refused_raw(destination: &Destination, answer: Answer) -> Failure {
    let body = answer.body.whole(MOST_ERROR).await.unwrap_or_default();
    let refusal = refusal(destination, answer.status, &answer.headers, &body);
    let mut headers = passed_headers(&answer.headers);
    headers.remove(header::CONTENT_LENGTH);
    let raw = Reply::new(answer.status, headers, Content::Whole(body));
    Failure::answered(refusal, &answer.headers, Some(raw))
}

fn refusal(destination: &Destination, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let spec = destination.target.spec;
    let name = &destination.target.name;
    let text = destination.target.without_key(&String::from_utf8_lossy(body));
    let told = spec.read_error(&text);
    let kind = told.as_ref().and_then(|error| error.kind).unwrap_or_else(|| spec.facts().kind_of(status.as_u16()));
    let message = match &told {
        Some(error) => format!("{name}: {}", error.message),
        None => format!("{name} answered with status {}: {}", status.as_u16(), excerpt(&text)),
    };
    let error = ApiError {
        kind: Some(kind),
        message: message.into(),
        code: told.as_ref().and_then(|error| error.code.clone()).map(Text::into_owned),
        param: told.as_ref().and_then(|error| error.param.clone()).map(Text::into_owned),
    };
    let retry_after = headers.get(header::RETRY_AFTER).cloned();
    Refusal { status: Some(status), error: Box::new(error), retry_after, ..Refusal::new(kind, "") }
}

/// The beginning of a body that is not an error's, for people.
fn excerpt(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(300) {
        _ if text.is_empty() => "no body".to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
