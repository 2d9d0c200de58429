//! The tool calls of the simulation.

use wireloom_schema::model::{Json, Message, Part, Request, Tool, ToolChoice};

use super::arguments::arguments;
use super::words::{has, shorten};

/// The calls that a request brings about. `words` are what the user said last.
pub(super) fn calls(request: &Request<'_>, words: &str) -> Vec<Part<'static>> {
    let offered: Vec<(&str, &Json<'_>)> = request.tools.iter().filter_map(function).collect();
    let mut chosen: Vec<_> = match &request.tool_choice {
        Some(ToolChoice::None) => Vec::new(),
        Some(ToolChoice::Tool { name: wanted }) => offered.into_iter().filter(|(name, _)| *name == &**wanted).collect(),
        choice => {
            let named: Vec<_> = offered.iter().copied().filter(|(name, _)| has(words, name)).collect();
            let wanted = !named.is_empty() || has(words, "tool") || has(words, "tools");
            match (matches!(choice, Some(ToolChoice::Required)), wanted && results(request).is_empty()) {
                (false, false) => Vec::new(),
                _ if named.is_empty() => offered.into_iter().take(1).collect(),
                _ => named,
            }
        }
    };
    let several = has(words, "two") && request.parallel_tool_calls != Some(false);
    let number = if several { 2 } else { 1 };
    if let &[only] = &chosen[..] {
        chosen.resize(number, only);
    }
    // Names of calls must differ within a conversation.
    let earlier = parts(&request.messages).filter(|part| matches!(part, Part::ToolCall { .. })).count();
    let call = |(index, (name, schema)): (usize, (&str, &Json<'_>))| Part::ToolCall {
        id: format!("call_{}", earlier + index + 1).into(),
        name: name.to_owned().into(),
        arguments: arguments(schema, &shorten(words)),
        namespace: None,
        signature: None,
        cache: None,
    };
    chosen.into_iter().take(number).enumerate().map(call).collect()
}

/// The results that the conversation ends with: the names of the tools, and what they said.
pub(super) fn results<'r>(request: &'r Request<'_>) -> Vec<(&'r str, String)> {
    let last = request.messages.last().map_or(&[][..], |message| &message.parts);
    let result = |part: &'r Part<'_>| match part {
        Part::ToolResult { id, parts, .. } => {
            let words: Vec<&str> = parts.iter().filter_map(Part::words).collect();
            Some((tool_called(request, id).unwrap_or("the tool"), words.join(" ")))
        }
        _ => None,
    };
    last.iter().filter_map(result).collect()
}

/// The name of the tool that was called by a call of that name.
fn tool_called<'r>(request: &'r Request<'_>, wanted: &str) -> Option<&'r str> {
    parts(&request.messages).find_map(|part| match part {
        Part::ToolCall { id, name, .. } if &**id == wanted => Some(&**name),
        _ => None,
    })
}

fn parts<'r, 'a>(messages: &'r [Message<'a>]) -> impl Iterator<Item = &'r Part<'a>> {
    messages.iter().flat_map(|message| &message.parts)
}

/// A tool's name and schema, if it is one that the client runs.
fn function<'r>(tool: &'r Tool<'_>) -> Option<(&'r str, &'r Json<'r>)> {
    match tool {
        Tool::Function { name, schema, .. } => Some((name, schema)),
        _ => None,
    }
}
