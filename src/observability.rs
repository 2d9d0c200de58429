//! What the service tells of itself: its log, and the records of its requests.

use std::{fs, io, path::Path};

use crate::{logs::Logs, records::Records};

/// Both of them. Cheap to clone; they outlive any configuration.
#[derive(Clone, Debug)]
pub struct Observability {
    /// The log.
    pub logs: Logs,
    /// The records and the numbers.
    pub records: Records,
}

/// Makes a folder for files that are nobody else's business. One that is there stays as it is.
///
/// # Errors
/// What the system says.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
