//! What no code may hold: words of the wire, trait objects, panics, and more than one can read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use laws::exceptions::expect_only_known;
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use wireloom::specs::{Face, GENERATED, Provider, SOURCES};
use wireloom_schema::{
    document::{Node, Source, Value},
    model::vocabulary::{Kind, TYPES},
    spec::resolve::resolve,
};

/// Words that stand in Rust all the same: `word | reason`, one a line.
const ALLOWED: &str = include_str!("allowed-words.txt");

/// The most lines that a file may have.
const MOST_LINES: usize = 400;

#[test]
fn no_word_of_the_wire_stands_in_rust() {
    let mut words = BTreeSet::new();
    let sources = SOURCES.iter().map(|(path, text)| Arc::new(Source { path: (*path).into(), text: (*text).into() }));
    for spec in resolve(&sources.collect::<Vec<_>>()).unwrap() {
        collect(&spec.tree, &mut words);
    }
    words.extend(Face::ALL.iter().map(|face| face.facts().name.to_owned()));
    words.extend(Provider::ALL.iter().map(|provider| provider.facts().name.to_owned()));
    let vocabulary = vocabulary();
    words.retain(|word| !word.is_empty() && !vocabulary.contains(word.as_str()) && !is_standard_header(word));

    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&["src", "macros/src"]) {
        let mut literals = Literals::default();
        literals.visit_file(&parsed(&path));
        for literal in literals.0.into_iter().filter(|literal| words.contains(literal)) {
            found.entry(literal).or_default().insert(shown(&path));
        }
    }
    let allowed: BTreeMap<&str, &str> = ALLOWED
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" | ").unwrap())
        .collect();
    let new: Vec<_> = found.iter().filter(|(word, _)| !allowed.contains_key(word.as_str())).collect();
    let unused: Vec<_> = allowed.keys().filter(|word| !found.contains_key(**word)).collect();
    assert!(new.is_empty(), "words of specs stand in Rust: {new:#?}");
    assert!(unused.is_empty(), "allowed words that stand nowhere: {unused:?}");
}

#[test]
fn no_trait_objects() {
    let mut found = BTreeSet::new();
    let mut count = |name: String, file: &syn::File| {
        let mut objects = Objects::default();
        objects.visit_file(file);
        found.extend((objects.0 > 0).then(|| format!("{name} | {}", objects.0)));
    };
    files(&["src", "macros/src"]).iter().for_each(|path| count(shown(path), &parsed(path)));
    count("the generated code".into(), &syn::parse_file(GENERATED).unwrap());
    expect_only_known("trait objects", &found);
}

#[test]
fn nothing_panics_on_purpose() {
    let mut found = BTreeSet::new();
    for path in files(&["src", "macros/src", "schema/src"]) {
        let mut panics = Panics::default();
        panics.visit_file(&parsed(&path));
        found.extend((panics.0 > 0).then(|| format!("{} | {}", shown(&path), panics.0)));
    }
    expect_only_known("panics", &found);
}

#[test]
fn every_file_can_be_read_at_once() {
    let mut found = BTreeSet::new();
    for path in files(&["src", "macros/src", "schema/src"]) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        found.extend((lines > MOST_LINES).then(|| format!("{} | over {MOST_LINES} lines", shown(&path))));
    }
    expect_only_known("length of files", &found);
}

/// All keys and strings of a spec, but for holes and for what the spec language itself means.
fn collect(node: &Node, words: &mut BTreeSet<String>) {
    match &node.value {
        Value::Text(text) if !text.starts_with(['$', '…']) => {
            words.insert(text.clone());
        }
        Value::List(nodes) => nodes.iter().for_each(|node| collect(node, words)),
        Value::Object(entries) => {
            for entry in entries.iter().filter(|entry| entry.key != "$schema" && entry.key != "docs") {
                // Why something is given up is told to people.
                if entry.key == "$drops" || entry.key == "$implies" {
                    continue;
                }
                if !entry.key.starts_with('$') {
                    words.insert(entry.key.clone());
                }
                collect(&entry.node, words);
            }
        }
        _ => {}
    }
}

/// The names of the unified model.
fn vocabulary() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for ty in TYPES {
        names.insert(ty.name);
        match &ty.kind {
            Kind::Words(words) => names.extend(words.iter().map(|word| word.name)),
            Kind::Record(fields) => names.extend(fields.iter().map(|field| field.name)),
            Kind::Union(variants) => {
                names.extend(variants.iter().map(|variant| variant.name));
                names.extend(variants.iter().flat_map(|variant| variant.fields).map(|field| field.name));
            }
        }
    }
    names
}

/// Whether the HTTP standard has a header of that name; of those that this program may need.
fn is_standard_header(name: &str) -> bool {
    use http::header::*;
    [AUTHORIZATION, CONTENT_TYPE, ACCEPT, USER_AGENT, CACHE_CONTROL, RETRY_AFTER].iter().any(|known| known == name)
}

/// All Rust files in some folders.
fn files(folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<_> = folders.iter().map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).collect();
    while let Some(path) = open.pop() {
        match path.is_dir() {
            true => open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path())),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
    assert!(!found.is_empty());
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string()
}

/// A file without its tests.
fn parsed(path: &Path) -> syn::File {
    let mut file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    file.items.retain(|item| match item {
        syn::Item::Mod(module) => !is_for_tests(&module.attrs),
        syn::Item::Fn(function) => !is_for_tests(&function.attrs),
        _ => true,
    });
    file
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_test = |list: &syn::MetaList| list.tokens.to_string() == "test";
        attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test)
    })
}

/// String literals outside of attributes; those in macros too.
#[derive(Default)]
struct Literals(Vec<String>);

impl Literals {
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => match syn::Lit::new(literal) {
                    syn::Lit::Str(text) => self.0.push(text.value()),
                    syn::Lit::ByteStr(bytes) => self.0.push(String::from_utf8_lossy(&bytes.value()).into_owned()),
                    _ => {}
                },
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.0.push(text.value());
    }

    fn visit_lit_byte_str(&mut self, bytes: &'ast syn::LitByteStr) {
        self.0.push(String::from_utf8_lossy(&bytes.value()).into_owned());
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        self.tokens(node.tokens.clone());
    }
}

/// How many trait objects there are; in macros too.
#[derive(Default)]
struct Objects(usize);

impl<'ast> Visit<'ast> for Objects {
    fn visit_type_trait_object(&mut self, object: &'ast syn::TypeTraitObject) {
        self.0 += 1;
        visit::visit_type_trait_object(self, object);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        self.0 += identifiers(node.tokens.clone()).iter().filter(|name| *name == "dyn").count();
    }
}

/// How many calls there are of what panics or is not done yet; in macros too.
#[derive(Default)]
struct Panics(usize);

impl<'ast> Visit<'ast> for Panics {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.0 += usize::from(["unwrap", "expect"].iter().any(|name| call.method == name));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        let names = ["todo", "unimplemented", "panic", "dbg", "unreachable"];
        self.0 += usize::from(names.iter().any(|name| node.path.is_ident(name)));
        let tokens = identifiers(node.tokens.clone());
        self.0 += tokens.iter().filter(|name| *name == "unwrap" || *name == "expect").count();
    }
}

fn identifiers(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => found.extend(identifiers(group.stream())),
            TokenTree::Ident(ident) => found.push(ident.to_string()),
            _ => {}
        }
    }
    found
}
