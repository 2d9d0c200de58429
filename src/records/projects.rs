//! Which project a conversation belongs to, for its record.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use quick_cache::unsync::Cache;

use crate::routing::project_of;

/// How many conversations are remembered.
const REMEMBERED: usize = 1_000;

/// How long it is believed that nobody knows a conversation's project: its client may not have written it down yet.
const BELIEVED: Duration = Duration::from_secs(30);

/// The projects of conversations, from what clients on this machine write down. Looking for one reads folders, so it is
/// for the thread that writes records.
pub(super) struct Projects {
    home: Option<PathBuf>,
    known: Cache<Box<str>, Result<Box<str>, Instant>>,
}

impl Projects {
    /// Below the home directory.
    pub(super) fn new(home: Option<PathBuf>) -> Self {
        Self { home, known: Cache::new(REMEMBERED) }
    }

    /// The project of a conversation, if it is known.
    pub(super) fn of(&mut self, session: &str) -> Option<String> {
        let home = self.home.as_deref()?;
        match self.known.get(session) {
            Some(Ok(project)) => return Some(project.to_string()),
            Some(Err(since)) if since.elapsed() < BELIEVED => return None,
            _ => {}
        }
        let found = project_of(home, session);
        let known = found.clone().map(String::into_boxed_str).ok_or_else(Instant::now);
        self.known.insert(session.into(), known);
        found
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_belongs_to_the_project_whose_folder_has_its_transcript() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(wireloom_schema::config::PROJECTS).join("-work-loom");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("s-1.jsonl"), "").unwrap();
        let mut projects = Projects::new(Some(home.path().to_owned()));
        assert_eq!(projects.of("s-1").as_deref(), Some("-work-loom"));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(projects.of("s-1").as_deref(), Some("-work-loom"), "it is remembered");
        for unknown in ["s-2", "../-work-loom/s-1", "", "/etc/passwd"] {
            assert_eq!(projects.of(unknown), None, "{unknown}");
        }
        assert_eq!(Projects::new(None).of("s-1"), None);
    }
}
