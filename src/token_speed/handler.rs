//! Who is told, as the configuration says.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use wireloom_schema::config::{HandlerConfig, OutputHandlerConfig, OutputOptions, TokenSpeedConfig};

use crate::private;

use super::{
    report::{EXTENSION, FOLDER, PREFIX, Report, file_name},
    webhook::Webhook,
};

/// The kinds of handlers.
const CONSOLE: &str = "console";
const FILE: &str = "temp-file";
const WEBHOOK: &str = "webhook";

/// One that is told.
#[derive(Debug)]
pub(super) enum Handler {
    /// The log.
    Console { level: tracing::Level, format: Format, prefix: String },
    /// A file for each session.
    File { folder: PathBuf, prefix: String, extension: String, is_kept: bool, format: Format },
    /// A service.
    Webhook(Box<Webhook>),
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
    Markdown,
}

/// The handlers that are on, and that `reporter` names. Without any, there is the file.
pub(super) fn all(options: &TokenSpeedConfig) -> Vec<Handler> {
    let usual = OutputHandlerConfig { kind: FILE.into(), enabled: true, config: HandlerConfig::default() };
    let usual = [usual];
    let configured = if options.output_handlers.is_empty() { &usual[..] } else { options.output_handlers.as_slice() };
    let named = |kind: &str| match options.reporter.is_empty() {
        true => true,
        false => options.reporter.iter().any(|name| name == kind),
    };
    let mut handlers = Vec::new();
    for one in configured.iter().filter(|one| one.enabled && named(&one.kind)) {
        match handler(one, &options.output_options) {
            Ok(handler) => handlers.push(handler),
            Err(why) => tracing::warn!(handler = one.kind, why, "token-speed does not tell this handler"),
        }
    }
    handlers
}

fn handler(one: &OutputHandlerConfig, output: &OutputOptions) -> Result<Handler, String> {
    let config = &one.config;
    let format = |usual: Format| match output.format.as_deref() {
        Some("text") => Format::Text,
        Some("json") => Format::Json,
        Some("markdown") => Format::Markdown,
        _ => usual,
    };
    match one.kind.as_str() {
        CONSOLE => {
            let level = match config.level.as_deref() {
                Some("error") => tracing::Level::ERROR,
                Some("warn") => tracing::Level::WARN,
                Some("debug") => tracing::Level::DEBUG,
                _ => tracing::Level::INFO,
            };
            Ok(Handler::Console {
                level,
                format: format(Format::Text),
                prefix: output.prefix.clone().unwrap_or_default(),
            })
        }
        FILE => {
            let plain = |text: &String| !text.contains(['/', '\\']) && !text.starts_with('.');
            let part = |given: &Option<String>, usual: &str| match given {
                Some(text) if !plain(text) => Err(format!("`{text}` cannot be a part of a file's name")),
                given => Ok(given.clone().unwrap_or_else(|| usual.to_owned())),
            };
            let folder = std::env::temp_dir().join(part(&config.subdirectory, FOLDER)?);
            let (prefix, extension) = (part(&config.prefix, PREFIX)?, part(&config.extension, EXTENSION)?);
            let format = format(Format::Json);
            Ok(Handler::File { folder, prefix, extension, is_kept: config.include_timestamp, format })
        }
        WEBHOOK => Ok(Handler::Webhook(Box::new(Webhook::new(config, output)?))),
        other => Err(format!("there is no handler `{other}`: there are `{CONSOLE}`, `{FILE}` and `{WEBHOOK}`")),
    }
}

impl Handler {
    /// Tells it at once, unless it is far away.
    pub(super) fn tell(&self, report: &Report) {
        match self {
            Self::Console { level, format, prefix } => {
                let text = written(report, *format);
                let text = if prefix.is_empty() { text } else { format!("{prefix} {text}") };
                match *level {
                    tracing::Level::ERROR => tracing::error!(target: "token_speed", "{text}"),
                    tracing::Level::WARN => tracing::warn!(target: "token_speed", "{text}"),
                    tracing::Level::DEBUG => tracing::debug!(target: "token_speed", "{text}"),
                    _ => tracing::info!(target: "token_speed", "{text}"),
                }
            }
            Self::File { folder, prefix, extension, is_kept, format } => {
                let session = match is_kept {
                    true => format!("{}-{}", report.session_id, report.timestamp),
                    false => report.session_id.clone(),
                };
                let Some(name) = file_name(prefix, &session, extension) else { return };
                if let Err(error) = write(folder, &name, &written(report, *format)) {
                    tracing::debug!(%error, "the speed of an answer cannot be written");
                }
            }
            Self::Webhook(_) => {}
        }
    }
}

fn written(report: &Report, format: Format) -> String {
    let Report { session_id, token_count, tokens_per_second, time_to_first_token, duration, .. } = report;
    match format {
        Format::Json => serde_json::to_string(report).unwrap_or_default(),
        Format::Text => format!(
            "session {session_id}: {tokens_per_second} tokens/s, {token_count} tokens in {duration}, the first after {time_to_first_token}"
        ),
        Format::Markdown => format!(
            "**{tokens_per_second} tokens/s** | {token_count} tokens | {duration} | first token {time_to_first_token} | session `{session_id}`"
        ),
    }
}

/// Writes a file that its owner alone can read. Others may write in the folder of temporary files: what they put at the
/// file's name is replaced and never followed, and a folder that is a link is not entered.
fn write(folder: &Path, name: &Path, text: &str) -> io::Result<()> {
    private::make_folder(folder)?;
    if fs::symlink_metadata(folder)?.is_symlink() {
        return Err(io::Error::other("the folder is a link"));
    }
    let beside = folder.join(format!(".{:016x}", fastrand::u64(..)));
    let done = private::options().create_new(true).open(&beside).and_then(|mut file| file.write_all(text.as_bytes()));
    let done = done.and_then(|()| fs::rename(&beside, folder.join(name)));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            request_id: "abcdefgh".into(),
            session_id: "s-1".into(),
            stream: true,
            token_count: 10,
            tokens_per_second: 5.0,
            time_to_first_token: "123ms".into(),
            duration: "2.00s".into(),
            timestamp: 1,
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_are_their_owners_alone_and_follow_no_links() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (folder.path().join("own"), folder.path().join("other"));
        fs::write(&other, "theirs").unwrap();
        fs::create_dir(&own).unwrap();
        std::os::unix::fs::symlink(&other, own.join("session-s-1.json")).unwrap();
        let handler = Handler::File {
            folder: own.clone(),
            prefix: "session".into(),
            extension: "json".into(),
            is_kept: false,
            format: Format::Json,
        };
        handler.tell(&report());
        assert_eq!(fs::read_to_string(&other).unwrap(), "theirs");
        let path = own.join("session-s-1.json");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let told: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(told["timeToFirstToken"], "123ms");
        assert_eq!(told["tokensPerSecond"], 5.0);
        let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
        let expected = [
            "requestId",
            "sessionId",
            "stream",
            "tokenCount",
            "tokensPerSecond",
            "timeToFirstToken",
            "duration",
            "timestamp",
        ];
        assert_eq!(keys, expected);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&own, &link).unwrap();
        assert!(write(&link, Path::new("x"), "").is_err());
    }

    #[test]
    fn names_of_files_stay_in_their_folder() {
        assert_eq!(file_name("session", "a:b", "json"), Some("session-a_b.json".into()));
        assert_eq!([file_name("session", "../x", "json"), file_name("session", "", "json")], [None, None]);
    }
}
