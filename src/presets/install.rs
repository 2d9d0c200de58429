//! Putting presets where they are found.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use wireloom_schema::preset::Manifest;

use super::{MANIFEST, Preset, PresetError, Presets, check_name};

/// The most files and bytes of a preset: it is a configuration and a few scripts.
const MOST_FILES: usize = 1_000;
const MOST_BYTES: u64 = 64 << 20;

impl Presets {
    /// Copies a preset from a folder, or from its manifest alone, under a name of its own or another.
    ///
    /// # Errors
    /// What is no preset, a name that is taken, and what the system says; then nothing is left behind.
    pub fn install(&self, from: &Path, name: Option<&str>) -> Result<Preset, PresetError> {
        let manifest_alone = from.is_file();
        let folder = if manifest_alone { from.parent().unwrap_or(Path::new(".")) } else { from };
        let given = if manifest_alone { from.to_owned() } else { from.join(MANIFEST) };
        let source = wireloom_schema::document::read_file(&given).map_err(PresetError::io(&given))?;
        let mut manifest = Manifest::read(&source).map_err(PresetError::Mistakes)?;
        if manifest.name.is_empty() {
            let of_folder = folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
            manifest.name = of_folder.unwrap_or_default();
        }
        let files = if manifest_alone { Vec::new() } else { files(folder)? };
        self.place(manifest, name, folder, &files)
    }

    /// Installs a preset from its manifest, under a name of its own or another.
    ///
    /// # Errors
    /// As [`install`](Self::install).
    pub fn put(&self, manifest: Manifest, name: Option<&str>) -> Result<Preset, PresetError> {
        self.place(manifest, name, Path::new("."), &[])
    }

    fn place(
        &self,
        mut manifest: Manifest,
        name: Option<&str>,
        folder: &Path,
        files: &[PathBuf],
    ) -> Result<Preset, PresetError> {
        if let Some(name) = name {
            manifest.name = name.to_owned();
        }
        check_name(&manifest.name)?;
        let home = self.folders.first().ok_or_else(no_home)?;
        let place = home.join(&manifest.name);
        if self.find(&manifest.name).is_ok() || place.exists() {
            return Err(PresetError::Exists(manifest.name));
        }
        let preset = Preset { name: manifest.name.clone(), folder: place.clone(), manifest };
        let done = fs::create_dir_all(&place).map_err(PresetError::io(&place)).and_then(|()| {
            for file in files {
                let to = place.join(file);
                if let Some(parent) = to.parent() {
                    fs::create_dir_all(parent).map_err(PresetError::io(parent))?;
                }
                fs::copy(folder.join(file), &to).map_err(PresetError::io(&to))?;
            }
            preset.save()
        });
        if done.is_err() {
            let _ = fs::remove_dir_all(&place);
        }
        done.map(|()| preset)
    }
}

fn no_home() -> PresetError {
    let error = io::Error::new(io::ErrorKind::NotFound, "there is no home directory to install presets in: set HOME");
    PresetError::Io { path: "~".into(), error }
}

/// The files of a folder but its manifest, as paths from it. Links are not followed: they lead elsewhere.
fn files(folder: &Path) -> Result<Vec<PathBuf>, PresetError> {
    let (mut found, mut bytes, mut waiting) = (Vec::new(), 0, vec![PathBuf::new()]);
    while let Some(below) = waiting.pop() {
        let path = folder.join(&below);
        for entry in fs::read_dir(&path).map_err(PresetError::io(&path))? {
            let entry = entry.map_err(PresetError::io(&path))?;
            let (inner, kind) = (below.join(entry.file_name()), entry.file_type().map_err(PresetError::io(&path))?);
            if kind.is_symlink() {
                return Err(PresetError::Content { path: entry.path(), reason: "a preset must not hold links" });
            } else if kind.is_dir() {
                waiting.push(inner);
            } else if inner != Path::new(MANIFEST) {
                bytes += entry.metadata().map_err(PresetError::io(&path))?.len();
                found.push(inner);
            }
            if found.len() + waiting.len() > MOST_FILES || bytes > MOST_BYTES {
                let reason = "this is more than a preset: at most 1,000 files and 64 MiB";
                return Err(PresetError::Content { path: folder.to_owned(), reason });
            }
        }
    }
    Ok(found)
}
