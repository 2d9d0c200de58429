//! What the compiler knows of a place from the words on the way to it.

use crate::{
    model::{
        ErrorKind, Request, Step,
        vocabulary::{Kind, Type, Vocabulary, type_named},
    },
    spec::lower::{SECTIONS, http::HTTP_KEYS, limits::KEEPS, messages::MESSAGE_KEYS, stream::STREAM_KEYS},
};

/// What a key means, if the compiler gives it a meaning: what only the vendor knows has none.
pub(super) fn meaning(keys: &[&str]) -> Option<String> {
    let directive =
        || keys.last().and_then(|key| MESSAGE_KEYS.iter().find(|(name, _)| key.starts_with('$') && name == key));
    if let (Some((_, doc)), true) = (directive(), keys.len() > 1) {
        return Some((*doc).to_owned());
    }
    let found = match keys {
        [section] => doc(&SECTIONS, section)?.to_owned(),
        ["http", "status", kind] => member(&ErrorKind::TYPE, kind)?.to_owned(),
        ["http", key] => doc(&HTTP_KEYS, key)?.to_owned(),
        ["messages", _] => "a kind of wire message".to_owned(),
        ["messages", _, key] => doc(&MESSAGE_KEYS, key)?.to_owned(),
        ["types", ty] => type_named(ty)?.doc.to_owned(),
        ["types", ty, name] => member(type_named(ty)?, name)?.to_owned(),
        ["stream", "steps", step] => member(&Step::TYPE, step)?.to_owned(),
        ["stream", key] => doc(&STREAM_KEYS, key)?.to_owned(),
        ["limits", field] => {
            format!("bounds on: {}", Request::TYPE.fields().iter().find(|known| known.name == *field)?.doc)
        }
        ["limits", _, "min"] => "the smallest value that is sent".to_owned(),
        ["limits", _, "max"] => "the largest value that is sent".to_owned(),
        ["limits", _, "most"] => "how many are sent at most".to_owned(),
        ["keeps", "reasoning"] => {
            let words = KEEPS.map(|(word, _, doc)| format!("{word}: {doc}"));
            format!("which reasoning of earlier messages is sent ({})", words.join("; "))
        }
        _ => return None,
    };
    Some(found)
}

fn doc(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    table.iter().find(|(name, _)| *name == key).map(|(_, doc)| *doc)
}

/// What a word or a variant of a type means.
fn member(ty: &Type, name: &str) -> Option<&'static str> {
    match ty.kind {
        Kind::Words(words) => words.iter().find(|word| word.name == name).map(|word| word.doc),
        Kind::Union(variants) => variants.iter().find(|variant| variant.name == name).map(|variant| variant.doc),
        Kind::Record(_) => None,
    }
}
