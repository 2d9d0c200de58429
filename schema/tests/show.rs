//! What is shown of specs is what they are, from where it says, and every place can be explained.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::HashMap, path::Path, sync::Arc};

use wireloom_schema::{
    document::{Node, Source, parse},
    spec::{compile, explain::explain, files, resolve::resolve, show::show},
};

fn sources() -> Vec<Arc<Source>> {
    files::read(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers")]).unwrap()
}

#[test]
fn what_is_shown_reads_back() {
    for spec in resolve(&sources()).unwrap() {
        for origins in [true, false] {
            let source = Arc::new(Source { path: "shown".into(), text: show(&spec, origins) });
            let shown = parse(&source).unwrap();
            assert_eq!(shown.to_json(), spec.tree.to_json(), "{}", spec.name);
        }
    }
}

#[test]
fn origins_are_where_things_stand() {
    let sources = sources();
    for spec in resolve(&sources).unwrap() {
        let files: HashMap<&str, &Arc<Source>> = sources.iter().map(|source| (source.path.as_str(), source)).collect();
        let mut count = 0;
        for line in show(&spec, true).lines().skip(1) {
            let Some((value, place)) = line.rsplit_once("  // ") else { continue };
            let (file, number) = place.rsplit_once(':').unwrap();
            let key = value.trim().split(':').next().unwrap().trim_matches(['"', ',', ' ']);
            let stands = files.iter().filter(|(path, _)| path.ends_with(file)).any(|(_, source)| {
                let written = source.text.lines().nth(number.parse::<usize>().unwrap() - 1).unwrap_or_default();
                written.contains(key) || key == "{"
            });
            assert!(stands, "{}: {line}", spec.name);
            count += 1;
        }
        assert!(count > 100, "{}", spec.name);
    }
}

/// All places of a value.
fn paths(node: &Node, path: &str, found: &mut Vec<String>) {
    let mut inner: Vec<(String, &Node)> = node.entries().iter().map(|entry| (entry.key.clone(), &entry.node)).collect();
    inner.extend(node.elements().iter().enumerate().map(|(index, node)| (index.to_string(), node)));
    for (key, node) in inner {
        let path = if path.is_empty() { key } else { format!("{path}.{key}") };
        paths(node, &path, found);
        found.push(path);
    }
}

#[test]
fn every_place_is_explained() {
    let (resolved, plans) = (resolve(&sources()).unwrap(), compile(&sources()).unwrap());
    for (spec, plan) in resolved.iter().zip(&plans) {
        let dialect =
            resolved.iter().find(|other| spec.is_provider && !other.is_provider && other.name == spec.dialect);
        let mut places = Vec::new();
        paths(&spec.tree, "", &mut places);
        for path in &places {
            let text = explain(spec, dialect, plan, path).unwrap();
            assert!(text.contains("\nfrom      "), "{text}");
            // A single value that is a hole is explained as one.
            let variable = path.starts_with("http.variables.");
            let is_hole = !variable
                && text.lines().nth(2).is_some_and(|line| line.starts_with("    \"$") && !line.contains("${"));
            assert!(!is_hole || text.contains("\n  value ") || text.contains("\nholds "), "{text}");
        }
        // What the dialect has and the provider has not was taken away.
        let mut inherited = Vec::new();
        dialect.iter().for_each(|dialect| paths(&dialect.tree, "", &mut inherited));
        for path in inherited.iter().filter(|path| !places.contains(path)) {
            let text = explain(spec, dialect, plan, path).unwrap();
            assert!(text.contains("\nremoved   ") || text.contains("\nreplaced  "), "{text}");
        }
        assert!(explain(spec, dialect, plan, "nothing.here").is_err());
    }
}
