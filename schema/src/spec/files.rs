//! Finding spec files.

use std::{ffi::OsStr, fs, io, path::Path, sync::Arc};

use crate::document::{self, Source, read_file};

/// Reads all `*.json5` files in some folders and their `dialects` folders, or the files themselves; in the order of
/// their names. A file in a later folder replaces one of the same name in an earlier one.
pub fn read(paths: &[impl AsRef<Path>]) -> io::Result<Vec<Arc<Source>>> {
    let mut found: Vec<Arc<Source>> = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let mut files = Vec::new();
        match path.is_dir() {
            true => collect(path, &mut files)?,
            false => files.push(path.to_owned()),
        }
        files.sort();
        for file in files {
            let source = read_file(&file)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
            found.retain(|earlier| identity(earlier) != identity(&source));
            found.push(source);
        }
    }
    Ok(found)
}

/// The sources over a base: each replaces the one of the base that has its name and its kind.
pub fn over(base: Vec<Arc<Source>>, sources: &[Arc<Source>]) -> Vec<Arc<Source>> {
    let own: Vec<_> = sources.iter().filter_map(kind).collect();
    let kept = base.into_iter().filter(|source| kind(source).is_none_or(|kind| !own.contains(&kind)));
    kept.chain(sources.iter().cloned()).collect()
}

/// The file's name without its folder, and whether it says that it is a provider; none while it cannot be parsed.
fn kind(source: &Arc<Source>) -> Option<(String, bool)> {
    let tree = document::parse(source).ok()?;
    let name = Path::new(&source.path).file_name()?;
    Some((name.to_string_lossy().into_owned(), tree.get("provider").is_some()))
}

/// The file's name, and whether it lies among the dialects: a dialect and a provider may have one name.
fn identity(source: &Source) -> (Option<&OsStr>, bool) {
    let path = Path::new(&source.path);
    (path.file_name(), path.parent().is_some_and(|folder| folder.ends_with("dialects")))
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json5") {
            files.push(path);
        }
    }
    Ok(())
}
