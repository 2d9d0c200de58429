//! The matrix for terminals, documents and programs.

use serde_json::{Value, json};

use super::{Cell, Column, Difference, Matrix};

/// What the signs mean.
const LEGEND: &str = "✓ kept, = said without being written, ○ carried in another way by the gateway, \
     ↪ moved to another message, ~ degraded to something else, — dropped";

impl Cell {
    /// One sign for it.
    pub fn sign(&self) -> &'static str {
        match self {
            Cell::Kept => "✓",
            Cell::Implied => "=",
            Cell::Settled => "○",
            Cell::Spilled(_) => "↪",
            Cell::Degraded(_) => "~",
            Cell::Dropped => "—",
        }
    }

    fn json(&self) -> Value {
        match self {
            Cell::Kept => json!({ "fate": "kept" }),
            Cell::Implied => json!({ "fate": "implied" }),
            Cell::Settled => json!({ "fate": "settled" }),
            Cell::Spilled(to) => json!({ "fate": "spilled", "to": to }),
            Cell::Degraded(to) => json!({ "fate": "degraded", "to": to }),
            Cell::Dropped => json!({ "fate": "dropped" }),
        }
    }
}

impl Column {
    fn heading(&self) -> String {
        match (self.is_face, self.is_provider) {
            (true, _) => format!("{} (face)", self.name),
            (false, false) => format!("{} (dialect)", self.name),
            (false, true) => self.name.clone(),
        }
    }
}

impl Matrix {
    /// For terminals.
    pub fn text(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.chars().count() + 2).max().unwrap_or(0);
        let headings: Vec<String> = self.columns.iter().map(Column::heading).collect();
        let mut text = format!("{:width$}  {}\n", "", headings.join("  "));
        let mut group = "";
        for row in &self.rows {
            if row.group != group {
                group = row.group;
                text += &format!("\n{group}\n");
            }
            let cells = row
                .cells
                .iter()
                .zip(&headings)
                .map(|(cell, heading)| format!("{:^1$}", cell.sign(), heading.chars().count()));
            let line = format!("  {:1$}", row.name, width - 2) + "  " + &cells.collect::<Vec<_>>().join("  ");
            text += line.trim_end();
            text.push('\n');
        }
        text += &format!("\n{LEGEND}\n");
        if !self.differences.is_empty() {
            text += "\nBeside what their dialects do, providers\n";
        }
        for difference in &self.differences {
            text += &format!("\n{} ({})\n", difference.name, difference.dialect);
            for (verb, names) in [("lose", &difference.loses), ("keep", &difference.keeps)] {
                if !names.is_empty() {
                    text += &format!("  {verb}  {}\n", names.join(", "));
                }
            }
        }
        text
    }

    /// For documents: a table.
    pub fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let with = |first: String, rest: Vec<String>| line(std::iter::once(first).chain(rest).collect());
        let mut text = with(String::new(), self.columns.iter().map(Column::heading).collect());
        text += &with("---".into(), self.columns.iter().map(|_| ":-:".into()).collect());
        let mut group = "";
        for row in &self.rows {
            if row.group != group {
                group = row.group;
                text += &with(format!("**{group}**"), self.columns.iter().map(|_| String::new()).collect());
            }
            text += &with(format!("`{}`", row.name), row.cells.iter().map(|cell| cell.sign().to_owned()).collect());
        }
        text += &format!("\n{LEGEND}.\n");
        if !self.differences.is_empty() {
            let heading = ["provider", "dialect", "loses or degrades beyond it", "keeps beyond it"];
            text += &format!("\n| {} |\n| --- | --- | --- | --- |\n", heading.join(" | "));
        }
        for difference in &self.differences {
            let Difference { name, dialect, docs, loses, keeps } = difference;
            let name = docs.as_ref().map_or_else(|| name.clone(), |docs| format!("[{name}]({docs})"));
            let names = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            text += &line(vec![name, dialect.clone(), names(loses), names(keeps)]);
        }
        text
    }

    /// For programs: with what becomes of what is degraded or moved; cells are in the order of the columns.
    pub fn json(&self) -> Value {
        let columns = self
            .columns
            .iter()
            .map(|column| json!({ "name": column.name, "provider": column.is_provider, "face": column.is_face }));
        let rows = self.rows.iter().map(|row| {
            let cells: Vec<Value> = row.cells.iter().map(Cell::json).collect();
            json!({ "group": row.group, "name": row.name, "doc": row.doc, "cells": cells })
        });
        let differences = self.differences.iter().map(|difference| {
            let Difference { name, dialect, loses, keeps, .. } = difference;
            json!({ "name": name, "dialect": dialect, "loses": loses, "keeps": keeps })
        });
        json!({
            "columns": columns.collect::<Vec<_>>(),
            "rows": rows.collect::<Vec<_>>(),
            "differences": differences.collect::<Vec<_>>(),
        })
    }
}
