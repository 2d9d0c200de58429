//! Looking at records.

use std::path::Path;

use rusqlite::params;
use salvo_oapi::ToSchema;
use serde::Serialize;

use super::{
    record::{Kind, Record},
    store,
};

/// Which records are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// From this moment on, in milliseconds since 1970.
    pub since: i64,
    /// At most so many, the newest.
    pub most: Option<u32>,
    /// Those of that kind alone.
    pub kind: Option<Kind>,
}

/// What totals are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// The key that was shown.
    Key,
    /// Provider and model.
    Model,
    /// The client's conversation.
    Session,
    /// The project that the conversation belongs to.
    Project,
    /// The day, in UTC.
    Day,
}

impl By {
    /// The expression in SQL.
    fn expression(self) -> &'static str {
        match self {
            By::Key => "key",
            By::Model => "provider || ',' || model",
            By::Session => "session",
            By::Project => "project",
            By::Day => "date(time / 1000, 'unixepoch')",
        }
    }
}

/// The totals of some requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Total {
    /// What they have in common, with ` | ` between several such things; nothing, if it is not known.
    pub name: Option<String>,
    /// How many there were.
    pub requests: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them their clients left.
    pub cancelled: u64,
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Of these, read from vendors' caches.
    pub cache_read: u64,
    /// Of these, written to vendors' caches.
    pub cache_write: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
    /// Of these, reasoning.
    pub reasoning: u64,
    /// What they cost in US dollars, as far as prices are known.
    pub cost: f64,
    /// How many of them took tokens for which no price is known.
    pub unpriced: u64,
}

/// Records, the newest first.
///
/// # Errors
/// A file that cannot be read.
pub fn records(file: &Path, filter: Filter) -> rusqlite::Result<Vec<Record>> {
    let Some(connection) = store::look(file)? else { return Ok(Vec::new()) };
    let of_kind = match filter.kind {
        // Files of earlier versions have answers alone.
        Some(kind) if store::has(&connection, "kind")? => format!("AND kind = '{}'", kind.name()),
        Some(Kind::Answer) | None => String::new(),
        Some(_) => return Ok(Vec::new()),
    };
    let sql = format!("SELECT * FROM requests WHERE time >= ?1 {of_kind} ORDER BY time DESC, id DESC LIMIT ?2");
    let mut select = connection.prepare(&sql)?;
    let most = filter.most.map_or(-1, i64::from);
    select.query_map(params![filter.since, most], store::read)?.collect()
}

/// Totals of answers since a moment, in milliseconds since 1970, by all of these together: days in their order, else
/// those that cost most first.
///
/// # Errors
/// A file that cannot be read.
pub fn totals(file: &Path, by: &[By], since: i64) -> rusqlite::Result<Vec<Total>> {
    let Some(connection) = store::look(file)? else { return Ok(Vec::new()) };
    // Files of earlier versions have neither kinds nor projects.
    let answers = if store::has(&connection, "kind")? { "AND kind = 'answer'" } else { "" };
    let has_project = store::has(&connection, "project")?;
    let expression = |by: &By| if *by == By::Project && !has_project { "NULL" } else { by.expression() };
    let name = match by {
        [by] => expression(by).to_owned(),
        several => {
            let parts = several.iter().map(|by| format!("ifnull({}, '-')", expression(by)));
            parts.collect::<Vec<_>>().join(" || ' | ' || ")
        }
    };
    let order = if by.contains(&By::Day) { "min(time / 86400000), 10 DESC, 1" } else { "10 DESC, 8 DESC, 1" };
    let sql = format!(
        "SELECT {name}, count(*), sum(outcome = 'failed'), sum(outcome = 'cancelled'), ifnull(sum(input), 0),
           ifnull(sum(cache_read), 0), ifnull(sum(cache_write), 0), ifnull(sum(output), 0), ifnull(sum(reasoning), 0),
           total(cost), sum(cost IS NULL AND (input IS NOT NULL OR output IS NOT NULL))
         FROM requests WHERE time >= ?1 {answers} GROUP BY 1 ORDER BY {order}"
    );
    let mut select = connection.prepare(&sql)?;
    let number =
        |row: &rusqlite::Row<'_>, at: usize| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or(0));
    let total = |row: &rusqlite::Row<'_>| {
        Ok(Total {
            name: row.get(0)?,
            requests: number(row, 1)?,
            failed: number(row, 2)?,
            cancelled: number(row, 3)?,
            input: number(row, 4)?,
            cache_read: number(row, 5)?,
            cache_write: number(row, 6)?,
            output: number(row, 7)?,
            reasoning: number(row, 8)?,
            cost: row.get(9)?,
            unpriced: number(row, 10)?,
        })
    };
    select.query_map([since], total)?.collect()
}
