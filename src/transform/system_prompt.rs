//! Instructions of the user's own in place of a client's (`REWRITE_SYSTEM_PROMPT`).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use wireloom_schema::model::{Part, Request};

/// What the part of a client's instructions begins with that tells of its surroundings, and that stays.
const SURROUNDINGS: &str = "<env>";

/// Instructions that stand in place of a client's.
#[derive(Clone, Debug)]
pub struct SystemPrompt {
    path: PathBuf,
    text: String,
}

impl SystemPrompt {
    /// Those in a file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        fs::read_to_string(path).map(|text| Self { path: path.to_owned(), text })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts them in place of the text of the client's instructions that tells of its surroundings, of which all from
    /// there on stays. Whether there is such a text.
    pub fn rewrite(&self, request: &mut Request<'_>) -> bool {
        let leading = request.leading_system();
        let parts = request.messages.iter_mut().take(leading).flat_map(|message| &mut message.parts);
        let texts = parts.filter_map(|part| if let Part::Text { text, .. } = part { Some(text) } else { None });
        for text in texts {
            if let Some(at) = text.rfind(SURROUNDINGS) {
                *text = format!("{}{}", self.text, &text[at..]).into();
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use wireloom_schema::model::{Message, Role};

    use super::*;

    #[test]
    fn the_text_with_the_surroundings_is_replaced_wherever_it_stands() {
        let prompt = SystemPrompt { path: PathBuf::new(), text: "Be brief.\n".into() };
        let asked = |texts: &[&'static str]| {
            let system = Message { role: Role::System, parts: texts.iter().map(|text| Part::plain(*text)).collect() };
            let user = Message { role: Role::User, parts: vec![Part::plain("what is <env>?")] };
            Request { messages: vec![system, user], ..Request::default() }
        };
        for (before, after) in [
            (
                &["You are x.", "Long. <env>a</env> <env>b</env> end"][..],
                &["You are x.", "Be brief.\n<env>b</env> end"][..],
            ),
            (&["Long. <env>b</env>"], &["Be brief.\n<env>b</env>"]),
            (&["a", "b", "<env>", "c"], &["a", "b", "Be brief.\n<env>", "c"]),
            (&["a", "b"], &["a", "b"]),
        ] {
            let mut request = asked(before);
            let parts: Vec<_> = after.iter().map(|text| Part::plain(*text)).collect();
            assert_eq!(prompt.rewrite(&mut request), before != after);
            assert_eq!(request.messages[0].parts, parts);
            assert_eq!(request.messages[1].parts, [Part::plain("what is <env>?")]);
        }
    }
}
