//! Records and totals as text.

use clap::ValueEnum;
use serde::Serialize;

use super::{
    query::Total,
    record::{Record, told},
};

/// How records and totals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, for people; not all that is known.
    Table,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a line of names.
    Csv,
}

/// Something that is listed.
pub trait Row: Serialize {
    /// The names of the columns of a table.
    const HEAD: &'static [&'static str];

    /// What stands in them.
    fn cells(&self) -> Vec<String>;
}

impl Row for Record {
    const HEAD: &'static [&'static str] =
        &["time", "key", "model", "status", "outcome", "input", "cached", "output", "cost $", "first byte", "duration"];

    fn cells(&self) -> Vec<String> {
        let model = match (&self.provider, &self.model) {
            (Some(provider), Some(model)) => format!("{provider},{model}"),
            _ => shown(self.requested.as_ref()),
        };
        vec![
            told(self.time),
            shown(self.key.as_ref()),
            model,
            shown(self.status),
            self.outcome.name().to_owned(),
            shown(self.input),
            shown(self.cache_read),
            shown(self.output),
            shown(self.cost.map(|cost| format!("{cost:.4}"))),
            shown(self.first_byte_ms.map(|millis| format!("{millis} ms"))),
            format!("{} ms", self.duration_ms),
        ]
    }
}

impl Row for Total {
    const HEAD: &'static [&'static str] = &[
        "",
        "requests",
        "failed",
        "cancelled",
        "input",
        "cache read",
        "cache write",
        "output",
        "reasoning",
        "cost $",
        "unpriced",
    ];

    fn cells(&self) -> Vec<String> {
        let numbers = [
            self.requests,
            self.failed,
            self.cancelled,
            self.input,
            self.cache_read,
            self.cache_write,
            self.output,
            self.reasoning,
        ];
        let mut cells = vec![shown(self.name.as_ref())];
        cells.extend(numbers.map(|number| number.to_string()));
        cells.extend([format!("{:.4}", self.cost), self.unpriced.to_string()]);
        cells
    }
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Rows in a format.
///
/// # Errors
/// What cannot be written so, which is nothing of ours.
pub fn export<R: Row>(rows: &[R], format: Format) -> std::io::Result<String> {
    match format {
        Format::Table => Ok(table(rows)),
        Format::Jsonl => {
            let mut text = String::new();
            for row in rows {
                text += &serde_json::to_string(row)?;
                text.push('\n');
            }
            Ok(text)
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in rows {
                writer.serialize(row).map_err(std::io::Error::other)?;
            }
            let bytes = writer.into_inner().map_err(|error| error.into_error())?;
            String::from_utf8(bytes).map_err(std::io::Error::other)
        }
    }
}

fn table<R: Row>(rows: &[R]) -> String {
    let head = R::HEAD.iter().map(|name| (*name).to_owned()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..R::HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_format_tells_the_same_record() {
        let record = Record {
            time: 1_764_000_000_000,
            client: Some("a \"b\", c".into()),
            provider: Some("p".into()),
            model: Some("m,1".into()),
            output: Some(7),
            ..Record::default()
        };
        let rows = [record];
        let csv = export(&rows, Format::Csv).unwrap();
        assert!(csv.starts_with("time,key,client,session,face,"), "{csv}");
        assert!(csv.contains("2025-11-24T16:00:00.000Z,,\"a \"\"b\"\", c\",,"), "{csv}");
        let json: serde_json::Value = serde_json::from_str(&export(&rows, Format::Jsonl).unwrap()).unwrap();
        assert_eq!((&json["time"], &json["output"]), (&"2025-11-24T16:00:00.000Z".into(), &7.into()));
        let table = export(&rows, Format::Table).unwrap();
        assert!(table.lines().nth(1).unwrap().contains("p,m,1"), "{table}");
    }
}
