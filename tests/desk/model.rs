//! `wireloom model`.

use std::{fs, path::Path};

use serde_json::Value;

use super::{command, run};

const FILE: &str = r#"// Mine, and dear to me.
{
  APIKEY: "$TEAM_KEY", // not set here
  Providers: [
    { name: "ds", api_base_url: "http://localhost:1/v1", api_key: "$DS_KEY", models: ["a", "b"] }, // cheap
  ],
  Router: {
    default: "ds,a",
    // think: "ds,b",
  },
}
"#;

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("c.json5"), FILE).unwrap();
    home
}

#[track_caller]
fn model(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    run(&mut command(home, &[&["model", "--config", "c.json5"], arguments].concat()))
}

fn file(home: &Path) -> String {
    fs::read_to_string(home.join("c.json5")).unwrap()
}

#[test]
fn routes_are_set_and_the_rest_stays_as_it_is_written() {
    let home = home();
    let (code, data, told) = model(home.path(), &["set", "think", "ds,b"]);
    assert_eq!((code, data.as_str()), (0, ""), "{told}");
    assert!(told.contains("c.json5 is written; what it was stands beside it"), "{told}");
    let expected = FILE.replace("    default: \"ds,a\",\n", "    default: \"ds,a\",\n    think: \"ds,b\",\n");
    assert_eq!(file(home.path()), expected);
    assert_eq!(model(home.path(), &["unset", "think"]).0, 0);
    assert_eq!(file(home.path()), FILE);
    let (code, _, told) = model(home.path(), &["set", "default", "ds,a"]);
    assert_eq!(code, 0);
    assert!(told.contains("says so already"), "{told}");
}

#[test]
fn models_and_providers_come_and_go() {
    let home = home();
    let pass = ["--transformer", "tooluse", "--transformer", "maxtoken={ max_tokens: 8000 }"];
    assert_eq!(model(home.path(), &[&["add", "DS", "c"], pass.as_slice()].concat()).0, 0);
    let line = r#"    { name: "ds", api_base_url: "http://localhost:1/v1", api_key: "$DS_KEY", models: ["a", "b", "c"], transformer: {
      c: { use: ["tooluse", ["maxtoken", { max_tokens: 8000 }]] }
    } }, // cheap"#;
    assert!(file(home.path()).contains(line), "{}", file(home.path()));
    assert_eq!(model(home.path(), &["remove", "ds", "b"]).0, 0);
    assert!(file(home.path()).contains(r#"models: ["a", "c"]"#));
    let new = ["add-provider", "lo-cal", "--url", "http://localhost:1234/v1", "--model", "m", "--model", "n"];
    let (code, _, told) = model(home.path(), &new);
    assert_eq!(code, 0, "{told}");
    let lines = r#"    {
      name: "lo-cal",
      api_base_url: "http://localhost:1234/v1",
      api_key: "${LO_CAL_API_KEY}",
      models: ["m", "n"]
    },
  ],
"#;
    assert!(file(home.path()).contains(lines), "{}", file(home.path()));
    let (_, data, _) = model(home.path(), &["list", "--json"]);
    let listed: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(listed["providers"][1]["models"][1], "n");
    assert_eq!(listed["routes"]["default"], "ds,a");
    let (_, data, _) = model(home.path(), &["list"]);
    assert_eq!(data, "ds,a  (default)\nds,c\nlo-cal,m\nlo-cal,n\n");
}

#[test]
fn what_would_be_wrong_is_not_written() {
    let home = home();
    let cases: [(&[&str], i32, &str); 5] = [
        (&["set", "default", "nobody,a"], 1, "error[C011]"),
        (&["set", "default", "ds"], 1, "error[C010]"),
        (&["add", "nobody", "x"], 2, "there is no provider `nobody`; there are: ds"),
        (&["remove", "ds", "x"], 2, "lists no model `x`"),
        (&["add-provider", "ds", "--model", "x"], 2, "there is a provider `ds` already"),
    ];
    for (arguments, expected, words) in cases {
        let (code, _, told) = model(home.path(), arguments);
        assert_eq!(code, expected, "{told}");
        assert!(told.contains(words), "{told}");
        assert_eq!(file(home.path()), FILE);
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "a backup is left of nothing");
    // Nobody can be asked.
    let (code, _, told) = model(home.path(), &[]);
    assert_eq!(code, 2);
    assert!(told.contains("wireloom model list"), "{told}");
}
