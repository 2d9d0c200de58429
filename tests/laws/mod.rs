//! What the tests of translations share: the cases, and a gateway without a network.

#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod difference;
pub(crate) mod drive;
pub(crate) mod exceptions;
pub(crate) mod generate;
pub(crate) mod matrix;
pub(crate) mod mutation;
pub(crate) mod strict;

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;
use wireloom::{
    crossing::Crossing,
    fit::fit,
    specs::{Face, Provider},
    translation::{Wish, translated, whole},
    wire::{stream::Facts, writer::Writer},
};
use wireloom_schema::model::{Request, Response};

use strict::assert_no_key_twice;

/// A file of `tests/cases`.
pub(crate) struct Case {
    /// The sort of thing that it is.
    pub(crate) sort: String,
    /// The folder that it lies in: a face, a dialect or a provider.
    pub(crate) folder: String,
    /// Folder and file.
    pub(crate) name: String,
    /// All of it.
    pub(crate) text: String,
}

impl Case {
    /// The file in which its golden is.
    pub(crate) fn golden_file(&self) -> String {
        let stem = self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem);
        format!("translations__{}__{}.snap", self.sort.trim_end_matches('s'), stem.replace('/', "__"))
    }
}

/// All cases of one sort, in the order of their names.
pub(crate) fn cases(sort: &str) -> Vec<Case> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(sort);
    let mut found = Vec::new();
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let [folder, file_name] = [&folder, &file].map(|path| path.file_name().unwrap().to_str().unwrap());
            let name = format!("{folder}/{file_name}");
            found.push(Case {
                sort: sort.into(),
                folder: folder.into(),
                name,
                text: fs::read_to_string(&file).unwrap(),
            });
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

/// The provider of that name or alias, else one that speaks the dialect of that name.
pub(crate) fn provider(name: &str) -> Provider {
    let named = |facts: &Facts| facts.name == name || facts.aliases.contains(&name);
    let find = |is: &dyn Fn(&Facts) -> bool| Provider::ALL.iter().find(|provider| is(provider.facts())).copied();
    find(&named).or_else(|| find(&|facts| facts.dialect == name)).unwrap_or_else(|| panic!("no provider `{name}`"))
}

/// All that speak the dialect of that name, else the provider of that name.
pub(crate) fn providers(name: &str) -> Vec<Provider> {
    let speaks: Vec<_> = Provider::ALL.iter().copied().filter(|provider| provider.facts().dialect == name).collect();
    if speaks.is_empty() { vec![provider(name)] } else { speaks }
}

/// What a provider is sent, and what the request lost.
pub(crate) fn written_request(provider: Provider, request: &Request<'_>) -> (String, Vec<&'static str>) {
    written(|w| provider.write_request(request, w))
}

/// The same as the gateway sends it: fitted to the provider before.
pub(crate) fn fitted_request(provider: Provider, request: &Request<'_>) -> (String, Vec<&'static str>) {
    let mut request = request.clone();
    written(|w| {
        fit(provider, &mut request, &mut w.losses);
        provider.write_request(&request, w);
    })
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

/// What a provider is sent of a client's request by the gateway, and what the request lost.
pub(crate) fn sent(face: Face, provider: Provider, request: &Request<'_>) -> (String, BTreeSet<&'static str>) {
    let mut request = Request { stream_usage: request.stream, ..request.clone() };
    let (text, losses) = written(|w| {
        Crossing::of(face, provider, &mut request, &mut w.losses);
        provider.write_request(&request, w);
    });
    (text, losses.into_iter().collect())
}

/// What a client is told of a whole answer, or why it gets none, and what the answer lost.
pub(crate) fn told(
    face: Face,
    provider: Provider,
    body: &str,
    stream: bool,
) -> (Result<String, String>, BTreeSet<&'static str>) {
    let stream = stream.then(|| face.facts().framing);
    let (crossing, wish) = (Crossing::plain(face.facts(), provider.facts()), Wish { stream, usage: true });
    let told = whole(face, provider, crossing.clone(), &known(), wish, body.as_bytes());
    let told = told
        .map(|(bytes, _)| without_minted(std::str::from_utf8(&bytes).unwrap()))
        .map_err(|refusal| format!("{refusal:?}"));
    let losses = match (&told, provider.read_response(body)) {
        (Ok(_), Ok(mut response)) => {
            crossing.answer(&mut response);
            written_response(face, &response).1
        }
        _ => Vec::new(),
    };
    (told, losses.into_iter().collect())
}

/// What is told of an answer until the provider tells better.
pub(crate) fn known() -> Response<'static> {
    Response { id: Some("wl_1".into()), model: Some("model".into()), created: Some(1), ..Response::default() }
}

/// What a client is told of a stream that comes in these reads, and what the answer lost.
pub(crate) fn streamed<'b>(
    face: Face,
    provider: Provider,
    reads: impl IntoIterator<Item = &'b [u8]>,
) -> (String, BTreeSet<&'static str>) {
    let crossing = Crossing::plain(face.facts(), provider.facts());
    let w = translated(face, provider, crossing, known(), true, reads);
    (without_minted(std::str::from_utf8(&w.out).unwrap()), w.losses.names().iter().copied().collect())
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
    serde_json::to_string_pretty(&shown_value(json)).unwrap()
}

/// JSON with long strings shortened.
pub(crate) fn shown_value(json: &str) -> Value {
    let mut value: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    shorten(&mut value);
    value
}

/// The events of a face's stream: what each says, or its text if it says no JSON.
pub(crate) fn events(stream: &str) -> Value {
    if let Ok(whole) = serde_json::from_str(stream) {
        return whole;
    }
    let said = |event: &str| -> Value {
        let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(event);
        serde_json::from_str::<Value>(data).unwrap_or_else(|_| event.into())
    };
    let apart = if stream.contains("\n\n") { "\n\n" } else { "\n" };
    stream.split(apart).filter(|event| !event.trim().is_empty()).map(said).collect()
}

fn shorten(value: &mut Value) {
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
