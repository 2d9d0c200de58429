//! Scripts that give a part of the status line.

use std::{path::Path, time::Duration};

use super::{
    RequestView, ScriptError,
    files::Folder,
    machine::{Machine, Use},
};

/// How long one may take, to load and to answer: a line is waited for.
const LIMIT: Duration = Duration::from_millis(500);

/// What a CommonJS module's function, or the promise that it returns, gives for the variables and options of a line, both
/// JSON. It has what custom routers have: the files of its own folder, and neither processes nor the network.
///
/// # Errors
/// Why it gives no text.
pub fn line(path: &Path, variables: &str, options: &str) -> Result<Option<String>, ScriptError> {
    let (folder, main) = Folder::of(path).map_err(|reason| ScriptError::File { reason })?;
    let machine = Machine::load(&folder, &main, "null", LIMIT, Use::Line)?;
    let view = RequestView { body: variables.to_owned(), headers: options.to_owned(), session: None };
    machine.route(view, LIMIT, || None)
}
