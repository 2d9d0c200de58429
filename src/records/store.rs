//! The file of records.

use std::{
    io,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, OpenFlags, Row, params, types::FromSql};
use wireloom_schema::model::FinishReason;

use crate::private;

use super::{
    Bodies, Entry,
    record::{Kind, Outcome, Record},
};

/// How long another process may keep the file to itself.
const BUSY: Duration = Duration::from_secs(2);

/// What the file looks like. The days that totals are made of are those of UTC.
const SCHEMA: &str = "
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 16777216;
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, key TEXT, client TEXT, session TEXT, face TEXT NOT NULL, scenario TEXT,
  rule TEXT, requested TEXT, provider TEXT, model TEXT, attempts INTEGER NOT NULL, tried TEXT, stream INTEGER NOT NULL, status INTEGER,
  outcome TEXT NOT NULL, error TEXT, input INTEGER, cache_read INTEGER, cache_write INTEGER, output INTEGER,
  reasoning INTEGER, cost REAL, first_byte_ms INTEGER, duration_ms INTEGER NOT NULL, losses TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS requests_by_time ON requests (time);
CREATE TABLE IF NOT EXISTS bodies (
  id INTEGER PRIMARY KEY REFERENCES requests ON DELETE CASCADE, request BLOB NOT NULL, answer BLOB NOT NULL
) STRICT;
PRAGMA foreign_keys = ON;
";

/// Columns that files of earlier versions have not.
const LATER: [(&str, &str); 5] = [
    ("kind", "TEXT NOT NULL DEFAULT 'answer'"),
    ("project", "TEXT"),
    ("finish", "TEXT"),
    ("cache_write_1h", "INTEGER"),
    ("estimated", "INTEGER NOT NULL DEFAULT 0"),
];

const INSERT: &str = "
INSERT INTO requests (time, key, client, session, face, scenario, rule, requested, provider, model, attempts, tried, stream, status,
  outcome, error, input, cache_read, cache_write, output, reasoning, cost, first_byte_ms, duration_ms, losses, kind, project, finish,
  cache_write_1h, estimated)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
  ?25, ?26, ?27, ?28, ?29, ?30)";

const INSERT_BODIES: &str = "INSERT INTO bodies (id, request, answer) VALUES (?1, ?2, ?3)";

/// An open file that records are written to.
#[derive(Debug)]
pub(super) struct Store(Connection);

impl Store {
    /// Opens the file, or makes it: for nobody else's eyes.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        prepare(path).map_err(|error| {
            rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
                Some(error.to_string()),
            )
        })?;
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.execute_batch(SCHEMA)?;
        for (name, definition) in LATER {
            if !has(&connection, name)? {
                connection.execute_batch(&format!("ALTER TABLE requests ADD COLUMN {name} {definition}"))?;
            }
        }
        Ok(Self(connection))
    }

    /// Writes records, all or none.
    pub(super) fn write(&mut self, batch: &[Entry]) -> rusqlite::Result<()> {
        let transaction = self.0.transaction()?;
        {
            let mut insert = transaction.prepare(INSERT)?;
            let mut insert_bodies = transaction.prepare(INSERT_BODIES)?;
            for Entry { record, bodies, .. } in batch {
                let id = insert.insert(params![
                    record.time,
                    record.key,
                    record.client,
                    record.session,
                    record.face,
                    record.scenario,
                    record.rule,
                    record.requested,
                    record.provider,
                    record.model,
                    record.attempts,
                    record.tried,
                    record.stream,
                    record.status,
                    record.outcome.name(),
                    record.error,
                    signed(record.input),
                    signed(record.cache_read),
                    signed(record.cache_write),
                    signed(record.output),
                    signed(record.reasoning),
                    record.cost,
                    signed(record.first_byte_ms),
                    signed(Some(record.duration_ms)),
                    record.losses,
                    record.kind.name(),
                    record.project,
                    record.finish,
                    signed(record.cache_write_1h),
                    record.estimated,
                ])?;
                if let Some(Bodies { request, answer, .. }) = bodies {
                    insert_bodies.execute(params![id, request, answer])?;
                }
            }
        }
        transaction.commit()
    }

    /// Writes something, to see whether that can be done.
    pub(super) fn probe(&mut self) -> rusqlite::Result<()> {
        self.0.execute_batch("PRAGMA user_version = 1")
    }

    /// Removes records that are older than so many days.
    pub(super) fn forget(&mut self, days: u32) -> rusqlite::Result<()> {
        let age = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
        let before = SystemTime::now().checked_sub(age).and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let before = before.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
        let gone = self.0.execute("DELETE FROM requests WHERE time < ?1", [before])?;
        if gone > 0 {
            self.0.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")?;
        }
        Ok(())
    }
}

/// Makes the folder and an empty file, which only its owner may read.
fn prepare(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private::make_folder(folder)?;
    }
    private::options().append(true).create(true).open(path).map(|_| ())
}

/// Opens the file to look at it, while it may be written to; nothing, if nothing can have been written yet.
pub(super) fn look(path: &Path) -> rusqlite::Result<Option<Connection>> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'requests'", [], |row| row.get(0))?;
    Ok((tables == 1).then_some(connection))
}

/// Whether records have a column of that name.
pub(super) fn has(connection: &Connection, column: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM pragma_table_info('requests') WHERE name = ?1";
    connection.query_row(sql, [column], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

/// What a column holds that files of earlier versions have not.
fn later<T: FromSql>(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<T>> {
    match row.get(name) {
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
        found => found,
    }
}

/// A record as it was written.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Record> {
    let number =
        |name: &str| row.get::<_, Option<i64>>(name).map(|number| number.and_then(|number| u64::try_from(number).ok()));
    Ok(Record {
        time: row.get("time")?,
        key: row.get("key")?,
        client: row.get("client")?,
        session: row.get("session")?,
        face: row.get("face")?,
        scenario: row.get("scenario")?,
        rule: row.get("rule")?,
        requested: row.get("requested")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        attempts: row.get("attempts")?,
        tried: row.get("tried")?,
        stream: row.get("stream")?,
        status: row.get("status")?,
        outcome: Outcome::named(&row.get::<_, String>("outcome")?),
        error: row.get("error")?,
        input: number("input")?,
        cache_read: number("cache_read")?,
        cache_write: number("cache_write")?,
        output: number("output")?,
        reasoning: number("reasoning")?,
        cost: row.get("cost")?,
        first_byte_ms: number("first_byte_ms")?,
        duration_ms: number("duration_ms")?.unwrap_or(0),
        losses: row.get("losses")?,
        kind: later(row, "kind")?.map_or_else(Kind::default, |name: String| Kind::named(&name)),
        project: later(row, "project")?,
        finish: later(row, "finish")?.and_then(|name: String| {
            FinishReason::ALL.map(FinishReason::name).into_iter().find(|known| *known == name)
        }),
        cache_write_1h: later(row, "cache_write_1h")?.and_then(|number: i64| u64::try_from(number).ok()),
        estimated: later(row, "estimated")?.unwrap_or(false),
    })
}

/// SQLite's numbers have a sign.
fn signed(number: Option<u64>) -> Option<i64> {
    number.map(|number| i64::try_from(number).unwrap_or(i64::MAX))
}
