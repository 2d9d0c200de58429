//! Words, which are the tokens of the simulation.

use wireloom_schema::model::{Part, Request, Tool};

/// The most characters of somebody else's words that are quoted.
const QUOTED: usize = 80;

/// How many words a text has.
pub(super) fn count(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// The first words of a text.
pub(super) fn first(text: &str, most: u64) -> String {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let first: String = text.split_inclusive(' ').take(most).collect();
    first.trim_end().to_owned()
}

/// A text in groups of so many words, which together are the text again.
pub(super) fn groups(text: &str, size: usize) -> Vec<String> {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    words.chunks(size).map(<[&str]>::concat).collect()
}

/// A text on one line, cut off if it is long.
pub(super) fn shorten(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
        if let Some((end, _)) = short.char_indices().nth(QUOTED) {
            short.truncate(end);
            short.truncate(short.trim_end().len());
            short.push('…');
            break;
        }
    }
    short
}

/// A text in quotes and shortened.
pub(super) fn quote(text: &str) -> String {
    match shorten(text) {
        short if short.is_empty() => "nothing in words".to_owned(),
        short => format!("“{short}”"),
    }
}

/// A number of things.
pub(super) fn number(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// Whether a text has a word, which may be the name of a tool.
pub(super) fn has(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').any(|other| other.eq_ignore_ascii_case(word))
}

/// How many words a request has, its tools included.
pub(super) fn of_request(request: &Request<'_>) -> u64 {
    let said: u64 = request.messages.iter().flat_map(|message| &message.parts).map(of_part).sum();
    let offered: u64 = request.tools.iter().map(of_tool).sum();
    said + offered
}

/// How many words a part of a message has.
pub(super) fn of_part(part: &Part<'_>) -> u64 {
    match part {
        Part::ToolCall { name, arguments, .. } => count(name) + count(arguments.text()),
        Part::ToolResult { parts, .. } => parts.iter().map(of_part).sum(),
        part => part.words().map_or(0, count),
    }
}

fn of_tool(tool: &Tool<'_>) -> u64 {
    match tool {
        Tool::Function { name, description, schema, .. } => {
            count(name) + description.as_deref().map_or(0, count) + count(schema.text())
        }
        Tool::Native { json, .. } => count(json.text()),
        Tool::Custom { name, .. } | Tool::Namespace { name, .. } => count(name),
        Tool::WebSearch { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(shorten(" a\n b "), "a b");
        let short = shorten(&"ä".repeat(1000));
        assert_eq!(short.chars().count(), QUOTED + 1);
        assert!(short.ends_with('…'));
    }

    #[test]
    fn groups_are_the_text_again() {
        let text = "one two  three four ";
        assert_eq!(groups(text, 2).len(), 3);
        assert_eq!(groups(text, 2).concat(), text);
        assert_eq!(first("one two three", 2), "one two");
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        assert!(has("Please call get_time.", "get_time") && has("TOOL!", "tool"));
        assert!(!has("I have already read it", "re") && !has("already", "read"));
    }
}
