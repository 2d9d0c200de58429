//! What becomes of requests, answers and streams between every face and every provider: one golden a case.
//!
//! A new case is a new file under `tests/cases`; its folder is the face that it is sent to, or the provider that it
//! comes from. `INSTA_UPDATE=always cargo test --test translations` writes its golden.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use std::{collections::BTreeSet, fs};

use laws::{Case, cases, face, fitted_request, provider, shown, streamed, told};
use wireloom::specs::{Face, Provider};

#[test]
fn a_provider_is_sent_what_the_client_asked_for() {
    for case in cases("requests") {
        let request = face(&case.folder).read_request(&case.text).unwrap();
        let unknown: Vec<_> = request.unknown.iter().map(ToString::to_string).collect();
        let sent = grouped(Provider::ALL.iter().map(|provider| {
            let (text, losses) = fitted_request(*provider, &request);
            (provider.facts().name, format!("lost: {}\n{}", listed(&losses), shown(&text)))
        }));
        golden("request", &case, &format!("unknown to the face: {}\n\n{sent}", listed(&unknown)));
    }
}

#[test]
fn a_client_is_told_what_the_provider_answered() {
    for case in cases("responses") {
        let answers = Face::ALL.iter().map(|face| {
            let answer = told(*face, provider(&case.folder), &case.text, false);
            (face.facts().name, answer.map_or_else(|refusal| refusal, |text| shown(&text)))
        });
        golden("response", &case, &grouped(answers));
    }
}

#[test]
fn a_client_that_wants_a_stream_gets_a_whole_answer_as_one() {
    for case in cases("responses") {
        let answers = Face::ALL.iter().map(|face| {
            let answer = told(*face, provider(&case.folder), &case.text, true);
            (face.facts().name, answer.unwrap_or_else(|refusal| refusal))
        });
        golden("response_as_stream", &case, &grouped(answers));
    }
}

#[test]
fn a_client_is_told_what_the_provider_streams() {
    for case in cases("streams") {
        let streams = Face::ALL
            .iter()
            .map(|face| (face.facts().name, streamed(*face, provider(&case.folder), [case.text.as_bytes()])));
        golden("stream", &case, &grouped(streams));
    }
}

#[test]
fn every_golden_has_a_case() {
    let sorts =
        [("requests", &["request"][..]), ("responses", &["response", "response_as_stream"]), ("streams", &["stream"])];
    let mut expected = BTreeSet::new();
    for (sort, goldens) in sorts {
        for case in cases(sort) {
            expected.extend(goldens.iter().map(|golden| format!("translations__{}.snap", golden_name(golden, &case))));
        }
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    let found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let orphans: Vec<_> = found
        .filter(|name| name.starts_with("translations__") && name.ends_with(".snap") && !expected.contains(name))
        .collect();
    assert!(orphans.is_empty(), "goldens without a case: {orphans:?}");
}

fn golden(what: &str, case: &Case, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("translations__{}", golden_name(what, case)), text);
    });
}

fn golden_name(what: &str, case: &Case) -> String {
    let stem = case.name.rsplit_once('.').map_or(case.name.as_str(), |(stem, _)| stem);
    format!("{what}__{}", stem.replace('/', "__"))
}

/// Sections for each name; those that read alike share one.
fn grouped<'n>(sections: impl Iterator<Item = (&'n str, String)>) -> String {
    let mut groups: Vec<(Vec<&str>, String)> = Vec::new();
    for (name, text) in sections {
        match groups.iter_mut().find(|(_, known)| *known == text) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], text)),
        }
    }
    groups.iter().map(|(names, text)| format!("=== {}\n{}\n", names.join(", "), text.trim_end())).collect()
}

fn listed(names: &[impl AsRef<str>]) -> String {
    match names {
        [] => "nothing".into(),
        names => names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
    }
}
