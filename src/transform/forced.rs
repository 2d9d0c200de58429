//! Having a model reason that does not by itself: it is asked to write its thoughts before its answer.

use wireloom_schema::model::{Message, Part, Request, Role};

/// What the model writes around its thoughts.
pub(super) const TAGS: (&str, &str) = ("<reasoning_content>", "</reasoning_content>");

/// So many of the assistant's last messages keep their thoughts: older ones cost more tokens than they help.
const KEPT: usize = 10;

/// What the model is asked.
const PROMPT: &str = "Before you answer or call a tool, think the task through step by step. Begin your reply with these \
thoughts, all of them between <reasoning_content> and </reasoning_content>, and write neither tag anywhere else. Behind \
the closing tag give your answer or your tool calls, without speaking of the thoughts.";

/// Writes earlier thoughts into the assistant's texts, between the tags, and asks for new ones in the user's last message.
pub(super) fn ask(request: &mut Request<'_>) {
    let of_assistant = |message: &&mut Message<'_>| message.role == Role::Assistant;
    let thinks = |message: &&mut Message<'_>| message.parts.iter().any(|part| matches!(part, Part::Reasoning { .. }));
    let messages = request.messages.iter_mut().filter(of_assistant).filter(thinks);
    messages.rev().enumerate().for_each(|(number, message)| write_thoughts(&mut message.parts, number < KEPT));
    let prompt = Part::plain(PROMPT);
    match request.messages.iter_mut().rev().find(|message| message.role != Role::System) {
        Some(message) if message.role == Role::User => message.parts.push(prompt),
        _ => request.messages.push(Message { role: Role::User, parts: vec![prompt] }),
    }
}

/// Puts the thoughts of a message before its words, if they are kept, and takes out the parts that they were.
fn write_thoughts(parts: &mut Vec<Part<'_>>, kept: bool) {
    let mut thoughts = String::new();
    parts.retain(|part| match part {
        Part::Reasoning { text, .. } => {
            if !thoughts.is_empty() && !text.is_empty() {
                thoughts.push('\n');
            }
            thoughts.push_str(text);
            false
        }
        _ => true,
    });
    if !kept || thoughts.is_empty() {
        return;
    }
    let written = format!("{}{thoughts}{}\n", TAGS.0, TAGS.1);
    match parts.iter_mut().find_map(|part| if let Part::Text { text, .. } = part { Some(text) } else { None }) {
        Some(text) => *text = format!("{written}{}", &**text).into(),
        None => parts.insert(0, Part::plain(written)),
    }
}
