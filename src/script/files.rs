//! The files that a custom router may read: those of its own folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The most bytes of a file.
const MOST: u64 = 4 << 20;

/// The folder of a custom router.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder of a file, and the file's name there.
    pub(super) fn of(file: &Path) -> Result<(Self, String), String> {
        let whole = file.canonicalize().map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        let name = whole.file_name().map(|name| format!("./{}", name.to_string_lossy()));
        match (whole.parent(), name) {
            (Some(root), Some(name)) => Ok((Self { root: root.to_owned() }, name)),
            _ => Err(format!("{} is not a file", file.display())),
        }
    }

    /// Its path.
    pub(super) fn path(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    /// The file that `name` means in a file of the folder `base`, as Node finds it: path and text.
    pub(super) fn find(&self, base: &str, name: &str) -> Result<(String, String), String> {
        if !name.starts_with(['.', '/']) {
            return Err(format!(
                "a custom router has no module `{name}`: there are `path`, `util` and the files of its own folder"
            ));
        }
        let wanted = Path::new(base).join(name);
        let ending = |ending: &str| {
            let mut path = wanted.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        let mut tried =
            [wanted.clone(), ending(".js"), ending(".cjs"), ending(".json"), wanted.join("index.js")].into_iter();
        let found = tried.find(|path| path.is_file()).ok_or_else(|| format!("there is no file `{name}` in {base}"))?;
        let found = found.canonicalize().map_err(|error| format!("`{name}` cannot be read: {error}"))?;
        if !found.starts_with(&self.root) {
            return Err(format!("`{name}` is not in the folder of the custom router, {}", self.root.display()));
        }
        let length = found.metadata().map_or(0, |data| data.len());
        if length > MOST {
            return Err(format!("`{name}` is larger than {} MiB", MOST >> 20));
        }
        let text = fs::read_to_string(&found).map_err(|error| format!("`{name}` cannot be read: {error}"))?;
        Ok((found.to_string_lossy().into_owned(), text))
    }
}
