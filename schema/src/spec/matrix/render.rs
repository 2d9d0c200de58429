//! The matrix for terminals, documents and programs.

use serde_json::{Value, json};

use super::{Cell, Column, Matrix};

/// What the signs mean.
const LEGEND: &str =
    "✓ kept, ~ degraded to something else, ↪ moved to another message, = said without being written, — dropped";

impl Cell {
    /// One sign for it.
    pub fn sign(&self) -> &'static str {
        match self {
            Cell::Kept => "✓",
            Cell::Implied => "=",
            Cell::Spilled(_) => "↪",
            Cell::Degraded(_) => "~",
            Cell::Dropped => "—",
        }
    }

    fn json(&self) -> Value {
        match self {
            Cell::Kept => json!({ "fate": "kept" }),
            Cell::Implied => json!({ "fate": "implied" }),
            Cell::Spilled(to) => json!({ "fate": "spilled", "to": to }),
            Cell::Degraded(to) => json!({ "fate": "degraded", "to": to }),
            Cell::Dropped => json!({ "fate": "dropped" }),
        }
    }
}

impl Column {
    fn heading(&self) -> String {
        if self.is_face { format!("{} (face)", self.name) } else { self.name.clone() }
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
        text + "\n" + LEGEND + "\n"
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
        text + "\n" + LEGEND + ".\n"
    }

    /// For programs: with what becomes of what is degraded or moved; cells are in the order of the columns.
    pub fn json(&self) -> Value {
        let columns = self.columns.iter().map(|column| json!({ "name": column.name, "face": column.is_face }));
        let rows = self.rows.iter().map(|row| {
            let cells: Vec<Value> = row.cells.iter().map(Cell::json).collect();
            json!({ "group": row.group, "name": row.name, "doc": row.doc, "cells": cells })
        });
        json!({ "columns": columns.collect::<Vec<_>>(), "rows": rows.collect::<Vec<_>>() })
    }
}
