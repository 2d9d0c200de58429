//! The JSON Schema of spec files is checked in, so that editors find it; here it is compared with the program.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, fs, path::Path};

use wireloom_schema::spec::json_schema;

#[test]
fn the_json_schema_of_spec_files_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider.schema.json");
    let fresh = serde_json::to_string_pretty(&json_schema::schema()).unwrap() + "\n";
    if fs::read_to_string(&path).unwrap_or_default() == fresh {
        return;
    }
    if env::var_os("CI").is_some() {
        panic!("schema/provider.schema.json is stale: run `cargo test -p wireloom-schema --test fresh` and commit it");
    }
    fs::write(&path, fresh).unwrap();
    panic!("schema/provider.schema.json was stale and is now rewritten: commit it");
}
