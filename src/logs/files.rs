//! The files of the log. They are found by name in their folder, and nothing else is.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use salvo_oapi::ToSchema;
use serde::Serialize;
use tracing_rolling_file::RollingFileAppenderBase;

use crate::private;

/// The most bytes of a file that are shown: its last.
const MOST_SHOWN: u64 = 4 << 20;

/// A file of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogFile {
    /// Its name in the log's folder.
    pub name: String,
    /// The same: what to ask for it by.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// When it was last written to, as a date and a time in UTC.
    pub last_modified: String,
    #[serde(skip)]
    modified: Option<SystemTime>,
}

/// The files of the log: one that is written to, and older ones whose names go on behind its own.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    name: String,
}

impl Files {
    /// Opens the file to write to, and makes its folder.
    pub(super) fn open(path: &Path) -> io::Result<(Self, RollingFileAppenderBase)> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "LOG_FILE is no name of a file"))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        private::make_folder(folder)?;
        let appender = super::appender(path, super::MOST_FILE)?;
        Ok((Self { folder: folder.to_owned(), name: name.to_owned() }, appender))
    }

    /// All of them, the newest first.
    pub(super) fn list(&self) -> io::Result<Vec<LogFile>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let metadata = entry.metadata()?;
            if !self.is_own(&name) || !metadata.is_file() {
                continue;
            }
            let modified = metadata.modified().ok();
            let millis =
                modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_millis());
            let last_modified = crate::records::told(i64::try_from(millis).unwrap_or(i64::MAX));
            files.push(LogFile { path: name.clone(), name, size: metadata.len(), last_modified, modified });
        }
        files.sort_by(|one, other| other.modified.cmp(&one.modified).then_with(|| one.name.cmp(&other.name)));
        Ok(files)
    }

    /// The last lines of a file, or of the one that is written to.
    pub(super) fn lines(&self, name: Option<&str>) -> io::Result<Option<Vec<String>>> {
        let Some(path) = self.find(name) else { return Ok(None) };
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let start = size.saturating_sub(MOST_SHOWN);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(MOST_SHOWN).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        // Where the beginning is left out, the first line is half a line.
        let lines = text.lines().skip(usize::from(start > 0)).filter(|line| !line.trim().is_empty());
        Ok(Some(lines.map(str::to_owned).collect()))
    }

    /// Empties a file, or the one that is written to.
    pub(super) fn clear(&self, name: Option<&str>) -> io::Result<bool> {
        let Some(path) = self.find(name) else { return Ok(false) };
        OpenOptions::new().write(true).truncate(true).open(path).map(|_| true)
    }

    /// A file by its name, which is compared and never becomes a part of a path before it is known.
    fn find(&self, name: Option<&str>) -> Option<PathBuf> {
        let name = name.unwrap_or(&self.name);
        let path = self.folder.join(name);
        let is_file = self.is_own(name) && fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
        is_file.then_some(path)
    }

    /// Whether a file of the log is called so: as the one that is written to, or so with a number behind.
    fn is_own(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&self.name);
        rest.is_some_and(|rest| {
            let number = rest.strip_prefix('.');
            rest.is_empty()
                || number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_log_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("logs");
        fs::create_dir(&inside).unwrap();
        for (name, text) in
            [("loom.log", "a\n\nb\n"), ("loom.log.1", "c\n"), ("loom.logs", "d\n"), ("other.log", "e\n")]
        {
            fs::write(inside.join(name), text).unwrap();
        }
        fs::write(folder.path().join("secret"), "s3cr3t").unwrap();
        let files = Files { folder: inside.clone(), name: "loom.log".into() };
        let mut names: Vec<_> = files.list().unwrap().into_iter().map(|file| file.name).collect();
        names.sort();
        assert_eq!(names, ["loom.log", "loom.log.1"]);
        assert_eq!(files.lines(None).unwrap().unwrap(), ["a", "b"]);
        assert_eq!(files.lines(Some("loom.log.1")).unwrap().unwrap(), ["c"]);
        let secret = folder.path().join("secret").display().to_string();
        for name in [
            "../secret",
            &secret,
            "other.log",
            "loom.logs",
            "loom.log.",
            "loom.log.x",
            "",
            ".",
            "loom.log/../../secret",
        ] {
            assert_eq!(files.lines(Some(name)).unwrap(), None, "{name}");
            assert!(!files.clear(Some(name)).unwrap(), "{name}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("loom.log.2")).unwrap();
            assert_eq!(files.lines(Some("loom.log.2")).unwrap(), None);
        }
        assert!(files.clear(Some("loom.log")).unwrap());
        assert_eq!(files.lines(None).unwrap().unwrap(), [""; 0]);
        assert_eq!(fs::read_to_string(folder.path().join("secret")).unwrap(), "s3cr3t");
    }
}
