//! `wireloom sources`.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::provenance;

use super::{Failure, print};

const EXAMPLES: &str = "\
A crate of one's own may depend on them: wireloom = { path = \"wireloom-sources\" }.

Examples:
  wireloom sources wireloom-sources";

/// The arguments of `sources`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Unpack {
    /// The folder to write to, which must not hold anything yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Unpack {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let path = self.folder.display();
        if fs::read_dir(&self.folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Failure::Usage(format!("{path} holds something already: name a new folder")));
        }
        provenance::unpack(&self.folder)
            .map_err(|error| Failure::Work(format!("the sources cannot be written to {path}: {error}")))?;
        print(&path.to_string())
    }
}
