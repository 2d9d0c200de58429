//! What the tests of translations share: the cases, and a gateway without a network.

#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod exceptions;
pub(crate) mod generate;

use std::{collections::BTreeSet, fs, path::PathBuf};

use wireloom::{
    crossing::Crossing,
    specs::{Face, Provider},
    telling::Telling,
    translation::{Wish, whole},
    wire::{frames::Frames, writer::Writer},
};
use wireloom_schema::model::{ErrorKind, Request, Response};

/// A file of `tests/cases`.
pub(crate) struct Case {
    /// The folder that it lies in: a face or a provider.
    pub(crate) folder: String,
    /// Folder and file.
    pub(crate) name: String,
    /// All of it.
    pub(crate) text: String,
}

/// All cases of one sort, in the order of their names.
pub(crate) fn cases(sort: &str) -> Vec<Case> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(sort);
    let mut found = Vec::new();
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let [folder, file_name] = [&folder, &file].map(|path| path.file_name().unwrap().to_str().unwrap());
            let name = format!("{folder}/{file_name}");
            found.push(Case { folder: folder.into(), name, text: fs::read_to_string(&file).unwrap() });
        }
    }
    assert!(!found.is_empty(), "no cases of {sort}");
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// The face of that name.
pub(crate) fn face(name: &str) -> Face {
    *Face::ALL.iter().find(|face| face.facts().name == name).unwrap()
}

/// The provider of that name or alias.
pub(crate) fn provider(name: &str) -> Provider {
    let named = |facts: &wireloom::wire::stream::Facts| facts.name == name || facts.aliases.contains(&name);
    *Provider::ALL.iter().find(|provider| named(provider.facts())).unwrap()
}

/// What a provider is sent, and what the request lost.
pub(crate) fn written_request(provider: Provider, request: &Request<'_>) -> (String, Vec<&'static str>) {
    written(|w| provider.write_request(request, w))
}

/// What a client is told, and what the answer lost.
pub(crate) fn written_response(face: Face, response: &Response<'_>) -> (String, Vec<&'static str>) {
    written(|w| face.write_response(response, w))
}

fn written(write: impl FnOnce(&mut Writer)) -> (String, Vec<&'static str>) {
    let mut w = Writer::default();
    write(&mut w);
    let text = String::from_utf8(w.out).unwrap();
    assert_no_key_twice(&text);
    (text, w.losses.names().to_vec())
}

/// What a client is told of a whole answer, or why it gets none.
pub(crate) fn told(face: Face, provider: Provider, body: &str, stream: bool) -> Result<String, String> {
    let (crossing, wish) = (Crossing::plain(face.facts(), provider.facts()), Wish { stream, usage: true });
    let told = whole(face, provider, crossing, &known(), wish, body.as_bytes());
    told.map(|bytes| without_minted(std::str::from_utf8(&bytes).unwrap())).map_err(|refusal| format!("{refusal:?}"))
}

/// What is told of an answer until the provider tells better.
pub(crate) fn known() -> Response<'static> {
    Response { id: Some("wl_1".into()), model: Some("model".into()), created: Some(1), ..Response::default() }
}

/// What a client is told of a stream that comes in these reads.
pub(crate) fn streamed<'b>(face: Face, provider: Provider, reads: impl IntoIterator<Item = &'b [u8]>) -> String {
    let crossing = Crossing::plain(face.facts(), provider.facts());
    let mut telling = Telling::new(face, crossing, known(), true, Writer::default());
    let mut frames = Frames::new(provider.facts().framing);
    let broken = |error| format!("the upstream's stream cannot be read: {error}");
    for read in reads {
        if let Err(error) = frames.push(read, |frame| telling.frame(provider, frame.data)) {
            telling.fail(ErrorKind::Internal, &broken(error));
        }
    }
    if let Err(error) = frames.finish(|frame| telling.frame(provider, frame.data)) {
        telling.fail(ErrorKind::Internal, &broken(error));
    }
    telling.end();
    without_minted(std::str::from_utf8(&telling.into_writer().out).unwrap())
}

/// The names that are new in every run are all called the same.
pub(crate) fn without_minted(text: &str) -> String {
    const PREFIX: &str = "call_";
    let mut pieces = text.split(PREFIX);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(PREFIX);
        let digits = piece.find(|c: char| !c.is_ascii_digit() && !c.is_ascii_lowercase()).unwrap_or(piece.len());
        match digits == 26 {
            true => out.extend(["MINTED", &piece[digits..]]),
            false => out.push_str(piece),
        }
    }
    out
}

/// JSON for people: indented, long strings shortened.
pub(crate) fn shown(json: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    shorten(&mut value);
    serde_json::to_string_pretty(&value).unwrap()
}

fn shorten(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(120) {
                *text = format!("{}… {} bytes", &text[..end], text.len());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(shorten),
        Value::Object(object) => object.values_mut().for_each(shorten),
        _ => {}
    }
}

/// Fails if the text is not JSON, or if an object in it has one key twice.
pub(crate) fn assert_no_key_twice(text: &str) {
    struct Distinct;
    impl<'de> serde::Deserialize<'de> for Distinct {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Distinct)
        }
    }
    impl<'de> serde::de::Visitor<'de> for Distinct {
        type Value = Distinct;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("JSON")
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_unit<E>(self) -> Result<Self, E> {
            Ok(self)
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
            while list.next_element::<Distinct>()?.is_some() {}
            Ok(self)
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
            let mut keys = BTreeSet::new();
            while let Some(key) = map.next_key::<String>()? {
                map.next_value::<Distinct>()?;
                if !keys.insert(key.clone()) {
                    return Err(serde::de::Error::custom(format_args!("the key `{key}` stands twice")));
                }
            }
            Ok(self)
        }
    }
    if let Err(error) = serde_json::from_str::<Distinct>(text) {
        panic!("{error} in {text}");
    }
}
