//! The language stays small: each codec and each directive is used by some spec.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use wireloom_schema::{
    document::{self, Node},
    spec::{
        self, files,
        hole::{self, StringText},
        plan::Codec,
    },
};

/// The keys and strings with a dollar that are no holes.
const DIRECTIVES: [&str; 13] = [
    "$answers",
    "$also",
    "$writes",
    "$spread",
    "$drops",
    "$implies",
    "$degrades",
    "$spills",
    "$frame",
    "$before",
    "$then",
    "$delta",
    "$message",
];

/// All keys and strings of a tree.
fn words(node: &Node, found: &mut Vec<String>, holes: &mut Vec<StringText>) {
    if let Some(text) = node.text() {
        found.push(text.to_owned());
        holes.extend(hole::parse(node, text));
    }
    // What stands for the variables of URLs are names of the environment, and keys of files.
    for entry in node.entries().iter().filter(|entry| entry.key != "variables") {
        found.push(entry.key.clone());
        words(&entry.node, found, holes);
    }
    node.elements().iter().for_each(|element| words(element, found, holes));
}

#[test]
fn codecs_and_directives_are_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers");
    let sources = files::read(&[folder]).unwrap();
    assert!(spec::compile(&sources).is_ok());
    let (mut found, mut holes) = (Vec::new(), Vec::new());
    for source in &sources {
        words(&document::parse(source).unwrap(), &mut found, &mut holes);
    }
    let used: Vec<&str> = holes
        .iter()
        .filter_map(|text| match text {
            StringText::Hole(hole) => hole.codec.as_deref(),
            _ => None,
        })
        .collect();
    let codecs = Codec::ALL.map(|(_, name, _)| name);
    let unused: Vec<&str> = codecs.into_iter().filter(|codec| !used.contains(codec)).collect();
    assert_eq!(unused, [""; 0], "codecs that no spec under providers/ uses");
    let unused = DIRECTIVES.into_iter().filter(|directive| found.iter().all(|word| word != directive));
    assert_eq!(unused.collect::<Vec<_>>(), [""; 0], "directives that no spec under providers/ uses");
    let unknown = found.iter().filter(|word| word.starts_with('$') && *word != "$schema");
    let unknown = unknown.filter(|word| matches!(word.chars().nth(1), Some('a'..='z')) && !is_hole(word));
    let unknown: Vec<_> = unknown.filter(|word| !DIRECTIVES.contains(&word.as_str())).collect();
    assert_eq!(unknown, [""; 0], "directives that this test does not know");
}

/// Whether a key or string is a hole: directives are keys, and the strings that stand for exemplars.
fn is_hole(word: &str) -> bool {
    let name = word.trim_start_matches('$').split(['.', '(', ' ']).next().unwrap_or_default();
    let types = wireloom_schema::model::vocabulary::TYPES.iter();
    let fields = types.flat_map(|ty| ty.fields().iter().chain(ty.variants().iter().flat_map(|variant| variant.fields)));
    // A stream's frame tells of its answer: `$response.id`.
    name == "response" || fields.into_iter().any(|field| field.name == name)
}
