//! Every code of a mistake in a spec or a configuration is documented, and every documented code is used.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use wireloom_schema::{config, spec::codes::CODES};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let nested = paths.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] });
    nested.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// All string literals of a letter and three digits.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').filter(|piece| {
        let digits = piece.strip_prefix(['S', 'J', 'C']).unwrap_or_default();
        digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[test]
fn codes_are_documented_and_used() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = rust_files(&source.join("spec"));
    files.retain(|path| !path.ends_with("codes.rs"));
    files.push(source.join("document.rs"));
    let texts: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let used: BTreeSet<&str> = texts.iter().flat_map(|text| codes(text)).collect();
    let documented: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(used.into_iter().collect::<Vec<_>>(), documented, "used in the source, and listed in codes.rs");
}

#[test]
fn codes_of_configurations_are_documented_and_used() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
    let mut files = rust_files(&source);
    files.retain(|path| !path.ends_with("codes.rs"));
    // Which specs there are, what conditions mean and what passes take is known to the gateway alone.
    for file in ["config/spec.rs", "routing/rules/mod.rs", "transform/options.rs"] {
        files.push(source.join("../../../src").join(file));
    }
    let texts: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let used = texts.iter().flat_map(|text| codes(text)).filter(|code| code.starts_with('C'));
    let used: BTreeSet<&str> = used.collect();
    let documented: Vec<&str> = config::codes::CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(used.into_iter().collect::<Vec<_>>(), documented, "used in the source, and listed in codes.rs");
}
