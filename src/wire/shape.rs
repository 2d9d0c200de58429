//! What derived shapes stand on: keys told apart without a copy, and places that can be found again.

use std::{cell::RefCell, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use wireloom_schema::model::{Json, Message, Part, Role, Text};

/// The number of keys that are known but say nothing.
pub const PASSED: usize = usize::MAX - 1;

/// A key of an object: its number among the known ones, and its text where that could be borrowed.
pub struct Key<'a> {
    /// The number; `usize::MAX` if it is not known.
    pub number: usize,
    text: Option<&'a str>,
}

impl<'a> Key<'a> {
    /// The place of the object whose first key this is.
    pub fn place(&self) -> Place<'a> {
        Place(self.text)
    }
}

/// Reads a key through a function that numbers the known ones.
pub struct Keys<F>(pub F);

impl<'de, F: Fn(&str) -> usize> DeserializeSeed<'de> for Keys<F> {
    type Value = Key<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, F: Fn(&str) -> usize> Visitor<'de> for Keys<F> {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Key { number: self.0(text), text: Some(text) })
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Key { number: self.0(text), text: None })
    }
}

/// Where an object stands in its text: its first key, borrowed. From there the whole object can be read again, so
/// that nothing needs to be kept of the objects that are understood.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a>(Option<&'a str>);

impl<'a> Place<'a> {
    /// Whether no key was seen yet.
    pub fn is_unset(&self) -> bool {
        self.0.is_none()
    }

    /// The object's text, given the text that it was read from; none if it is empty or its first key has escapes.
    pub fn object(self, input: &'a str) -> Option<Json<'a>> {
        let key = self.0?.as_ptr() as usize;
        let before = input.get(..key.checked_sub(input.as_ptr() as usize)?)?;
        let start = before.strip_suffix('"')?.trim_end().strip_suffix('{')?.len();
        let mut values = serde_json::Deserializer::from_str(input.get(start..)?).into_iter();
        values.next()?.ok()
    }
}

/// The names of keys that a shape does not know.
#[derive(Clone, Debug, Default)]
pub struct UnknownKeys<'a>(pub Vec<Text<'a>>);

impl<'a> UnknownKeys<'a> {
    /// Takes a key that was not known.
    pub fn push(&mut self, key: Key<'a>) {
        self.0.push(key.text.unwrap_or("(a key with escapes)").into());
    }
}

/// The first element of a list; the others are passed over.
#[derive(Clone, Debug, Default)]
pub struct First<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let first = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        deserializer.deserialize_seq(FirstVisitor(std::marker::PhantomData))
    }
}

/// The captures of interpolated text: `pattern` are the literal pieces around them, in order. The first piece must
/// begin the text where `anchored`; what is behind the last piece is the last capture where `open`.
pub fn captures<'t, const N: usize>(
    text: &'t str,
    pattern: &[&str],
    anchored: bool,
    open: bool,
) -> Option<[&'t str; N]> {
    let mut found = [""; N];
    let mut rest = text;
    let mut pieces = pattern.iter();
    if anchored {
        rest = rest.strip_prefix(pieces.next()?)?;
    }
    let mut count = 0;
    for piece in pieces {
        let (capture, behind) = rest.split_once(piece)?;
        *found.get_mut(count)? = capture;
        (rest, count) = (behind, count + 1);
    }
    match open {
        true => *found.get_mut(count)? = rest,
        false if !rest.is_empty() => return None,
        false => {}
    }
    Some(found)
}

/// A piece of a text as a text of its own: borrowed where the whole is.
pub fn piece<'a>(whole: &Text<'a>, capture: &str) -> Text<'a> {
    match &whole.0 {
        std::borrow::Cow::Borrowed(text) => {
            let start = (capture.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            text.get(start..start.wrapping_add(capture.len())).unwrap_or_default().into()
        }
        std::borrow::Cow::Owned(_) => capture.to_owned().into(),
    }
}

/// One text, or a list of them.
pub fn one_or_many<'a>(one: Option<Text<'a>>, many: Option<Vec<Text<'a>>>) -> Option<Vec<Text<'a>>> {
    one.map(|text| vec![text]).or(many)
}

/// JSON that stands as text in a string; an API that sends the JSON itself is understood too.
pub fn embedded(json: Json<'_>) -> Json<'_> {
    match json.text().starts_with('"') {
        true => {
            serde_json::from_str::<String>(json.text()).map_or(Json::EMPTY, |text| Json::from_embedded(text.into()))
        }
        false => json,
    }
}

/// The texts of a list's elements as one, with blank lines between them; none if there is no list.
pub fn gathered<'a>(texts: Option<impl Iterator<Item = Text<'a>>>) -> Option<Text<'a>> {
    let mut texts = texts?;
    let Some(first) = texts.next() else { return Some(Text::default()) };
    Some(texts.fold(first, |whole, text| format!("{whole}\n\n{text}").into()))
}

