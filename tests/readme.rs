//! The README embeds the matrix of providers; here it is compared with the program.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, fs, path::Path, sync::Arc};

use wireloom::specs::SOURCES;
use wireloom_schema::{
    document::Source,
    spec::{self, matrix},
};

const START: &str = "<!-- matrix -->\n";
const END: &str = "<!-- /matrix -->";

#[test]
fn the_matrix_in_the_readme_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(START).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let sources = SOURCES.iter().map(|(path, text)| Arc::new(Source { path: (*path).into(), text: (*text).into() }));
    let plans = spec::compile(&sources.collect::<Vec<_>>()).unwrap();
    let fresh = format!("{before}{START}\n{}\n{END}{after}", matrix::matrix(&plans).markdown());
    if readme == fresh {
        return;
    }
    if env::var_os("CI").is_some() {
        panic!("the matrix in README.md is stale: run `cargo test --test readme` and commit it");
    }
    fs::write(&path, fresh).unwrap();
    panic!("the matrix in README.md was stale and is now rewritten: commit it");
}
