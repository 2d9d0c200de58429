//! `wireloom records` and `wireloom usage`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use wireloom_schema::config::RecordsConfig;

use crate::{
    config::Loaded,
    records::{
        Kind,
        export::{Format, Row, export},
        path,
        query::{By, Filter, records, totals},
        since::moment,
    },
};

use super::{Failure, load, print, tell};

const EXAMPLES: &str = "\
Examples:
  wireloom records --since 1h
  wireloom records --since 2026-11-01 --format csv > november.csv
  wireloom records --kind refusal
  wireloom usage --by day --since 30d
  wireloom usage --by project,model --since 1w";

/// Which records, and how they are written.
#[derive(Args, Debug)]
struct Choice {
    /// The configuration, which says where they are
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How far back: 90s, 30m, 12h, 7d, 2w, a day or a time
    #[arg(long, value_name = "SPAN", default_value = "1d", value_parser = since)]
    since: i64,
    /// How they are written
    #[arg(long, default_value = "table")]
    format: Format,
}

/// The arguments of `records`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Records {
    #[command(flatten)]
    choice: Choice,
    /// The most records, the newest; all, if it is missing
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Those of one kind alone
    #[arg(long)]
    kind: Option<Kind>,
}

/// The arguments of `usage`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Usage {
    #[command(flatten)]
    choice: Choice,
    /// What they are added up by; several with commas between them
    #[arg(long, default_value = "model", value_delimiter = ',')]
    by: Vec<By>,
}

impl Records {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let file = self.choice.file()?;
        let filter = Filter { since: self.choice.since, most: self.limit, kind: self.kind };
        self.choice.told(&records(&file, filter).map_err(unreadable)?)
    }
}

impl Usage {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let file = self.choice.file()?;
        self.choice.told(&totals(&file, &self.by, self.choice.since).map_err(unreadable)?)
    }
}

impl Choice {
    /// The file of records.
    fn file(&self) -> Result<PathBuf, Failure> {
        let records = match load(self.config.as_deref())? {
            Loaded::File { config, .. } | Loaded::BuiltIn { config, .. } => config.records,
            Loaded::Demo => RecordsConfig::default(),
        };
        let file = path(&records).ok_or_else(|| Failure::Usage("there is no home folder to keep records in".into()))?;
        if !file.exists() {
            return Err(Failure::Usage(format!("nothing has been recorded yet: {} is not there", file.display())));
        }
        Ok(file)
    }

    fn told<R: Row>(&self, rows: &[R]) -> Result<ExitCode, Failure> {
        if rows.is_empty() {
            tell("nothing has been recorded since then");
        }
        print(&export(rows, self.format).map_err(Failure::Output)?)
    }
}

fn unreadable(error: rusqlite::Error) -> Failure {
    Failure::Work(format!("the records cannot be read: {error}"))
}

fn since(text: &str) -> Result<i64, String> {
    moment(text).ok_or_else(|| "expected 90s, 30m, 12h, 7d, 2w, a day such as 2026-11-24, or a time".to_owned())
}
