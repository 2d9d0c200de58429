//! Requests and answers whose bytes pass through.

use bytes::Bytes;
use http::{HeaderMap, header};
use wireloom_schema::model::{ApiError, FinishReason, Text};

use crate::{
    gateway::Destination,
    passage::{Passage, Remainder, splice},
    pipeline::{Content, Inquiry, Reply},
    refusal::Refusal,
    relay::Relay,
    resilience::failure::Failure,
    upstream::{Answer, Call},
    wire::frames::Framing,
};

use super::{
    Way, call_headers, content_type, named, no_model, opened,
    refused::{accepted, readable_json},
};

/// The most bytes of an answer that may be an error in spite of its status, or empty.
const MOST_SUSPECT: usize = 8 << 10;

/// A request in the client's own bytes.
///
/// # Errors
/// What is wrong with it.
#[allow(clippy::result_large_err, reason = "the callers take it as it is, and it is rare")]
pub fn passed(
    inquiry: &Inquiry<'_>,
    text: &str,
    stream: bool,
    destination: &Destination,
    key: usize,
) -> Result<Call, Failure> {
    let (face, target) = (inquiry.face, &destination.target);
    let body = match inquiry.model {
        Some(_) => inquiry.body.to_vec(),
        None => splice(text, &face.peek(text).map_err(Refusal::malformed)?, &destination.model),
    };
    let body = target.addition(&destination.model).added_to(body).into();
    let url = target.url_for(&destination.model, stream, inquiry.query, key);
    let url = url.ok_or_else(|| no_model(&destination.model))?;
    Ok(Call { url, headers: call_headers(inquiry, destination, key), body })
}

/// Sends the client's own bytes, and the upstream's own bytes back.
pub(super) async fn pass_through(
    inquiry: &Inquiry<'_>,
    text: &str,
    stream: bool,
    way: Way<'_>,
) -> Result<Reply, Failure> {
    let Way { destination, key, .. } = way;
    let (face, target) = (inquiry.face, &destination.target);
    let call = passed(inquiry, text, stream, destination, key)?;
    let answer = accepted(destination, target.send(call, key).await?, true).await?;
    let mut headers = passed_headers(&answer.headers);
    let kind = content_type(&answer.headers).unwrap_or_default();
    let framing = match kind {
        kind if kind.starts_with(Framing::Sse.content_type()) => Some(Framing::Sse),
        kind if kind.starts_with(Framing::JsonArray.content_type()) => Some(Framing::JsonArray),
        _ => None,
    };
    let readable = !answer.headers.contains_key(header::CONTENT_ENCODING);
    let own = [Some(target.spec.facts().framing), target.spec.facts().bare];
    if let Some(framing) = framing.filter(|framing| stream && readable && own.contains(&Some(*framing))) {
        // An error may follow what the upstream sends.
        headers.remove(header::CONTENT_LENGTH);
        let passage = Passage::new(face, target.spec, framing, answer.body, inquiry.meter.toward(destination));
        return opened(answer.status, headers, passage, way).await;
    }
    let Answer { status, mut body, .. } = answer;
    let (first, ended) = body.beginning(MOST_SUSPECT).await?;
    if !ended {
        let place = way.hold.place;
        let source = Remainder::new(first, body, place, target.spec, inquiry.meter.toward(destination), readable);
        return Ok(Reply::new(status, headers, Content::Relayed(Relay::start(source))));
    }
    let bytes = joined(first);
    let reply = |bytes: Bytes| Reply::new(status, headers, Content::Whole(bytes));
    // An error or nothing at all is short, so that only short answers are looked at.
    if let Some(text) = std::str::from_utf8(&bytes).ok().filter(|_| readable)
        && let Ok(response) = target.spec.read_response(text)
    {
        inquiry.meter.toward(destination).whole(&response);
        match (target.spec.read_error(text), response.finish_reason) {
            _ if !response.parts.is_empty() => {}
            (Some(error), None) => {
                let error = named(&target.name, owned(error));
                return Err(Failure::streamed(error));
            }
            (_, Some(FinishReason::Stop)) => return Err(Failure::empty(reply(bytes.clone()))),
            _ => {}
        }
    } else if readable && (!stream || bytes.is_empty() || kind.starts_with("application/json")) {
        // Events without a media type are the client's to understand, but what says that it is JSON must be.
        readable_json(&bytes)?;
    }
    Ok(reply(bytes))
}

fn owned(error: ApiError<'_>) -> ApiError<'static> {
    let ApiError { kind, message, code, param } = error;
    let owned = |text: Option<Text<'_>>| text.map(Text::into_owned);
    ApiError { kind, message: message.into_owned(), code: owned(code), param: owned(param) }
}

fn joined(mut chunks: Vec<Bytes>) -> Bytes {
    match chunks.as_mut_slice() {
        [only] => std::mem::take(only),
        chunks => chunks.concat().into(),
    }
}

/// The headers of an answer without those of its connection.
pub(super) fn passed_headers(headers: &HeaderMap) -> HeaderMap {
    let hop_by_hop = [
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::TRAILER,
        header::TE,
        header::SET_COOKIE,
    ];
    let kept = headers.iter().filter(|(name, _)| !hop_by_hop.contains(name) && name.as_str() != "keep-alive");
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
