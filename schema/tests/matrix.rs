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
    let index = matrix.columns.iter().position(|known| known.name == column && known.is_provider).unwrap();
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
        ("groq", "Messages", "assistant: custom_tool_call", Cell::Settled),
        ("openai-responses", "Messages", "assistant: custom_tool_call", Cell::Kept),
        ("groq", "Details of parts", "tool_call.signature", Cell::Settled),
        ("gemini", "Details of parts", "tool_call.signature", Cell::Kept),
        ("groq", "Details of parts", "tool_result.name", Cell::Settled),
        ("groq", "Details of types", "Tool.namespace", Cell::Settled),
        ("groq", "Messages", "tool_result: image", Cell::Spilled("user".into())),
        ("groq", "Messages", "user: audio", Cell::Dropped),
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
        ("deepseek", "Reasoning", "effort high", Cell::Kept),
        ("deepseek", "Reasoning", "effort medium", Cell::Degraded("high".into())),
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

#[test]
fn an_overview_has_the_dialects_and_what_providers_do_otherwise() {
    let overview = read().overview();
    let names: Vec<&str> = overview.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["anthropic", "gemini", "openai-chat", "openai-responses", "bedrock-converse"]);
    assert!(overview.rows.iter().all(|row| row.cells.len() == names.len()));
    let difference = |name: &str| overview.differences.iter().find(|known| known.name == name).unwrap();
    let (deepseek, openrouter) = (difference("deepseek"), difference("openrouter"));
    assert_eq!((deepseek.dialect.as_str(), openrouter.dialect.as_str()), ("openai-chat", "openai-chat"));
    for lost in ["seed", "user: audio", "effort medium ~"] {
        assert!(deepseek.loses.iter().any(|name| name == lost), "{lost}: {:?}", deepseek.loses);
    }
    assert!(openrouter.keeps.iter().any(|name| name == "top_k"), "{:?}", openrouter.keeps);
    assert!(difference("gemini").loses.is_empty(), "{:?}", difference("gemini").loses);
    // Of what has no place for want of something greater, the greater alone is told.
    assert!(!deepseek.loses.iter().any(|name| name.starts_with("image.")), "{:?}", deepseek.loses);
}

#[test]
fn some_specs_alone_have_all_rows() {
    let all = read();
    let rows = all.rows.len();
    let some = all.of(&["groq".into(), "gemini".into()]);
    let columns: Vec<_> = some.columns.iter().map(|column| (column.name.as_str(), column.is_face)).collect();
    assert_eq!(columns, [("gemini", true), ("gemini", false), ("groq", false)]);
    assert_eq!(some.rows.len(), rows);
    assert!(some.rows.iter().all(|row| row.cells.len() == 3));
    assert!(some.differences.is_empty());
}
