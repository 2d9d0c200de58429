//! Answers that are none: what an upstream says instead, in the words of every protocol.

use http::{HeaderMap, StatusCode, header};
use serde::de::IgnoredAny;
use wireloom_schema::model::{ApiError, ErrorKind, Text};

use super::{content_type, passed::passed_headers};
use crate::{
    gateway::Destination,
    pipeline::{Content, Reply},
    refusal::Refusal,
    resilience::failure::Failure,
    upstream::Answer,
};

/// The most bytes of an error's body.
const MOST_ERROR: usize = 1 << 20;

/// The media type of pages for people: what stands before an API may send one and say that all is well.
const PAGE: &str = "text/html";

/// An answer that may be one. Where the client speaks the upstream's dialect, `raw`, it gets its very words.
///
/// # Errors
/// The upstream's refusal, or a page for people.
pub(super) async fn accepted(destination: &Destination, answer: Answer, raw: bool) -> Result<Answer, Failure> {
    let is_page = content_type(&answer.headers).is_some_and(|kind| kind.starts_with(PAGE));
    if answer.status.is_success() && !is_page {
        return Ok(answer);
    }
    let Answer { status, headers, body } = answer;
    let body = body.whole(MOST_ERROR).await.unwrap_or_default();
    if status.is_success() {
        let (name, page) = (&destination.target.name, destination.target.without_key(&String::from_utf8_lossy(&body)));
        return Err(unreadable(&format!("{name} sends a page for people: {}", excerpt(&page))));
    }
    let refusal = refusal(destination, status, &headers, &body);
    if status.is_redirection() {
        // Whoever followed it would show its key elsewhere; so the client must not learn of it, either.
        let mut failure = Failure::answered(refusal, &headers, None);
        failure.told.refusal.status = Some(StatusCode::BAD_GATEWAY);
        return Err(failure);
    }
    let raw = (raw && !is_page).then(|| {
        let mut headers = passed_headers(&headers);
        headers.remove(header::CONTENT_LENGTH);
        Reply::new(status, headers, Content::Whole(body.clone()))
    });
    Err(Failure::answered(refusal, &headers, raw))
}

/// Sees whether a body of an answer is JSON.
///
/// # Errors
/// It is none, so that nobody could read it.
#[allow(clippy::result_large_err, reason = "the callers take it as it is, and it is rare")]
pub(super) fn readable_json(body: &[u8]) -> Result<(), Failure> {
    let text = std::str::from_utf8(body).map_err(|_| unreadable("it is not UTF-8"))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| unreadable(&error.to_string()))?;
    Ok(())
}

/// An answer with a status of success that nobody can read.
fn unreadable(what: &str) -> Failure {
    let message = format!("the upstream's answer cannot be read: {what}");
    Refusal { status: Some(StatusCode::BAD_GATEWAY), ..Refusal::new(ErrorKind::Internal, message) }.into()
}

fn refusal(destination: &Destination, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let spec = destination.target.spec;
    let name = &destination.target.name;
    let text = destination.target.without_key(&String::from_utf8_lossy(body));
    let told = spec.read_error(&text);
    let kind = told.as_ref().and_then(|error| error.kind).unwrap_or_else(|| spec.facts().kind_of(status.as_u16()));
    let message = match &told {
        Some(error) => format!("{name}: {}", error.message),
        None if status.is_redirection() => {
            format!("{name} answered with status {}: it is elsewhere, see `api_base_url`", status.as_u16())
        }
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
