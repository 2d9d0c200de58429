//! Writing a configuration's file.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use crate::private;

/// How many of the texts that stood in a file before are kept beside it.
const KEPT: usize = 3;

/// What the names of such files end in.
const BACKUP: &str = ".bak";

/// Puts a text in the place of what a file holds, in one step, and keeps that beside it as `NAME.TIME.bak`, the last
/// three of them. Who may read the file may read it afterwards; a file that is new is its owner's alone. A link stays
/// one: what it leads to is written.
///
/// # Errors
/// What the system says, and that the file may only be read.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let before = match fs::metadata(&path) {
        Ok(metadata) => Some(metadata.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if before.as_ref().is_some_and(fs::Permissions::readonly) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it may only be read"));
    }
    let beside = beside(&path, ".new");
    let written = write_new(&beside, text, before.clone()).and_then(|()| {
        if before.is_some() {
            back_up(&path)?;
        }
        fs::rename(&beside, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A path with something behind its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

fn write_new(path: &Path, text: &str, permissions: Option<fs::Permissions>) -> io::Result<()> {
    let mut file = private::options().create(true).truncate(true).open(path)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Copies a file beside itself, and removes the oldest of such copies.
fn back_up(path: &Path) -> io::Result<()> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S%6fZ");
    fs::copy(path, beside(path, &format!(".{time}{BACKUP}")))?;
    let mut kept = backups(path);
    kept.sort();
    for old in kept.iter().rev().skip(KEPT) {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// The copies of a file that stand beside it.
fn backups(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_copy = |found: &PathBuf| {
        let found = found.file_name().and_then(|name| name.to_str());
        let time = found.and_then(|found| found.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(BACKUP));
        time.is_some_and(|time| !time.is_empty() && time.chars().all(|c| c.is_ascii_digit() || c == 'T' || c == 'Z'))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(is_copy).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_last_three_texts_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.json5");
        for text in ["1", "2", "3", "4", "5"] {
            replace(&path, text).unwrap();
        }
        let mut kept: Vec<String> = backups(&path).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        kept.sort();
        assert_eq!(
            (fs::read_to_string(&path).unwrap().as_str(), kept),
            ("5", vec!["2".into(), "3".into(), "4".into()])
        );
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 4);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let home = tempfile::tempdir().unwrap();
        let (path, link) = (home.path().join("real"), home.path().join("link"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        replace(&path, "1").unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real", &link).unwrap();
        replace(&link, "2").unwrap();
        assert!(link.is_symlink());
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("2", 0o640));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        let error = replace(&link, "3").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(fs::read_to_string(&path).unwrap(), "2");
    }
}
