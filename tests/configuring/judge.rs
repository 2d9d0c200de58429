//! The JSON Schema of configurations: fresh, and of one mind with the gateway and with a validator that we did not write.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use wireloom_schema::{config, diagnostic::Severity};

use super::{cases, variable};

/// The codes of what no schema can tell: what the environment has, and what parts of a file say of each other.
const BEYOND: [&str; 14] =
    ["J002", "C002", "C003", "C007", "C008", "C009", "C010", "C011", "C012", "C014", "C017", "C018", "C020", "C021"];

fn schema_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/config.schema.json")
}

#[test]
fn the_json_schema_of_configurations_is_fresh() {
    let fresh = format!("{:#}\n", wireloom::config::schema());
    if fs::read_to_string(schema_path()).unwrap_or_default() == fresh {
        return;
    }
    if std::env::var_os("CI").is_some() {
        panic!("schema/config.schema.json is stale: run `cargo test --test config` and commit it");
    }
    fs::write(schema_path(), fresh).unwrap();
    panic!("schema/config.schema.json was stale and is now rewritten: commit it");
}

#[test]
fn editors_know_the_names_of_specs_and_passes() {
    let schema = wireloom::config::schema();
    let names = schema.pointer("/$defs/TransformerName/anyOf/0/enum").unwrap().as_array().unwrap();
    for name in ["deepseek", "openrouter", "maxtoken", "tooluse"] {
        assert!(names.contains(&name.into()), "{name} is not among {names:?}");
    }
    for (path, property) in properties(&schema, "") {
        assert!(
            property.get("description").is_some_and(|doc| doc.as_str().is_some_and(|doc| !doc.is_empty())),
            "{path}"
        );
    }
}

/// All properties in a schema.
fn properties<'s>(schema: &'s Value, path: &str) -> Vec<(String, &'s Value)> {
    let mut found = Vec::new();
    match schema {
        Value::Object(keys) => {
            for (key, value) in
                keys.iter().filter(|(key, _)| !["allOf", "examples", "propertyNames"].contains(&key.as_str()))
            {
                let path = format!("{path}/{key}");
                if key == "properties" {
                    let all = value.as_object().unwrap().iter();
                    found.extend(all.map(|(name, schema)| (format!("{path}/{name}"), schema)));
                }
                found.extend(properties(value, &path));
            }
        }
        Value::Array(elements) => found.extend(elements.iter().flat_map(|schema| properties(schema, path))),
        _ => {}
    }
    // The word that tells the variants of a union apart is described by them.
    found.retain(|(_, schema)| schema.get("const").is_none());
    found
}

#[test]
fn check_jsonschema_accepts_and_refuses_the_same_files() {
    let (mut differing, refused) = (Vec::new(), judged());
    for (path, source) in cases() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let told = config::read(&source.into(), variable).err().unwrap_or_default();
        let errors = told.iter().filter(|mistake| mistake.severity == Severity::Error);
        let codes: BTreeSet<&str> = errors.map(|mistake| mistake.code).collect();
        // Nor can a schema tell what a variable stands for.
        let ours = told.iter().filter(|mistake| !mistake.origin.written().contains('$'));
        let mut ours = ours.filter(|mistake| mistake.severity == Severity::Error);
        let ours = ours.any(|mistake| !BEYOND.contains(&mistake.code));
        match refused.contains(&name) {
            true if codes.is_empty() => differing.push(format!("{name}: the judge alone refuses it")),
            false if ours => differing.push(format!("{name}: the judge accepts it, we say {codes:?}")),
            _ => {}
        }
    }
    assert!(refused.len() > 20, "the judge refuses {} files alone", refused.len());
    assert_eq!(differing, [""; 0]);
}

/// The names of the files that check-jsonschema refuses.
fn judged() -> BTreeSet<String> {
    let mut judge = Command::new(installed().join("bin/check-jsonschema"));
    judge.args(["--output-format", "json", "--schemafile"]).arg(schema_path());
    let output = judge.args(cases().into_iter().map(|(path, _)| path)).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let lists = ["errors", "parse_errors"].into_iter().filter_map(|key| report[key].as_array());
    let names = lists.flatten().map(|error| error["filename"].as_str().unwrap());
    names.map(|name| Path::new(name).file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// A folder with check-jsonschema, which is installed once.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("config-judge");
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configuring/requirements.txt");
    let stamp = folder.join("installed");
    let text = fs::read(&wanted).unwrap();
    if fs::read(&stamp).ok().as_ref() != Some(&text) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), "python3 has no venv");
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&wanted);
        run(&mut pip, "PyPI does not give the packages of tests/configuring/requirements.txt");
        // Written last, so that an installation that was interrupted is begun again.
        fs::write(&stamp, &text).unwrap();
    }
    folder
}

fn run(command: &mut Command, trouble: &str) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{trouble}: {error}"));
    assert!(output.status.success(), "{trouble}: {}", String::from_utf8_lossy(&output.stderr));
}
