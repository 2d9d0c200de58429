//! A program in the place of Claude Code: it notes how it was started.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::PathBuf};

use serde_json::Value;

use super::home::Home;

/// Notes its arguments, its environment and its settings, then does as it is told by the variable `FAKE`.
const SCRIPT: &str = r#"#!/bin/sh
for argument in "$@"; do printf '%s\0' "$argument"; done > "$HOME/arguments"
env -0 > "$HOME/environment"
cat > "$HOME/input"
if [ "$1" = --settings ]; then
  cp "$2" "$HOME/settings"
  ls -ln "$2" | cut -c1-10 > "$HOME/mode"
fi
touch "$HOME/started"
eval "${FAKE:-exit 0}"
"#;

/// How it was started.
pub(crate) struct Seen {
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) settings: Value,
    /// As `ls -l` has it.
    pub(crate) mode: String,
}

/// Puts it where configurations may name it.
pub(crate) fn program(home: &Home) -> PathBuf {
    let path = home.write("bin/claude", SCRIPT);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// How it was started the last time.
#[track_caller]
pub(crate) fn seen(home: &Home) -> Seen {
    let read = |name: &str| fs::read_to_string(home.file(name)).unwrap();
    let parts = |text: String| text.split_terminator('\0').map(str::to_owned).collect::<Vec<_>>();
    let pair = |variable: &String| variable.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Seen {
        arguments: parts(read("arguments")),
        environment: parts(read("environment")).iter().filter_map(pair).collect(),
        settings: serde_json::from_str(&read("settings")).unwrap(),
        mode: read("mode").trim().to_owned(),
    }
}