/// Whether an object has a key.
pub fn has_key(json: &Json<'_>, key: &str) -> bool {
    members(json).is_some_and(|members| members.iter().any(|(known, _)| known == key))
}

/// The part in an object that holds what a tool said: the text at the only key if that is one of `keys`, else all of the
/// object as text, because tools may answer with objects of any form.
pub fn unwrapped<'a>(json: Option<&Json<'a>>, keys: &[&str]) -> Vec<Part<'a>> {
    let Some(json) = json else { return Vec::new() };
    let text = members(json).and_then(|members| match &members[..] {
        [(key, value)] if keys.contains(&key.as_str()) => serde_json::from_str::<String>(value.get()).ok(),
        _ => None,
    });
    let text = text.unwrap_or_else(|| json.text().to_owned());
    vec![Part::plain(text)]
}

/// The keys and values of an object.
fn members<'j>(json: &'j Json<'_>) -> Option<Vec<(String, &'j RawValue)>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(json.text()).deserialize_map(Members).ok()
}

/// Words that stand for a whole conversation.
pub fn said(text: Text<'_>) -> Message<'_> {
    let text = Part::plain(text);
    Message { role: Role::User, parts: vec![text] }
}

/// What a shape's reader may need beside the shape.
pub struct Reading<'a> {
    /// The text that is read.
    pub input: &'a str,
    unknown: RefCell<Vec<Text<'a>>>,
}

impl<'a> Reading<'a> {
    /// Of this text.
    pub fn new(input: &'a str) -> Self {
        Self { input, unknown: RefCell::default() }
    }

    /// Something stood there that the spec does not know; `what` and `text` go to the log.
    pub fn note_unknown(&self, what: &'static str, text: &str) {
        self.unknown.borrow_mut().push(what.into());
        tracing::debug!(what, text, "unknown to the spec");
    }

    /// Keys stood in a `what` that the spec does not know.
    pub fn note_unknown_keys(&self, what: &'static str, keys: UnknownKeys<'a>) {
        for key in keys.0 {
            tracing::debug!(what, %key, "unknown to the spec");
            self.unknown.borrow_mut().push(format!("{what}.{key}").into());
        }
    }

    /// What was not known inside of something that is kept whole after all is not lost.
    pub fn forget_since(&self, unknown: u64) {
        self.unknown.borrow_mut().truncate(unknown as usize);
    }

    /// How much was not known.
    pub fn unknown(&self) -> u64 {
        self.unknown.borrow().len() as u64
    }

    /// What was not known: names of types, each once.
    pub fn into_unknown(self) -> Vec<Text<'a>> {
        let mut names = self.unknown.into_inner();
        names.sort_unstable_by(|one, other| one.cmp(other));
        names.dedup();
        names
    }
}

/// Parses a text, with the path of a mistake in its message.
pub fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// An error for a text that is JSON but not what it should be.
pub fn not_a(what: &str) -> serde_json::Error {
    serde_json::Error::custom(format_args!("not {what}"))
}

/// JSON Schema whose types are lower case: `"type": "STRING"` and the like say what `string` does.
pub fn lower_types(json: Json<'_>) -> Json<'_> {
    const KEY: &str = "\"type\"";
    let mut out: Option<String> = None;
    let text = json.text();
    // Within a string the quotes of such a key would be escaped.
    for (at, _) in text.match_indices(KEY) {
        let Some(behind) = text.get(at + KEY.len()..) else { continue };
        let value = behind.trim_start().strip_prefix(':').map(str::trim_start).unwrap_or_default();
        let end = match value.bytes().next() {
            Some(b'"') => value.get(1..).and_then(|rest| rest.find('"')).map(|end| end + 1),
            Some(b'[') => value.find(']'),
            _ => None,
        };
        let Some(word) = end.and_then(|end| value.get(..end)) else { continue };
        let is_word = |byte: u8| byte.is_ascii_uppercase() || b"\"[, \t\r\n".contains(&byte);
        if word.bytes().all(is_word) && word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let start = text.len() - value.len();
            if let Some(word) = out.get_or_insert_with(|| text.to_owned()).get_mut(start..start + word.len()) {
                word.make_ascii_lowercase();
            }
        }
    }
    out.and_then(|text| Json::from_written(text).ok()).unwrap_or(json)
}
