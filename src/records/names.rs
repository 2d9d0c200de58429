//! How a record begins: what a request's headers tell of its client.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};

use super::record::{Kind, Record};

/// The most letters of a name that a client gives.
const MOST_NAME: usize = 100;

/// The record of a request that has just come.
pub(super) fn begun(kind: Kind, face: &str, headers: &HeaderMap) -> Record {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Record {
        time: i64::try_from(time).unwrap_or(i64::MAX),
        client: client(headers),
        session: session(headers),
        face: face.to_owned(),
        kind,
        ..Record::default()
    }
}

/// A name, or its beginning.
pub(super) fn short(name: &str) -> String {
    match name.len() <= MOST_NAME {
        true => name.to_owned(),
        false => name.chars().take(MOST_NAME).collect(),
    }
}

/// What a client calls itself, with its version.
fn client(headers: &HeaderMap) -> Option<String> {
    let told = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(short(told.split(' ').next()?)).filter(|name| !name.is_empty())
}

/// The conversation that a request belongs to: each client has a header of its own for it, whose name ends so.
fn session(headers: &HeaderMap) -> Option<String> {
    let is_session = |name: &str| name.ends_with("session-id") || name.ends_with("session_id");
    let (_, value) = headers.iter().find(|(name, _)| is_session(name.as_str()))?;
    value.to_str().ok().map(short).filter(|session| !session.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn clients_and_sessions_are_known_by_what_they_tell() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
        };
        let told = headers(&[("user-agent", "agent/2.0 (linux)"), ("x-some-agent-session-id", "s-1")]);
        assert_eq!((client(&told).as_deref(), session(&told).as_deref()), (Some("agent/2.0"), Some("s-1")));
        assert_eq!((client(&headers(&[])), session(&headers(&[("session", "x")]))), (None, None));
    }
}
