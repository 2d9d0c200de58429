//! The presets that are installed: folders with a manifest, below the home directory.

mod install;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;
use wireloom_schema::{
    config::{self, Config},
    diagnostic::Diagnostic,
    document::{Source, read_file},
    preset::{Manifest, Unready},
};

use crate::private;

/// The folder of wireloom's own presets, and that of claude-code-router, below the home directory.
const FOLDERS: [&str; 2] = [".wireloom/presets", ".claude-code-router/presets"];

/// The file that makes a folder a preset.
const MANIFEST: &str = "manifest.json";

/// Where presets are installed. New ones go to the first folder.
#[derive(Clone, Debug)]
pub struct Presets {
    folders: Vec<PathBuf>,
}

/// A preset that is installed.
#[derive(Clone, Debug)]
pub struct Preset {
    /// What it is called: by its manifest, else by its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
}

/// Why something cannot be done with a preset.
#[derive(Debug)]
pub enum PresetError {
    /// No preset is called so.
    Unknown {
        /// The name.
        name: String,
        /// What is installed.
        known: Vec<String>,
    },
    /// A name that cannot be a folder's or a path's.
    Name(String),
    /// A preset is called so already.
    Exists(String),
    /// A file or folder cannot be read or written.
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A folder holds what no preset has.
    Content {
        /// What it holds.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The manifest, or the configuration that it makes, has mistakes.
    Mistakes(Vec<Diagnostic>),
    /// Questions are not answered yet, or answers lead nowhere.
    Unready(Unready),
}

impl PresetError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }

    /// The text for people; `color` for terminals.
    pub fn render(&self, color: bool) -> String {
        match self {
            PresetError::Unknown { name, known } if known.is_empty() => {
                format!("there is no preset `{name}`: none is installed")
            }
            PresetError::Unknown { name, known } => {
                format!("there is no preset `{name}`; installed: {}", known.join(", "))
            }
            PresetError::Name(name) => format!(
                "`{name}` cannot be a preset's name: letters, digits, `-`, `_` and `.` can, and the first must be a letter or a digit"
            ),
            PresetError::Exists(name) => {
                format!("there is a preset `{name}` already: delete it first, or give another --name")
            }
            PresetError::Io { path, error } => format!("{}: {error}", path.display()),
            PresetError::Content { path, reason } => format!("{}: {reason}", path.display()),
            PresetError::Mistakes(mistakes) => {
                mistakes.iter().map(|mistake| mistake.render(color)).collect::<Vec<_>>().join("\n\n")
            }
            PresetError::Unready(unready) => unready.to_string(),
        }
    }
}

impl fmt::Display for PresetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for PresetError {}

impl Presets {
    /// Those of the user.
    pub fn of_user() -> Self {
        let home = crate::config::home();
        Self { folders: home.iter().flat_map(|home| FOLDERS.map(|folder| home.join(folder))).collect() }
    }

    /// Those below some folders.
    pub fn below(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// All presets, by name, and what is wrong with folders that look like one.
    pub fn all(&self) -> (Vec<Preset>, Vec<PresetError>) {
        let (mut presets, mut errors) = (Vec::<Preset>::new(), Vec::new());
        for folder in &self.folders {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
            let mut folders: Vec<PathBuf> = entries.filter(|path| path.join(MANIFEST).is_file()).collect();
            folders.sort();
            for folder in folders {
                match Preset::read(&folder) {
                    // The first of a name is served; wireloom's own come before claude-code-router's.
                    Ok(preset) if presets.iter().all(|known| known.name != preset.name) => presets.push(preset),
                    Ok(_) => {}
                    Err(error) => errors.push(error),
                }
            }
        }
        presets.sort_by(|a, b| a.name.cmp(&b.name));
        (presets, errors)
    }

    /// The folders, and the manifests in them: where something changes when a preset does.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let manifests = |folder: &PathBuf| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path().join(MANIFEST)).collect::<Vec<_>>()
        };
        self.folders.iter().flat_map(move |folder| std::iter::once(folder.clone()).chain(manifests(folder)))
    }

    /// The preset of a name, or of a folder's name.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn find(&self, name: &str) -> Result<Preset, PresetError> {
        check_name(name)?;
        let (presets, errors) = self.all();
        let is_folder = |preset: &Preset| preset.folder.file_name().is_some_and(|folder| folder == name);
        let known: Vec<String> = presets.iter().map(|preset| preset.name.clone()).collect();
        let found =
            presets.iter().find(|preset| preset.name == name).or_else(|| presets.iter().find(|it| is_folder(it)));
        match found {
            Some(preset) => Ok(preset.clone()),
            None => Err(errors.into_iter().next().unwrap_or(PresetError::Unknown { name: name.to_owned(), known })),
        }
    }

    /// Removes a preset with all that is in its folder.
    ///
    /// # Errors
    /// There is none, or its folder cannot be removed.
    pub fn delete(&self, name: &str) -> Result<Preset, PresetError> {
        let preset = self.find(name)?;
        fs::remove_dir_all(&preset.folder).map_err(PresetError::io(&preset.folder))?;
        Ok(preset)
    }
}

impl Preset {
    /// Reads the preset in a folder.
    fn read(folder: &Path) -> Result<Self, PresetError> {
        let path = folder.join(MANIFEST);
        let source = read_file(&path).map_err(PresetError::io(&path))?;
        let manifest = Manifest::read(&source).map_err(PresetError::Mistakes)?;
        let of_folder = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = if manifest.name.is_empty() { of_folder } else { manifest.name.clone() };
        check_name(&name)?;
        Ok(Self { name, folder: folder.to_owned(), manifest })
    }

    /// The configuration that its answers make, completed from the environment as the main one is.
    ///
    /// # Errors
    /// What is not answered, and all mistakes in what the answers make.
    pub fn config(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Config, PresetError> {
        let applied = self.manifest.apply(&self.folder).map_err(PresetError::Unready)?;
        let text = serde_json::to_string_pretty(&Value::Object(applied)).unwrap_or_default();
        let source = Arc::new(Source { path: format!("preset {}", self.name), text });
        config::read(&source, variable).map(|(config, _)| config).map_err(PresetError::Mistakes)
    }

    /// Writes the manifest back, with its answers; readable by its owner alone, for answers may be keys.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self) -> Result<(), PresetError> {
        let path = self.folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(&self.manifest).unwrap_or_default() + "\n";
        private::write(&path, text.as_bytes()).map_err(PresetError::io(&path))
    }
}

/// A name becomes a folder and a path of the service, and must not mean another one.
fn check_name(name: &str) -> Result<(), PresetError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain);
    if fits { Ok(()) } else { Err(PresetError::Name(name.to_owned())) }
}
