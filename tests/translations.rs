//! What becomes of requests, answers and streams between every face and every provider: one golden a case.
//!
//! A new case is a new file under `tests/cases`. Its folder is the face that a request is sent to, or the provider that
//! an answer comes from; where it is a dialect, each provider of that dialect answers so. Of each dialect a golden shows
//! one provider whole, and of the others what differs. `INSTA_UPDATE=always cargo test --test translations` writes them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use std::{collections::BTreeSet, fs};

use laws::{
    Case, cases, events, face,
    matrix::{Cell, listed, sections},
    providers, sent, shown, shown_value, streamed, told,
};
use serde_json::json;
use wireloom::specs::{Face, Provider};

#[test]
fn a_provider_is_sent_what_the_client_asked_for() {
    for case in cases("requests") {
        let request = face(&case.folder).read_request(&case.text).unwrap();
        let unknown: BTreeSet<_> = request.unknown.iter().map(ToString::to_string).collect();
        let cells = Provider::ALL.iter().map(|provider| {
            let (text, losses) = sent(face(&case.folder), *provider, &request);
            Cell { provider: *provider, losses, value: shown_value(&text), text: shown(&text) }
        });
        let cells: Vec<_> = cells.collect();
        golden(&case, &format!("unknown to the face: {}\n\n{}", listed(&unknown), sections(&cells)));
    }
}

#[test]
fn a_client_is_told_what_the_provider_answered() {
    for case in cases("responses") {
        golden(
            &case,
            &by_face(&case, |face, provider| {
                let (whole, losses) = told(face, provider, &case.text, false);
                let (stream, _) = told(face, provider, &case.text, true);
                let (text, value) = match (whole, stream) {
                    (Ok(whole), Ok(stream)) => (
                        format!("{}\n--- as a stream\n{stream}", shown(&whole)),
                        json!({ "whole": shown_value(&whole), "stream": events(&stream) }),
                    ),
                    (Err(refusal), Err(as_stream)) if refusal == as_stream => (refusal.clone(), refusal.into()),
                    differing => panic!("{}: {differing:?}", case.name),
                };
                Cell { provider, losses, text, value }
            }),
        );
    }
}

#[test]
fn a_client_is_told_what_the_provider_streams() {
    for case in cases("streams") {
        golden(
            &case,
            &by_face(&case, |face, provider| {
                let (text, losses) = streamed(face, provider, [case.text.as_bytes()]);
                Cell { provider, losses, value: events(&text), text }
            }),
        );
    }
}

#[test]
fn every_golden_has_a_case() {
    let sorts = ["requests", "responses", "streams"];
    let expected: BTreeSet<_> = sorts.iter().flat_map(|sort| cases(sort)).map(|case| case.golden_file()).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    let found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let orphans: Vec<_> = found
        .filter(|name| name.starts_with("translations__") && name.ends_with(".snap") && !expected.contains(name))
        .collect();
    assert!(orphans.is_empty(), "goldens without a case: {orphans:?}");
}

/// A chapter for each face.
fn by_face(case: &Case, cell: impl Fn(Face, Provider) -> Cell) -> String {
    let chapters = Face::ALL.iter().map(|face| {
        let cells: Vec<_> = providers(&case.folder).into_iter().map(|provider| cell(*face, provider)).collect();
        format!("##### told to a client of {}\n{}", face.facts().name, sections(&cells))
    });
    chapters.collect::<Vec<_>>().join("\n")
}

fn golden(case: &Case, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(case.golden_file().trim_end_matches(".snap"), text);
    });
}
