//! The names of tool calls, by which results find them. Some dialects leave them out, and some the name of the tool.

use std::collections::HashMap;

use wireloom_schema::model::{Message, Part, Text};

use crate::wire::id::mint;

/// Names the calls of an answer that have no name: clients find results by it.
pub fn name(parts: &mut [Part<'_>]) {
    for part in parts {
        if let Part::ToolCall { id, .. } | Part::CustomToolCall { id, .. } = part
            && id.is_empty()
        {
            *id = mint("call_").into();
        }
    }
}

/// Names calls that have no name, the same in every request of a conversation, and gives each result the names of its
/// call and of its tool. A result that names no call answers the first of its tool's calls that has no answer yet.
pub fn settle(messages: &mut [Message<'_>]) {
    let mut number = 0;
    let mut waiting: Vec<(String, String)> = Vec::new();
    let mut tools: HashMap<String, String> = HashMap::new();
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        match part {
            Part::ToolCall { id, name, .. } => {
                number += 1;
                if id.is_empty() {
                    *id = format!("call_{number}").into();
                    waiting.push((name.to_string(), id.to_string()));
                }
                tools.insert(id.to_string(), name.to_string());
            }
            Part::ToolResult { id, name, .. } => {
                if id.is_empty() {
                    let is_meant = |(tool, _): &(String, String)| name.as_deref().is_none_or(|name| name == tool);
                    if let Some(at) = waiting.iter().position(is_meant) {
                        *id = waiting.remove(at).1.into();
                    }
                }
                if name.is_none() {
                    *name = tools.get(&**id).map(|tool| Text::from(tool.clone()));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use wireloom_schema::model::{Json, Role};

    use super::*;

    fn call(name: &'static str) -> Part<'static> {
        Part::ToolCall {
            id: "".into(),
            name: name.into(),
            arguments: Json::EMPTY,
            namespace: None,
            signature: None,
            cache: None,
        }
    }

    fn result(name: &'static str) -> Part<'static> {
        Part::ToolResult { id: "".into(), name: Some(name.into()), parts: Vec::new(), is_error: false, cache: None }
    }

    #[test]
    fn results_without_a_name_find_their_calls() {
        let message = |role, parts| Message { role, parts };
        let mut messages = [
            message(Role::Assistant, vec![call("read"), call("write"), call("read")]),
            message(Role::User, vec![result("read"), result("read"), result("write")]),
        ];
        settle(&mut messages);
        let names = |message: &Message<'_>| {
            let id = |part: &Part<'_>| match part {
                Part::ToolCall { id, .. } | Part::ToolResult { id, .. } => id.to_string(),
                _ => String::new(),
            };
            message.parts.iter().map(id).collect::<Vec<_>>()
        };
        assert_eq!(names(&messages[0]), ["call_1", "call_2", "call_3"]);
        assert_eq!(names(&messages[1]), ["call_1", "call_3", "call_2"]);
    }
}
