//! The sessions of clients: their names, and how long their last requests were.

use std::{borrow::Cow, fmt, sync::LazyLock};

use http::{HeaderMap, HeaderName};
use quick_cache::sync::Cache;
use serde_json::Value;
use wireloom_schema::{
    config::{SESSION_HEADERS, SESSION_KEY, SESSION_MARK},
    model::Request,
};

/// How many sessions are remembered.
const REMEMBERED: usize = 1_000;

/// The most letters of a session's name.
const MOST: usize = 128;

/// The headers in which clients say it.
static HEADERS: LazyLock<[HeaderName; SESSION_HEADERS.len()]> =
    LazyLock::new(|| SESSION_HEADERS.map(HeaderName::from_static));

/// The session that a request belongs to: what a header says, else what the client says of its user, as text or as JSON,
/// else whom it names to share a prompt cache.
/// A name that could not be a file's is none.
pub fn session_of<'r>(request: &'r Request<'_>, headers: &'r HeaderMap) -> Option<Cow<'r, str>> {
    let header = HEADERS.iter().find_map(|name| headers.get(name)?.to_str().ok().map(Cow::Borrowed));
    let said = || {
        let user = request.user.as_deref()?;
        if user.trim_start().starts_with('{') {
            let json: Value = serde_json::from_str(user).ok()?;
            return Some(Cow::Owned(json.get(SESSION_KEY)?.as_str()?.to_owned()));
        }
        user.split_once(SESSION_MARK).map(|(_, session)| Cow::Borrowed(session))
    };
    let caches = || request.cache_key.as_deref().map(Cow::Borrowed);
    let named = |name: &Cow<'_, str>| is_name(name);
    header.filter(named).or_else(|| said().filter(named)).or_else(|| caches().filter(named))
}

/// Whether a text can be the name of a session, which is also one of a file.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=MOST).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('.')
}

/// How many input tokens the last answers of sessions took.
pub struct Sessions(Cache<Box<str>, u64>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    /// What is known of a session.
    pub fn last_input(&self, session: &str) -> Option<u64> {
        self.0.get(session)
    }

    /// Notes the input tokens of a session's answer.
    pub fn note(&self, session: &str, input: u64) {
        self.0.insert(session.into(), input);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_named_in_several_ways() {
        for (header, user, session) in [
            (None, Some("user_0a_account__session_1b-2c"), Some("1b-2c")),
            (None, Some(r#"{"device_id":"0a","account_uuid":"","session_id":"1b-2c"}"#), Some("1b-2c")),
            (Some(("session-id", "3d")), None, Some("3d")),
            (Some(("x-claude-code-session-id", "3d")), Some("user_0a_account__session_1b"), Some("3d")),
            (None, Some("somebody"), None),
            (None, Some("{not json"), None),
            (None, Some("x_session_../../etc/passwd"), None),
            (Some(("session-id", "../x")), Some("x_session_ok"), Some("ok")),
            (None, None, None),
        ] {
            let mut headers = HeaderMap::new();
            header.map(|(name, value)| headers.insert(name, value.parse().unwrap()));
            let request = Request { user: user.map(Into::into), ..Request::default() };
            assert_eq!(session_of(&request, &headers).as_deref(), session, "{header:?} {user:?}");
            let cached = Request { cache_key: Some("4e".into()), ..request };
            assert_eq!(session_of(&cached, &headers).as_deref(), session.or(Some("4e")), "{header:?} {user:?}");
        }
    }

    #[test]
    fn sessions_of_long_ago_are_forgotten() {
        let sessions = Sessions::default();
        sessions.note("first", 1);
        assert_eq!(sessions.last_input("first"), Some(1));
        let many = REMEMBERED * 4;
        (0..many).for_each(|number| sessions.note(&number.to_string(), number as u64));
        let known = (0..many).filter(|number| sessions.last_input(&number.to_string()).is_some()).count();
        assert!(known <= REMEMBERED && known > REMEMBERED / 2, "{known}");
    }
}
