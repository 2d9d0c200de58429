//! `wireloom logs`.

use std::{io::ErrorKind, path::PathBuf, process::ExitCode, thread, time::Duration};

use clap::Args;
use serde_json::Value;
use wireloom_schema::config::{Config, LogLevel};

use crate::{
    config::Loaded,
    logs::{Follow, LogSettings},
    process::pid_file::Found,
};

use super::{Failure, print, running::PidFileArgument};

const HELP: &str = "\
The file is read that the running service writes to, else the one that the configuration names, else
~/.wireloom/logs/wireloom.log. A service in a terminal writes to a file only if LOG_FILE names one.

Examples:
  wireloom logs -f --level warn
  wireloom logs --lines 1000 --json";

/// How often it is looked for new lines.
const BEAT: Duration = Duration::from_millis(200);

/// The most older files that are read for enough lines.
const MOST_OLDER: usize = 100;

/// The arguments of `logs`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Logs {
    /// Go on with what is logged from now on
    #[arg(short, long)]
    follow: bool,
    /// How many of the last lines
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100)]
    lines: usize,
    /// Only what is as grave as this, and graver: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<LogLevel>,
    /// As it is written: a JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pid_file: PidFileArgument,
}

fn level(name: &str) -> Result<LogLevel, &'static str> {
    LogLevel::named(name).ok_or("expected error, warn, info, debug or trace")
}

impl Logs {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let path = self.file()?;
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => Failure::Usage(format!("nothing is logged yet: there is no {}", path.display())),
            _ => Failure::Usage(format!("{} cannot be read: {error}", path.display())),
        };
        let mut follow = Follow::open(&path).map_err(failed)?;
        let mut lines = self.wanted(follow.lines().map_err(failed)?);
        for number in 1..MOST_OLDER {
            if lines.len() >= self.lines {
                break;
            }
            let Some(older) = follow.older(number) else { break };
            lines.splice(..0, self.wanted(older));
        }
        lines.drain(..lines.len().saturating_sub(self.lines));
        self.tell(&lines)?;
        if !self.follow {
            return Ok(ExitCode::SUCCESS);
        }
        loop {
            thread::sleep(BEAT);
            let lines = self.wanted(follow.lines().map_err(failed)?);
            self.tell(&lines)?;
        }
    }

    fn file(&self) -> Result<PathBuf, Failure> {
        if let Found::Running(card, _) | Found::Silent(card) = self.pid_file.file()?.find() {
            let pid = card.pid;
            return card.log.ok_or_else(|| {
                Failure::Usage(format!(
                    "the service (pid {pid}) logs to its terminal alone: LOG_FILE names a file, too"
                ))
            });
        }
        let config = match crate::config::load(None) {
            Ok(Loaded::File { config, .. } | Loaded::BuiltIn { config, .. }) => config,
            // One with mistakes does not keep anyone from reading.
            Ok(Loaded::Demo) | Err(_) => Config::default(),
        };
        let config = Config { log: true, ..config };
        let file = LogSettings::of(&config, true, false).file;
        file.ok_or_else(|| Failure::Usage("there is no home directory in which a log could be: set HOME".into()))
    }

    fn wanted(&self, mut lines: Vec<String>) -> Vec<String> {
        if let Some(most) = self.level {
            let level =
                |line: &String| serde_json::from_str::<Value>(line).ok()?["level"].as_str().and_then(LogLevel::named);
            lines.retain(|line| level(line).is_some_and(|level| level as u8 <= most as u8));
        }
        lines
    }

    fn tell(&self, lines: &[String]) -> Result<(), Failure> {
        if lines.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> =
            lines.iter().map(|line| if self.json { line.clone() } else { readable(line) }).collect();
        print(&lines.join("\n")).map(|_| ())
    }
}

/// A line for people: when, how grave, what, and what is known beside it.
fn readable(line: &str) -> String {
    let Ok(entry) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (mut message, mut beside) = (String::new(), String::new());
    for (key, value) in entry["fields"].as_object().into_iter().flatten() {
        match key.as_str() {
            "message" => message = plain(value),
            key => beside += &format!(" {key}={}", plain(value)),
        }
    }
    format!("{} {:>5} {message}{beside}", text("timestamp"), text("level"))
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn a_line_is_readable() {
        let line =
            r#"{"timestamp":"T","level":"WARN","fields":{"message":"refused","status":404,"to":"x"},"target":"t"}"#;
        assert_eq!(readable(line), "T  WARN refused status=404 to=x");
        assert_eq!(readable("panicked at"), "panicked at");
    }
}
