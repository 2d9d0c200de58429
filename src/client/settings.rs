//! The file of settings that a client is started with. It holds a key, so nobody else can read it, and it is gone when the
//! client has ended.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use super::{Environment, shell::Shell};
use crate::{private, process::signal};

/// What files of settings are called, before the number of the process that has made them.
const NAME: &str = "settings-";

/// The settings that lead a client here: its variables, for those that stand in settings of its own go before the
/// environment, and the line below its prompt, if `status_line` is a command that tells it. What a preset says goes
/// before ours, each variable by itself.
pub(crate) fn settings(
    environment: &Environment,
    machine: impl Iterator<Item = (String, String)>,
    status_line: Option<String>,
    preset: Option<&Map<String, Value>>,
) -> Map<String, Value> {
    let text = |(name, value)| (name, Value::String(value));
    let mut variables: Map<String, Value> = environment.set.clone().into_iter().chain(machine).map(text).collect();
    let mut settings = Map::new();
    if let Some(command) = status_line {
        settings.insert("statusLine".into(), json!({ "type": "command", "command": command, "padding": 0 }));
    }
    for (key, value) in preset.into_iter().flatten() {
        match (key.as_str(), value) {
            ("env", Value::Object(more)) => variables.extend(more.clone()),
            _ => {
                settings.insert(key.clone(), value.clone());
            }
        }
    }
    settings.insert("env".into(), Value::Object(variables));
    settings
}

/// The command that tells the line, as a shell runs it.
pub(crate) fn status_line(program: &Path, preset: Option<&str>) -> String {
    let shell = if cfg!(windows) { Shell::Powershell } else { Shell::Sh };
    let mut command = format!("{} statusline", shell.quoted(&program.to_string_lossy()));
    if let Some(preset) = preset {
        command += &format!(" {}", shell.quoted(preset));
    }
    // A quoted word alone is no command there.
    if cfg!(windows) { format!("& {command}") } else { command }
}

/// A file of settings. When it is dropped, it is gone.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
}

impl SettingsFile {
    /// Writes one for this process into a folder, and removes those of processes that have not come to it.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn write(folder: &Path, settings: &Map<String, Value>) -> io::Result<Self> {
        private::make_folder(folder)?;
        remove_left(folder);
        let path = folder.join(format!("{NAME}{}-{:08x}.json", std::process::id(), fastrand::u32(..)));
        let mut file = private::options().create_new(true).open(&path)?;
        let written = Self { path };
        file.write_all(&serde_json::to_vec_pretty(settings)?)?;
        Ok(written)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SettingsFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes files of processes that are gone.
fn remove_left(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = || name.to_str()?.strip_prefix(NAME)?.split('-').next()?.parse().ok();
        if pid().is_some_and(|pid| !signal::is_alive(pid)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_a_preset_says_counts_and_loses_nothing_of_ours() {
        let environment = Environment {
            set: [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())].into(),
            unset: Vec::new(),
        };
        let preset = json!({ "env": { "B": "3", "C": "4" }, "model": "opus" });
        let made = settings(&environment, std::iter::empty(), Some("it".into()), preset.as_object());
        let expected = json!({
            "statusLine": { "type": "command", "command": "it", "padding": 0 },
            "model": "opus",
            "env": { "A": "1", "B": "3", "C": "4" },
        });
        assert_eq!(Value::Object(made), expected);
    }

    #[test]
    fn files_of_processes_that_are_gone_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = std::process::Command::new("true").spawn().unwrap();
        let gone = process.id();
        process.wait().unwrap();
        let left = folder.path().join(format!("{NAME}{gone}-0.json"));
        let other = folder.path().join("other.json");
        fs::write(&left, "{}").unwrap();
        fs::write(&other, "{}").unwrap();
        let file = SettingsFile::write(folder.path(), &Map::new()).unwrap();
        let second = SettingsFile::write(folder.path(), &Map::new()).unwrap();
        assert!(!left.exists() && other.exists() && file.path().exists() && second.path().exists());
        let path = file.path().to_owned();
        drop(file);
        assert!(!path.exists() && second.path().exists());
    }
}
