//! `wireloom config`, run as people run it.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

const GOOD: &str = "{
  PORT: 0, APIKEY: \"s3cr3t\",
  Providers: [{ name: \"p\", api_base_url: \"http://localhost/v1\", api_key: \"$P_KEY\", models: [\"m\"] }],
  Router: { default: \"p,m\" },
}
";

const WARNED: &str = "{ Providers: [{ name: \"p\", api_base_url: \"http://localhost/v1\", api_key: \"k\", models: [\"m\"] }], Router: { default: \"p,n\" } }";

const WRONG: &str = "{
  PORT: 99999,
  Providers: [],
}
";

fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireloom"));
    command.arg("config").args(arguments).current_dir(folder).stdin(Stdio::null());
    for name in ["WIRELOOM_CONFIG", "GITHUB_ACTIONS", "WIRELOOM_PORT", "SERVICE_PORT", "HOME", "USERPROFILE"] {
        command.env_remove(name);
    }
    command.env("P_KEY", "s3cr3t");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The exit code, the data and the messages.
fn run(command: &mut Command) -> (i32, String, String) {
    let output: Output = command.output().unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("good.json5", GOOD), ("warned.json5", WARNED), ("wrong.json5", WRONG)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn exit_codes_tell_whether_a_file_is_valid() {
    let folder = folder();
    let code = |arguments: &[&str]| run(&mut command(arguments, folder.path())).0;
    assert_eq!(code(&["check", "good.json5"]), 0);
    assert_eq!(code(&["check", "--strict", "good.json5"]), 0);
    assert_eq!(code(&["check", "warned.json5"]), 0);
    assert_eq!(code(&["check", "--strict", "warned.json5"]), 1);
    assert_eq!(code(&["check", "good.json5", "wrong.json5"]), 1);
    assert_eq!(code(&["check", "not-there.json5"]), 2);
    assert_eq!(code(&["check", "--format", "xml", "good.json5"]), 2);
    let mut unset = command(&["check", "good.json5"], folder.path());
    assert_eq!(run(unset.env_remove("P_KEY")).0, 1);
    let mut unset = command(&["check", "--allow-unset", "good.json5"], folder.path());
    assert_eq!(run(unset.env_remove("P_KEY")).0, 0);
}

#[test]
fn mistakes_are_told_to_people_and_programs() {
    let folder = folder();
    let (_, data, told) = run(&mut command(&["check", "wrong.json5"], folder.path()));
    assert_eq!(data, "");
    assert!(told.contains("wrong.json5:2:9") && told.contains("error[C005]"), "{told}");
    assert!(told.ends_with("1 file, 1 error, 1 warning\n"), "{told}");

    let (_, data, _) = run(&mut command(&["check", "--format", "json", "wrong.json5"], folder.path()));
    let report: Value = serde_json::from_str(&data).unwrap();
    let expected = serde_json::json!({
        "code": "C005", "severity": "error", "file": "wrong.json5", "line": 2, "column": 9, "end_line": 2,
        "end_column": 14, "path": "/PORT", "message": "`PORT` is not a whole number from 0 to 65535",
        "label": "expected a number in this range", "help": null,
    });
    assert_eq!((&report["valid"], &report["errors"][0]), (&false.into(), &expected));

    let annotation = "::error file=wrong.json5,line=2,endLine=2,col=9,endColumn=14,title=C005::`PORT` is not";
    let (_, data, _) = run(&mut command(&["check", "--format", "github", "wrong.json5"], folder.path()));
    assert!(data.starts_with(annotation), "{data}");
    let (_, by_itself, _) = run(command(&["check", "wrong.json5"], folder.path()).env("GITHUB_ACTIONS", "true"));
    assert_eq!(by_itself, data);

    let (_, data, _) = run(&mut command(&["check", "--format", "sarif", "wrong.json5"], folder.path()));
    let log: Value = serde_json::from_str(&data).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&log["version"], &result["ruleId"]), (&"2.1.0".into(), &"C005".into()));
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(*region, serde_json::json!({ "startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 14 }));
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "C005"));
}

#[test]
fn the_standard_input_is_a_file() {
    let folder = folder();
    let mut child = command(&["check", "-"], folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(WRONG.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("stdin:2:9"), "{}", text(&output.stderr));
}

#[test]
fn strict_sees_whether_the_port_is_free() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    fs::write(folder.path().join("good.json5"), GOOD.replace("PORT: 0", &format!("PORT: {port}"))).unwrap();
    assert_eq!(run(&mut command(&["check", "good.json5"], folder.path())).0, 0);
    let (code, _, told) = run(&mut command(&["check", "--strict", "good.json5"], folder.path()));
    assert!(code == 1 && told.contains("warning[C114]"), "{told}");
}

#[test]
fn what_counts_is_shown_with_origins_and_without_secrets() {
    let folder = folder();
    let mut show = command(&["show", "good.json5"], folder.path());
    let (code, data, _) = run(show.env("WIRELOOM_PORT", "4000"));
    assert_eq!(code, 0);
    for line in [
        "  HOST: \"127.0.0.1\", // default\n",
        "  PORT: \"4000\", // the environment's WIRELOOM_PORT\n",
        "  APIKEY: \"******\", // good.json5:2\n",
        "      api_key: \"$P_KEY\", // good.json5:3, $P_KEY\n",
    ] {
        assert!(data.contains(line), "{line} is not in:\n{data}");
    }
    assert!(!data.contains("s3cr3t"), "{data}");
}

#[test]
fn a_first_configuration_is_valid_and_nothing_is_overwritten() {
    let folder = folder();
    let flags =
        ["init", "--provider", "deepseek", "--model", "deepseek-chat", "--key-variable", "P_KEY", "-o", "new.json5"];
    let (code, _, told) = run(&mut command(&flags, folder.path()));
    assert_eq!(code, 0, "{told}");
    let written = fs::read_to_string(folder.path().join("new.json5")).unwrap();
    assert!(written.contains("\"$schema\": \"./config.schema.json\"") && written.contains("//"), "{written}");
    assert!(folder.path().join("config.schema.json").exists());
    let (code, _, told) = run(&mut command(&["check", "new.json5"], folder.path()));
    assert!(code == 0 && told.contains("0 errors, 0 warnings"), "{told}");
    fs::write(folder.path().join("new.json5"), "mine").unwrap();
    assert_eq!(run(&mut command(&flags, folder.path())).0, 2);
    assert_eq!(fs::read_to_string(folder.path().join("new.json5")).unwrap(), "mine");
    assert_eq!(run(&mut command(&[flags.as_slice(), &["--force"]].concat(), folder.path())).0, 0);
    let (code, _, told) = run(&mut command(&["init", "-o", "other.json5"], folder.path()));
    assert!(code == 2 && told.contains("--provider"), "{told}");
}

#[test]
fn a_file_of_claude_code_router_is_imported_line_by_line() {
    let folder = folder();
    let original = "{
  API_TIMEOUT_MS: 900000,
  forceUseImageAgent: true, // the large one sees better
  // Ours.
  transformers: [{ path: \"/srv/acme.js\" }],
  providers: [{ name: \"p\", baseUrl: \"http://localhost/v1\", api_key: \"$P_KEY\", models: [\"m\"], transformer: { use: [\"deepseek\", \"acme\"] } }],
  Router: { default: \"p,m\" }, // what is used most
}
";
    fs::write(folder.path().join("old.json"), original).unwrap();
    let (code, report, told) = run(&mut command(&["import", "old.json", "-o", "new.json5"], folder.path()));
    assert_eq!(code, 0, "{told}");
    for line in [
        "old.json:2: approximate API_TIMEOUT_MS: ",
        "old.json:3: exact       forceUseImageAgent\n",
        "old.json:5: unsupported transformers[0]: ",
        "old.json:6: exact       Providers[0].name\n",
        "old.json:6: approximate Providers[0].baseUrl: is written as `api_base_url`",
        "old.json:6: exact       Providers[0].transformer.use[0]\n",
        "old.json:6: unsupported Providers[0].transformer.use[1]: ",
        "old.json:7: exact       Router.default\n",
    ] {
        assert!(report.contains(line), "{line} is not in:\n{report}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("old.json")).unwrap(), original);
    assert_eq!(run(&mut command(&["check", "new.json5"], folder.path())).0, 0);
    let written = fs::read_to_string(folder.path().join("new.json5")).unwrap();
    for kept in
        ["API_TIMEOUT_MS: 900000,", "Providers: [{ name: \"p\", api_base_url: ", "\"$P_KEY\"", "// what is used most"]
    {
        assert!(written.contains(kept), "{kept} is not in:\n{written}");
    }
    assert!(written.contains("forceUseImageAgent: true") && !written.contains("acme.js"), "{written}");
    assert_eq!(run(&mut command(&["import", "old.json", "-o", "old.json", "--force"], folder.path())).0, 2);
    assert_eq!(fs::read_to_string(folder.path().join("old.json")).unwrap(), original);
}

#[test]
fn a_preset_is_imported_without_its_passwords() {
    let folder = folder();
    let manifest = r##"{
  name: "team", version: "1.0.0",
  schema: [{ id: "apiKey", type: "password" }, { id: "model", type: "input" }],
  userValues: { apiKey: "s3cr3t", model: "m" },
  Providers: [{ name: "p", api_base_url: "http://localhost/v1", api_key: "#{apiKey}", models: ["#{model}"] }],
  Router: { default: "p,#{model}" },
}
"##;
    fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    let (code, report, told) = run(&mut command(&["import", "manifest.json", "-o", "new.json5"], folder.path()));
    assert_eq!(code, 0, "{told}");
    let written = fs::read_to_string(folder.path().join("new.json5")).unwrap();
    assert!(written.contains("${APIKEY}") && written.contains("p,m") && !written.contains("s3cr3t"), "{written}");
    assert!(report.contains("manifest.json:4: approximate userValues") && !report.contains("s3cr3t"), "{report}");
    assert_eq!(run(command(&["check", "new.json5"], folder.path()).env("APIKEY", "k")).0, 0);
}

#[test]
fn the_mappings_of_a_preset_are_filled_in_by_its_answers() {
    let folder = folder();
    let manifest = r##"{
  name: "team",
  schema: [
    { id: "apiKey", type: "password" },
    { id: "large", type: "confirm", defaultValue: true },
    { id: "port", type: "number", required: false },
  ],
  template: {
    Providers: [{ name: "p", api_base_url: "http://localhost/v1", api_key: "later", models: ["m", "big"] }],
    Router: { default: "p,m" },
  },
  configMappings: [
    { target: "Providers[0].api_key", value: "#{apiKey}" },
    { target: "Router.longContext", value: "p,big", when: { field: "large", operator: "eq", value: true } },
    { target: "Router.background", value: "p,m", when: { field: "large", operator: "eq", value: false } },
  ],
}
"##;
    fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    let (code, report, told) = run(&mut command(&["import", "manifest.json", "-o", "new.json5"], folder.path()));
    assert_eq!(code, 0, "{told}");
    for line in [
        "manifest.json:13: exact       configMappings[0]\n",
        "manifest.json:14: approximate configMappings[1]: its condition holds",
        "manifest.json:15: approximate configMappings[2]: its condition fails",
    ] {
        assert!(report.contains(line), "{line} is not in:\n{report}");
    }
    let written = fs::read_to_string(folder.path().join("new.json5")).unwrap();
    assert!(written.contains("\"${APIKEY}\"") && written.contains("\"longContext\": \"p,big\""), "{written}");
    assert!(!written.contains("background") && !written.contains("later"), "{written}");
    assert_eq!(run(command(&["check", "new.json5"], folder.path()).env("APIKEY", "k")).0, 0);
}
