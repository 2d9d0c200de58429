//! Counting a request's tokens, so far as they can be counted without asking its vendor.
//!
//! Text is counted with the o200k vocabulary, which is right for OpenAI's current models and close for others. Images
//! and documents count by what vendors publish for a typical one; a message and a tool have a small overhead of
//! their own.

use wireloom_schema::model::{Part, Request, Source, Tool};

/// Tokens around each message and each tool: role, separators, names of fields.
const OVERHEAD: u64 = 4;

/// An image of about 1,000 by 1,000 pixels (docs.anthropic.com, "Vision": width times height over 750).
const IMAGE: u64 = 1_334;

/// A page of a document, as a picture and its text (docs.anthropic.com, "PDF support": 1,500 to 3,000 a page).
const DOCUMENT: u64 = 2_250;

/// The tokens of a request's input. Loads the vocabulary on first use, which takes a tenth of a second: call it where
/// blocking is allowed.
pub fn count(request: &Request<'_>) -> u64 {
    let messages = request.messages.iter().map(|message| OVERHEAD + parts(&message.parts));
    messages.sum::<u64>() + request.tools.iter().map(|tool| OVERHEAD + of_tool(tool)).sum::<u64>()
}

fn parts(parts: &[Part<'_>]) -> u64 {
    parts.iter().map(of_part).sum()
}

fn of_part(part: &Part<'_>) -> u64 {
    match part {
        Part::Text { text, .. } | Part::Refusal { text } | Part::Reasoning { text, .. } => of_text(text),
        Part::RedactedReasoning { data } => of_text(data),
        Part::Image { .. } | Part::Audio { .. } => IMAGE,
        Part::Document { source: Source::Text { text }, .. } => of_text(text),
        Part::Document { .. } => DOCUMENT,
        Part::CustomToolCall { name, input, .. } => OVERHEAD + of_text(name) + of_text(input),
        Part::ToolCall { name, arguments, .. } => OVERHEAD + of_text(name) + of_text(arguments.text()),
        Part::ToolResult { parts: inner, .. } => OVERHEAD + parts(inner),
        Part::Native { json, .. } => of_text(json.text()),
    }
}

fn of_tool(tool: &Tool<'_>) -> u64 {
    match tool {
        Tool::Function { name, description, schema, .. } => {
            of_text(name) + description.as_deref().map_or(0, of_text) + of_text(schema.text())
        }
        Tool::Custom { name, description, format } => {
            let format = format.as_ref().map_or(0, |format| of_text(format.text()));
            of_text(name) + description.as_deref().map_or(0, of_text) + format
        }
        Tool::Namespace { name, description, tools } => {
            let inside: u64 = tools.iter().map(|tool| OVERHEAD + of_tool(tool)).sum();
            of_text(name) + description.as_deref().map_or(0, of_text) + inside
        }
        // The vendor does not count what describes its own tool to the model.
        Tool::WebSearch { .. } => 0,
        Tool::Native { json, .. } => of_text(json.text()),
    }
}

fn of_text(text: &str) -> u64 {
    match tiktoken::get_encoding("o200k_base") {
        Some(encoding) => encoding.count(text) as u64,
        // Without a vocabulary: four bytes a token, the rule of thumb for English text.
        None => text.len() as u64 / 4,
    }
}
