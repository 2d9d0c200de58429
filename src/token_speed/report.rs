//! What is told of an answer's speed, in claude-code-router's words, which other people's status lines read.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// The folder of the files, below that of temporary files.
pub(super) const FOLDER: &str = "claude-code-router";

/// How their names begin.
pub(super) const PREFIX: &str = "session";

/// How their names end.
pub(super) const EXTENSION: &str = "json";

/// The most bytes of a file that are read.
const MOST: u64 = 64 << 10;

/// How fast an answer comes, or has come.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// A name for the request, eight letters.
    pub request_id: String,
    /// The session that it belongs to.
    pub session_id: String,
    /// Whether it streams.
    pub stream: bool,
    /// The tokens until now.
    pub token_count: u64,
    /// Tokens per second: of the last second while it streams, of all of it at its end.
    pub tokens_per_second: f64,
    /// From the request to the first token, such as `123ms`; `N/A` if that is not known.
    pub time_to_first_token: String,
    /// From the request until now, such as `1.23s`.
    pub duration: String,
    /// When it is told, in milliseconds since 1970.
    pub timestamp: u64,
}

/// A duration in whole milliseconds.
pub(super) fn milliseconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "N/A".into(), |time| format!("{}ms", time.as_millis()))
}

/// A duration in seconds.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.2}s", time.as_secs_f64())
}

/// Now, in milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The name of a session as a part of a file's name; none if it could mean another folder.
pub(super) fn file_name(prefix: &str, session: &str, extension: &str) -> Option<PathBuf> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let session: String = session.chars().map(|letter| if letter == ':' { '_' } else { letter }).collect();
    let fits = !session.is_empty() && session.len() <= 128 && session.chars().all(plain);
    fits.then(|| format!("{prefix}-{session}.{extension}").into())
}

/// What was told last of a session, in the folder of temporary files.
pub fn last(temporary: &Path, session: &str) -> Option<Report> {
    let path = temporary.join(FOLDER).join(file_name(PREFIX, session, EXTENSION)?);
    if fs::metadata(&path).ok()?.len() > MOST {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
