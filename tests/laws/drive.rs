//! The entry points that bytes from outside reach, driven over every face and every provider: what is written is JSON.

use wireloom::{
    crossing::Crossing,
    specs::{Face, Provider},
    translation::{Wish, translated, whole},
    wire::{
        frames::{Frames, Framing},
        writer::Writer,
    },
};
use wireloom_schema::model::{Response, Step};

/// What is told of an answer until the provider tells better.
fn known() -> Response<'static> {
    Response { id: Some("wl_1".into()), model: Some("model".into()), created: Some(1), ..Response::default() }
}

/// A client's request, to some providers.
pub(crate) fn request(face: Face, text: &str, providers: impl Iterator<Item = Provider>) {
    let _ = face.peek(text);
    let Ok(read) = face.read_request(text) else { return };
    for provider in providers {
        let mut request = read.clone();
        let mut w = Writer::default();
        Crossing::of(face, provider, &mut request, &mut w.losses);
        provider.write_request(&request, &mut w);
        assert_json(&w.out, "a request");
    }
}

/// A provider's whole answer or error, to all faces.
pub(crate) fn response(provider: Provider, bytes: &[u8]) {
    for face in Face::ALL {
        let crossing = || Crossing::plain(face.facts(), provider.facts());
        if let Ok((out, _)) = whole(*face, provider, crossing(), &known(), Wish { stream: None, usage: true }, bytes) {
            assert_json(&out, "an answer");
        }
        let wish = Wish { stream: Some(face.facts().framing), usage: true };
        if let Ok((out, _)) = whole(*face, provider, crossing(), &known(), wish, bytes) {
            assert_stream(*face, &out);
        }
        if let Some(error) = provider.read_error(&String::from_utf8_lossy(bytes)) {
            let mut w = Writer::default();
            face.write_error(&error, &mut w);
            assert_json(&w.out, "an error");
        }
    }
}

/// A provider's stream in two reads, to all faces; how it is cut changes nothing.
pub(crate) fn stream(provider: Provider, bytes: &[u8], cut: usize) {
    let (one, other) = bytes.split_at(cut.min(bytes.len()));
    for face in Face::ALL {
        let crossing = Crossing::plain(face.facts(), provider.facts());
        let out = translated(*face, provider, crossing, known(), true, [one, other]).out;
        assert_stream(*face, &out);
        assert!(!out.is_empty(), "a stream that tells nothing");
    }
}

/// A stream's framing; how it is cut changes nothing.
pub(crate) fn frames(framing: Framing, bytes: &[u8], cut: usize) {
    let read = |reads: &[&[u8]]| {
        let (mut frames, mut found) = (Frames::new(framing), Vec::new());
        let mut keep = |frame: wireloom::wire::frames::Frame<'_>| {
            found.push((frame.event.map(str::to_owned), frame.data.to_owned()));
        };
        let pushed: Result<Vec<()>, _> = reads.iter().map(|read| frames.push(read, &mut keep)).collect();
        let ended = pushed.and_then(|_| frames.finish(&mut keep));
        (found, ended)
    };
    let (one, other) = bytes.split_at(cut.min(bytes.len()));
    assert_eq!(read(&[bytes]), read(&[one, other]), "cut at {cut}");
}

/// All framings that some spec uses.
pub(crate) fn framings() -> Vec<Framing> {
    let mut found = vec![Framing::Sse, Framing::Ndjson];
    for facts in Provider::ALL.iter().map(|provider| provider.facts()) {
        if !found.contains(&facts.framing) {
            found.push(facts.framing);
        }
    }
    found
}

fn assert_json(bytes: &[u8], what: &str) {
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        panic!("{what} that is no JSON: {error}: {}", String::from_utf8_lossy(bytes));
    }
}

/// Every frame is JSON but the face's own word for the end.
fn assert_stream(face: Face, bytes: &[u8]) {
    let mut last = Writer::default();
    face.write_step(&Step::End, &known(), &mut last);
    let mut words = Vec::new();
    each_frame(face, &last.out, |data| words.push(data.to_owned()));
    each_frame(face, bytes, |data| {
        if !words.iter().any(|word| word == data) {
            assert_json(data.as_bytes(), "a frame");
        }
    });
}

fn each_frame(face: Face, bytes: &[u8], mut each: impl FnMut(&str)) {
    let mut frames = Frames::new(face.facts().framing);
    let pushed = frames.push(bytes, |frame| each(frame.data)).and_then(|()| frames.finish(|frame| each(frame.data)));
    if let Err(error) = pushed {
        panic!("a stream that cannot be read: {error}");
    }
}
