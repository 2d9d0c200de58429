//! Reading a log's file as it grows, also into the one that takes its place.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// A log's file that is read from its beginning on.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    file: File,
    /// How much of it is read.
    at: u64,
    /// A line whose end has not come yet.
    rest: Vec<u8>,
}

impl Follow {
    /// Opens a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::open(path)?, at: 0, rest: Vec::new() })
    }

    /// The lines that have come since it was last asked. Where another file has taken the place, the rest of the old one
    /// and what stands in the new.
    ///
    /// # Errors
    /// What the system says.
    pub fn lines(&mut self) -> io::Result<Vec<String>> {
        // First, so that nothing is written to the old one after it was read for the last time.
        let next = fs::metadata(&self.path).ok();
        let here = self.file.metadata()?;
        if here.len() < self.at {
            // It was emptied.
            self.at = self.file.seek(SeekFrom::Start(0))?;
            self.rest.clear();
        }
        self.read()?;
        if next.is_some_and(|next| !is_same(&here, &next)) {
            self.file = File::open(&self.path)?;
            self.at = 0;
            self.read()?;
        }
        let complete = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.rest.drain(..complete).collect();
        let lines = String::from_utf8_lossy(&lines).into_owned();
        Ok(lines.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
    }

    /// The lines of an older file: 1 is the youngest of them; none, if there is no such file.
    pub fn older(&self, number: usize) -> Option<Vec<String>> {
        let mut name = self.path.file_name()?.to_owned();
        name.push(format!(".{number}"));
        let bytes = fs::read(self.path.with_file_name(name)).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        Some(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
    }

    fn read(&mut self) -> io::Result<()> {
        self.at += self.file.read_to_end(&mut self.rest)? as u64;
        Ok(())
    }
}

/// Whether it is the same file that is looked at.
#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether it is likely the same file that is looked at.
#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_are_read_once_and_whole_over_the_change_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loom.log");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"one\ntw").unwrap();
        let mut follow = Follow::open(&path).unwrap();
        assert_eq!(follow.lines().unwrap(), ["one"]);
        file.write_all(b"o\n").unwrap();
        assert_eq!(follow.lines().unwrap(), ["two"]);
        assert_eq!(follow.lines().unwrap(), [""; 0]);
        file.write_all(b"last\n").unwrap();
        fs::rename(&path, folder.path().join("loom.log.1")).unwrap();
        assert_eq!(follow.lines().unwrap(), ["last"]);
        fs::write(&path, "new\n").unwrap();
        assert_eq!(follow.lines().unwrap(), ["new"]);
        assert_eq!(follow.older(1).unwrap(), ["one", "two", "last"]);
        assert_eq!(follow.older(2), None);
        fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
        assert_eq!(follow.lines().unwrap(), [""; 0]);
        fs::write(&path, "a\n").unwrap();
        assert_eq!(follow.lines().unwrap(), ["a"]);
    }
}
