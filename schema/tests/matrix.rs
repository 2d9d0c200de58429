//! The matrix says of real specs what one reads in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use wireloom_schema::spec::{
    compile, files,
    matrix::{Cell, Matrix, matrix},
};

fn read() -> Matrix {
    let sources = files::read(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers")]).unwrap();
    matrix(&compile(&sources).unwrap())
}

fn cell<'m>(matrix: &'m Matrix, column: &str, row: (&str, &str)) -> &'m Cell {
    let index = matrix.columns.iter().position(|known| known.name == column && !known.is_face).unwrap();
    &matrix.rows.iter().find(|known| known.group == row.0 && known.name == row.1).unwrap().cells[index]
}

#[test]
fn cells_are_what_the_specs_say() {
    let matrix = read();
    for (column, group, name, expected) in [
        ("groq", "Request", "temperature", Cell::Kept),
        ("groq", "Request", "top_k", Cell::Dropped),
        ("anthropic", "Request", "stream_usage", Cell::Implied),
        ("anthropic", "Messages", "tool_result: image", Cell::Kept),
        ("groq", "Messages", "tool_result: image", Cell::Spilled("user".into())),
        ("deepseek", "Messages", "tool_result: image", Cell::Dropped),
        ("groq", "Messages", "user: document", Cell::Degraded("text".into())),
        ("groq", "Messages", "user: tool_result", Cell::Kept),
        ("anthropic", "Messages", "assistant: refusal", Cell::Degraded("text".into())),
        ("groq", "Messages", "assistant: reasoning", Cell::Kept),
        ("openai", "Messages", "assistant: reasoning", Cell::Dropped),
        ("openrouter", "Details of parts", "text.cache", Cell::Kept),
        ("groq", "Details of parts", "text.cache", Cell::Dropped),
        ("groq", "Details of parts", "tool_result.is_error", Cell::Dropped),
        ("groq", "Details of parts", "reasoning.signature", Cell::Dropped),
        ("anthropic", "Details of types", "OutputFormat.json", Cell::Dropped),
        ("deepseek", "Reasoning", "effort high", Cell::Degraded("switch".into())),
        ("groq", "Reasoning", "mode budget", Cell::Degraded("effort".into())),
        ("groq", "Finish reason", "pause", Cell::Degraded("stop".into())),
        ("anthropic", "Usage", "input", Cell::Kept),
        ("groq", "Usage", "cache_write", Cell::Dropped),
        ("anthropic", "Answer", "created", Cell::Implied),
    ] {
        assert_eq!(*cell(&matrix, column, (group, name)), expected, "{column}, {group}: {name}");
    }
}

#[test]
fn each_row_has_a_cell_a_column_and_a_name_of_its_own() {
    let matrix = read();
    for (index, row) in matrix.rows.iter().enumerate() {
        assert_eq!(row.cells.len(), matrix.columns.len(), "{}", row.name);
        assert!(!row.doc.is_empty(), "{} has no meaning", row.name);
        assert!(!matrix.rows[..index].iter().any(|other| (other.group, &other.name) == (row.group, &row.name)));
    }
}
