//! The file of the configuration: looking at it, and putting another text in its place, which counts at once.

use std::{fmt, hash::BuildHasher, io, sync::Arc};

use wireloom_schema::document::{self, Source};

use crate::{
    config::{self, Finding, LoadError, Problem, Unusable},
    provenance,
};

use super::{Live, ReloadError, Reloaded};

/// The text of the configuration as it stands.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its name and its text, with all secrets that stand in it.
    pub source: Arc<Source>,
    /// A mark that another text has not, for who wants to change this one; none for a text that cannot be changed.
    pub mark: Option<String>,
}

/// What writing a configuration did.
#[derive(Debug)]
pub struct Written {
    /// What stands in the file now.
    pub document: Document,
    /// What taking it over did.
    pub reloaded: Reloaded,
}

/// Why a configuration is not written. What was there is there still, and counts.
#[derive(Debug)]
pub enum WriteError {
    /// There is no file: the configuration is built in, or there is none.
    NoFile,
    /// The file cannot be read or written.
    Io {
        /// What the system says.
        error: io::Error,
    },
    /// Another text stands in it than the one that was to be changed.
    Stale,
    /// The new text has mistakes.
    Mistakes(Vec<Problem>),
    /// What stands beside the file cannot be read.
    Load(LoadError),
    /// The new text cannot become a gateway.
    Unusable(ReloadError),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::NoFile => match provenance::CONFIG {
                Some(_) => f.write_str(
                    "the configuration is built into this program: write it to a file, and start with --config FILE",
                ),
                None => f.write_str(
                    "there is no configuration, only the built-in simulation: `wireloom config init` writes one, which counts after a restart",
                ),
            },
            WriteError::Io { error } => write!(f, "the configuration's file cannot be written: {error}"),
            WriteError::Stale => {
                f.write_str("the configuration has changed since it was read: read it again, and change what stands there now")
            }
            WriteError::Mistakes(_) => f.write_str("the configuration has mistakes, and is not written"),
            WriteError::Load(error) => error.fmt(f),
            WriteError::Unusable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WriteError {}

impl Live {
    /// The text of the configuration: its file's, or that which is built in; nothing where only the simulation answers.
    /// Reads a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn document(&self) -> io::Result<Option<Document>> {
        match &self.standing().path {
            Some(path) => {
                let source = document::read_file(path)?;
                Ok(Some(Document { mark: Some(self.mark_of(&source.text)), source }))
            }
            None => Ok(provenance::CONFIG.map(|(path, text)| Document {
                source: Arc::new(Source { path: path.into(), text: text.into() }),
                mark: None,
            })),
        }
    }

    /// Puts a text in the place of the configuration's, if it has no mistakes, and lets it count from the next request
    /// on. `expected` is the mark of the text that is to be changed, if it must be that one; `change` makes the new text
    /// of what stands there. Reads and writes files.
    ///
    /// # Errors
    /// Why nothing is changed.
    pub fn write<E: From<WriteError>>(
        &self,
        expected: Option<&str>,
        change: impl FnOnce(&Arc<Source>) -> Result<String, E>,
    ) -> Result<Written, E> {
        // One after the other, and none while files are read again.
        let mut origin = self.origin();
        let path = self.standing().path.clone().ok_or(WriteError::NoFile)?;
        let before = self.document().map_err(|error| WriteError::Io { error })?.ok_or(WriteError::NoFile)?;
        if expected.is_some_and(|expected| before.mark.as_deref() != Some(expected)) {
            return Err(WriteError::Stale.into());
        }
        let text = change(&before.source)?;
        let source = Arc::new(Source { path: path.display().to_string(), text });
        let (config, warnings) = config::usable_text(&path, &source).map_err(|unusable| match unusable {
            Unusable::Load(error) => WriteError::Load(error),
            Unusable::Mistakes(found) => WriteError::Mistakes(found.iter().map(Problem::from).collect()),
        })?;
        let next = self.next(&origin, Some(path.clone()), config, warnings).map_err(WriteError::Unusable)?;
        if source.text != before.source.text {
            config::replace(&path, &source.text).map_err(|error| WriteError::Io { error })?;
        }
        let reloaded = self.put(&mut origin, next);
        // What was written is no change of somebody else's.
        origin.seen.clear();
        self.look(&mut origin);
        reloaded.log(origin.address);
        let document = Document { mark: Some(self.mark_of(&source.text)), source };
        Ok(Written { document, reloaded })
    }

    fn mark_of(&self, text: &str) -> String {
        format!("\"{:016x}\"", self.marks.hash_one(text))
    }
}

impl Written {
    /// What in it is without effect or looks like a slip.
    pub fn warnings(&self) -> Vec<Problem> {
        let tree = document::parse(&self.document.source).ok();
        let found = Finding::all(self.reloaded.warnings.clone(), tree.as_ref());
        found.iter().map(Problem::from).collect()
    }
}
