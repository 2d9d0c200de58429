//! What the compiler knows of a place from the words on the way to it.

use crate::{
    model::{
        ErrorKind, Part, Request, Step,
        vocabulary::{Kind, Type, Vocabulary, type_named},
    },
    spec::lower::{
        SECTIONS,
        http::HTTP_KEYS,
        keeps::{KEEPS, KEEPS_KEYS},
        limit::{
            CACHE_KEYS, CHOICE_KEYS, MEDIA_TYPES, NAMES, ORDER_KEYS, SCHEMA_KEYS, SCHEMAS, SEARCH_KEYS, TEXT_KEYS,
            THOUGHT_KEYS, TYPE_KEYS, bounded_views, dotted,
        },
        messages::MESSAGE_KEYS,
        models::MODEL_KEYS,
        pattern::DIRECTIVES,
        price::{ABOVE_KEYS, PRICE_KEYS},
        stream::STREAM_KEYS,
        weights::{IMAGE_KEYS, WEIGHT_KEYS},
    },
};

/// What a key means, if the compiler gives it a meaning: what only the vendor knows has none.
pub(super) fn meaning(keys: &[&str]) -> Option<String> {
    let directive = || {
        let mut known = MESSAGE_KEYS.iter().chain(&DIRECTIVES);
        keys.last().and_then(|key| known.find(|(name, _)| key.starts_with('$') && name == key))
    };
    if let (Some((_, doc)), true) = (directive(), keys.len() > 1) {
        return Some((*doc).to_owned());
    }
    let found = match keys {
        [section] => doc(&SECTIONS, section)?.to_owned(),
        ["http", "status", kind] => member(&ErrorKind::TYPE, kind)?.to_owned(),
        ["http", key] => doc(&HTTP_KEYS, key)?.to_owned(),
        ["messages", _] => "a kind of wire message".to_owned(),
        ["messages", _, "parts", kind] => member(&Part::TYPE, kind)?.to_owned(),
        ["messages", _, key] => doc(&MESSAGE_KEYS, key)?.to_owned(),
        ["types", ty] => type_named(ty)?.doc.to_owned(),
        ["types", ty, name] => member(type_named(ty)?, name)?.to_owned(),
        ["stream", "steps", step] => member(&Step::TYPE, step)?.to_owned(),
        ["stream", key] => doc(&STREAM_KEYS, key)?.to_owned(),
        ["models", _] => "what is known of the models of this name, and what they demand".to_owned(),
        ["models", _, key] => doc(&MODEL_KEYS, key)?.to_owned(),
        ["models", _, "price", key] => doc(&PRICE_KEYS, key)?.to_owned(),
        ["models", _, "price", "above", key] => doc(&ABOVE_KEYS, key)?.to_owned(),
        ["limits", name] if of_limit(name).is_some() => of_limit(name)?.0.to_owned(),
        ["limits", name, key] if of_limit(name).is_some() => doc(of_limit(name)?.1, key)?.to_owned(),
        ["limits", field] => {
            let own = Request::TYPE.fields().iter().find(|known| known.name == *field);
            let view = || bounded_views().find(|(own, view)| dotted(own, view) == *field).map(|(_, view)| view);
            format!("bounds on: {}", own.or_else(view)?.doc)
        }
        ["limits", _, "min"] => "the smallest value that is sent".to_owned(),
        ["limits", _, "max"] => "the largest value that is sent".to_owned(),
        ["limits", _, "off"] => "whether 0, that the model is not to think, is sent as it is".to_owned(),
        ["limits", _, "most"] => "how many are sent at most".to_owned(),
        ["keeps", "reasoning"] => {
            let words = KEEPS.map(|(word, _, doc)| format!("{word}: {doc}"));
            format!("which reasoning of earlier messages is sent ({})", words.join("; "))
        }
        ["keeps", key] => doc(&KEEPS_KEYS, key)?.to_owned(),
        ["weights", key] | ["models", _, "weights", key] => doc(&WEIGHT_KEYS, key)?.to_owned(),
        ["weights", "image", key] | ["models", _, "weights", "image", key] => doc(&IMAGE_KEYS, key)?.to_owned(),
        _ => return None,
    };
    Some(found)
}

/// What else than a value of the request is bounded, and how.
fn of_limit(name: &str) -> Option<(&'static str, &'static [(&'static str, &'static str)])> {
    let named = |table: &[(&str, &'static str)]| doc(table, name);
    let order = (name == "messages").then_some(("who must speak when", &ORDER_KEYS[..]));
    let order = order.or((name == "cache").then_some(("how many prompt-cache marks", &CACHE_KEYS[..])));
    let order = order.or((name == "web_search").then_some(("when a search of the web is taken", &SEARCH_KEYS[..])));
    let order = order.or((name == "tool_choice").then_some(("how a tool may be demanded", &CHOICE_KEYS[..])));
    let order = order.or((name == "reasoning").then_some(("how thinking may be bounded", &THOUGHT_KEYS[..])));
    let schema = || named(&SCHEMAS).map(|doc| (doc, &SCHEMA_KEYS[..]));
    let types = || named(&MEDIA_TYPES).map(|doc| (doc, &TYPE_KEYS[..]));
    order.or_else(schema).or_else(types).or_else(|| named(&NAMES).map(|doc| (doc, &TEXT_KEYS[..])))
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
