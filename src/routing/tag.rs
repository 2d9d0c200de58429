//! The tag with which a prompt says its own model, and taking it out of the prompt.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use memchr::memmem::Finder;
use wireloom_schema::{
    config::SUBAGENT_TAG,
    model::{Part, Request, Role, Text},
};

/// The most bytes of what stands in a tag.
const MOST: usize = 256;

/// Finds where a tag opens.
static OPEN: LazyLock<Finder<'static>> =
    LazyLock::new(|| Finder::new(format!("<{SUBAGENT_TAG}>").as_bytes()).into_owned());

/// A tag in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The model that it names.
    pub model: String,
    message: usize,
    part: usize,
    range: Range<usize>,
}

/// The first tag of a request. Agents' prompts stand in any part of the system's messages, or open a part of the user's
/// first message. Elsewhere, and within other words, a tag is only spoken of.
pub(super) fn find(request: &Request<'_>) -> Option<Tag> {
    let leading = request.leading_system();
    let first_user = request.messages.iter().position(|message| message.role == Role::User);
    for (number, message) in request.messages.iter().enumerate() {
        if message.role != Role::System && Some(number) != first_user {
            continue;
        }
        let mut texts = message.parts.iter().enumerate().filter_map(|(place, part)| match part {
            Part::Text { text, .. } => Some((place, text)),
            _ => None,
        });
        let found = texts.find_map(|(part, text)| {
            let (model, range) = within(text, number < leading)?;
            Some(Tag { model, message: number, part, range })
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The model and the place of a tag that opens a text, or a line of it.
fn within(text: &str, any_line: bool) -> Option<(String, Range<usize>)> {
    let (bytes, open) = (text.as_bytes(), OPEN.needle().len());
    let opens = |start: &usize| {
        let line = bytes[..*start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let from = if any_line { line } else { 0 };
        bytes[from..*start].iter().all(u8::is_ascii_whitespace)
    };
    let start = match any_line {
        true => OPEN.find_iter(bytes).find(opens)?,
        false => {
            let start = text.len() - text.trim_start().len();
            bytes.get(start..)?.starts_with(OPEN.needle()).then_some(start)?
        }
    };
    let close = format!("</{SUBAGENT_TAG}>");
    let length = text[start + open..].find(&close).filter(|length| *length <= MOST)?;
    let model = text[start + open..start + open + length].trim();
    let is_name = !model.is_empty() && !model.contains(['\n', '<']);
    is_name.then(|| (model.to_owned(), start..start + open + length + close.len()))
}

impl Tag {
    /// Takes the tag out of the request in which it was found, and the part if nothing else is in it.
    pub fn take_out(&self, request: &mut Request<'_>) {
        let Some(message) = request.messages.get_mut(self.message) else { return };
        let Some(Part::Text { text, .. }) = message.parts.get_mut(self.part) else { return };
        let (Some(before), Some(after)) = (text.get(..self.range.start), text.get(self.range.end..)) else { return };
        let left = [before, after].concat();
        if left.trim().is_empty() {
            message.parts.remove(self.part);
            if message.parts.is_empty() {
                request.messages.remove(self.message);
            }
        } else {
            *text = Text(Cow::Owned(left));
        }
    }

    /// A body without the tag, where the body's text shows its place: it stands there once and as it is, beside other
    /// words.
    pub fn spliced<'t>(&self, body: &'t str, request: &Request<'_>) -> Option<Cow<'t, str>> {
        let Part::Text { text, .. } = request.messages.get(self.message)?.parts.get(self.part)? else { return None };
        let tag = text.get(self.range.clone())?;
        if text.len() == tag.len() || text.trim().len() == tag.len() {
            return None;
        }
        let mut places = memchr::memmem::find_iter(body.as_bytes(), tag.as_bytes());
        let place = places.next()?;
        let only = places.next().is_none();
        only.then(|| Cow::Owned([&body[..place], &body[place + tag.len()..]].concat()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use wireloom_schema::model::Message;

    use super::*;

    fn said(role: Role, text: &str) -> Message<'_> {
        Message { role, parts: vec![Part::plain(text)] }
    }

    fn request<'t>(messages: &[(Role, &'t str)]) -> Request<'t> {
        let messages = messages.iter().map(|(role, text)| said(*role, text)).collect();
        Request { messages, ..Request::default() }
    }

    #[test]
    fn a_tag_is_found_where_agents_write_it() {
        use Role::{Assistant, System, User};
        let tag = "<CCR-SUBAGENT-MODEL> a,b,c </CCR-SUBAGENT-MODEL>";
        let opens = format!(" {tag}\nDo it.");
        let later = format!("You are an agent.\n  {tag} Do it.");
        let spoken = format!("Write {tag} to choose.");
        let open = "<CCR-SUBAGENT-MODEL>a,b";
        for (messages, found) in [
            (vec![(System, "You."), (System, opens.as_str()), (User, "hi")], true),
            (vec![(System, later.as_str())], true),
            (vec![(User, opens.as_str())], true),
            (vec![(User, "hi"), (System, opens.as_str())], true),
            (vec![(User, "hi"), (System, later.as_str())], false),
            (vec![(User, later.as_str())], false),
            (vec![(System, spoken.as_str()), (User, spoken.as_str())], false),
            (vec![(User, "hi"), (Assistant, opens.as_str()), (User, opens.as_str())], false),
            (vec![(System, open)], false),
        ] {
            let mut request = request(&messages);
            let tag = find(&request);
            assert_eq!(tag.as_ref().map(|tag| tag.model.as_str()), found.then_some("a,b,c"), "{messages:?}");
            if let Some(tag) = tag {
                tag.take_out(&mut request);
                assert!(!format!("{request:?}").contains("SUBAGENT"), "{request:?}");
                assert!(format!("{request:?}").contains("Do it."));
            }
        }
    }

    #[test]
    fn a_part_with_nothing_else_goes() {
        let mut request =
            request(&[(Role::System, "<CCR-SUBAGENT-MODEL>a,b</CCR-SUBAGENT-MODEL>\n"), (Role::User, "hi")]);
        let tag = find(&request).unwrap();
        assert_eq!(tag.spliced("{}", &request), None);
        tag.take_out(&mut request);
        assert_eq!(request.messages, [said(Role::User, "hi")]);
    }

    #[test]
    fn a_body_loses_nothing_but_the_tag() {
        let body = r#"{"x":1.0,"s":"<CCR-SUBAGENT-MODEL>a,b</CCR-SUBAGENT-MODEL>\nDo it."}"#;
        let request = request(&[(Role::System, "<CCR-SUBAGENT-MODEL>a,b</CCR-SUBAGENT-MODEL>\nDo it.")]);
        let tag = find(&request).unwrap();
        assert_eq!(tag.spliced(body, &request).as_deref(), Some(r#"{"x":1.0,"s":"\nDo it."}"#));
        assert_eq!(tag.spliced(&body.repeat(2), &request), None);
    }
}
