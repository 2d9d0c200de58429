//! The README embeds the matrix of providers and the names of the unified model; here both are compared with the program.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, fmt::Write, fs, path::Path, sync::Arc};

use wireloom::specs::SOURCES;
use wireloom_schema::{
    document::Source,
    model::vocabulary::{Field, Kind, TYPES, Ty},
    spec::{self, matrix},
};

#[test]
fn what_the_readme_embeds_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let sources = SOURCES.iter().map(|(path, text)| Arc::new(Source { path: (*path).into(), text: (*text).into() }));
    let plans = spec::compile(&sources.collect::<Vec<_>>()).unwrap();
    let fresh = embed(&readme, "matrix", &matrix::matrix(&plans).overview().markdown());
    let fresh = embed(&fresh, "vocabulary", &vocabulary());
    if readme == fresh {
        return;
    }
    if env::var_os("CI").is_some() {
        panic!("README.md is stale: run `cargo test --test readme` and commit it");
    }
    fs::write(&path, fresh).unwrap();
    panic!("README.md was stale and is now rewritten: commit it");
}

/// The text with what stands between two markers replaced.
fn embed(text: &str, name: &str, content: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&start).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{start}\n{content}\n{end}{after}")
}

/// The types that specs speak of, and what is in each.
fn vocabulary() -> String {
    let mut out = "| type | names |\n| --- | --- |\n".to_owned();
    for ty in TYPES {
        let names: Vec<String> = match ty.kind {
            Kind::Words(words) => words.iter().map(|word| format!("`{}`", word.name)).collect(),
            Kind::Record(fields) => fields.iter().map(named).collect(),
            Kind::Union(variants) => {
                let spelled = variants.iter().filter(|variant| !variant.native);
                let shown = spelled.map(|variant| {
                    let fields: Vec<String> = variant.fields.iter().map(named).collect();
                    match fields.is_empty() {
                        true => format!("**{}**", variant.name),
                        false => format!("**{}** ({})", variant.name, fields.join(", ")),
                    }
                });
                shown.collect()
            }
        };
        writeln!(out, "| `{}`: {} | {} |", ty.name, ty.doc, names.join(", ")).unwrap();
    }
    out
}

/// A field's name, with its type where that has an entry of its own.
fn named(field: &Field) -> String {
    let optional = if field.optional && !field.view { "?" } else { "" };
    match field.ty {
        Ty::Named(ty) => format!("`{}`{optional}: {ty}", field.name),
        Ty::List(Ty::Named(ty)) => format!("`{}`: list of {ty}", field.name),
        _ => format!("`{}`{optional}", field.name),
    }
}
