//! The body of a request: taken whole, or refused as soon as it is known that it cannot be.

use std::io;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use salvo::{Request, http::ParseError};
use wireloom_schema::model::ErrorKind;

use crate::refusal::Refusal;

/// The body, if it has at most so many bytes.
///
/// # Errors
/// Why it is not taken, to be told in the client's own protocol.
pub(super) async fn read_body(req: &mut Request, most: usize) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::new(ErrorKind::TooLarge, format!("the body is larger than {} MiB", most >> 20));
    if let Some(coding) = coding(req.headers()) {
        let message = format!("the body is packed as `{coding}`: send it as it is, without content-encoding");
        return Err(Refusal { status: Some(StatusCode::UNSUPPORTED_MEDIA_TYPE), ..Refusal::invalid(message) });
    }
    // Who says how much will come need not send it to be refused.
    if length(req.headers()).is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    match req.payload_with_max_size(most).await {
        Ok(body) => Ok(body.clone()),
        Err(ParseError::PayloadTooLarge) => Err(too_large()),
        Err(ParseError::Other(error)) if error.downcast_ref().is_some_and(is_late) => {
            let refusal = Refusal::new(ErrorKind::Timeout, "the rest of the body did not come in time");
            Err(Refusal { status: Some(StatusCode::REQUEST_TIMEOUT), ..refusal })
        }
        Err(error) => Err(Refusal::invalid(format!("the body did not arrive whole: {error}"))),
    }
}

fn is_late(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// How a body is packed, if it is.
fn coding(headers: &HeaderMap) -> Option<&str> {
    let coding = headers.get(header::CONTENT_ENCODING)?.to_str().unwrap_or("?").trim();
    Some(coding).filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
}
