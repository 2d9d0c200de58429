//! What a session is known by, so that its requests go to the same key.

use std::hash::{DefaultHasher, Hash, Hasher};

use wireloom_schema::model::{Request, Role};

/// What is the same in all requests of a session: its name, if the client gives it one; else the user that the client
/// names, which with some clients is one of each session; else how the conversation began, for that is what a vendor's
/// prompt cache has. The address and the key of a client say nothing: all sessions of a machine share them.
pub fn of(request: &Request<'_>, name: Option<&str>) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    match name.or(request.user.as_deref()).filter(|name| !name.is_empty()) {
        Some(name) => name.hash(&mut hasher),
        None => {
            let first = request.messages.iter().find(|message| message.role == Role::User)?;
            let words = first.parts.iter().find_map(|part| part.words())?;
            words.hash(&mut hasher);
        }
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use wireloom_schema::model::{Message, Part, Text};

    use super::*;

    fn request(user: Option<&'static str>, words: &[&'static str]) -> Request<'static> {
        let message = |text: &&'static str| Message { role: Role::User, parts: vec![Part::plain(Text::from(*text))] };
        Request { user: user.map(Into::into), messages: words.iter().map(message).collect(), ..Request::default() }
    }

    #[test]
    fn a_name_goes_before_the_user_and_that_before_the_beginning() {
        let (one, other) = (request(Some("u"), &["a"]), request(Some("u"), &["b"]));
        assert_eq!(of(&one, None), of(&other, None));
        assert_ne!(of(&one, Some("s")), of(&one, None));
        assert_eq!(of(&one, Some("s")), of(&request(None, &["c"]), Some("s")));
    }

    #[test]
    fn a_conversation_that_grows_is_the_same() {
        assert_eq!(of(&request(None, &["a"]), None), of(&request(None, &["a", "b"]), None));
        assert_ne!(of(&request(None, &["a"]), None), of(&request(None, &["b", "a"]), None));
        assert_eq!(of(&request(None, &[]), None), None);
    }
}
