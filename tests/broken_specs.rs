//! Broken specs, one mistake each, with what is said about it: `tests/broken-specs/<code>-<slug>.json5` or a folder of
//! that name, and the rendered mistake beside it as `.txt`. A new case is a new file; `UPDATE_EXPECTED=1` writes what
//! is said about it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use wireloom_schema::spec::{self, codes::CODES, files};

const FOLDER: &str = "tests/broken-specs";

/// All cases: spec files, and folders of several.
fn cases() -> Vec<PathBuf> {
    let paths = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> =
        paths.filter(|path| path.is_dir() || path.extension().is_some_and(|e| e == "json5")).collect();
    cases.sort();
    cases
}

/// The code that a case is about, from its name.
fn code(case: &Path) -> String {
    case.file_stem().unwrap().to_str().unwrap().split('-').next().unwrap().to_uppercase()
}

#[test]
fn what_is_said_about_a_broken_spec_is_as_expected() {
    let update = env::var_os("UPDATE_EXPECTED").is_some() && env::var_os("CI").is_none();
    let mut differences = Vec::new();
    for case in cases() {
        let mut sources = files::read(&["providers/dialects"]).unwrap();
        sources.extend(files::read(&[&case]).unwrap());
        let Err(mistakes) = spec::compile(&sources) else { panic!("{} compiles", case.display()) };
        let codes: Vec<&str> = mistakes.iter().map(|mistake| mistake.code).collect();
        let said: String = mistakes.iter().map(|mistake| mistake.render(false) + "\n").collect();
        assert_eq!(
            codes,
            [code(&case)],
            "{} has one mistake, of the code that it is named after:\n{said}",
            case.display()
        );
        let expected = case.with_extension("txt");
        if fs::read_to_string(&expected).unwrap_or_default() == said {
            continue;
        }
        match update {
            true => fs::write(&expected, said).unwrap(),
            false => differences.push(format!("{}:\n{said}", expected.display())),
        }
    }
    assert!(differences.is_empty(), "not as expected; UPDATE_EXPECTED=1 accepts it\n\n{}", differences.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let cases: BTreeSet<String> = cases().iter().map(|case| code(case)).collect();
    let codes: BTreeSet<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(cases, codes);
}
