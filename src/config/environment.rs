//! The `.env` beside a configuration.

use std::{
    io::{BufReader, ErrorKind},
    path::Path,
};

use wireloom_schema::config::Secret;

use super::LoadError;

/// The name of the file.
pub const DOT_ENV: &str = ".env";

/// The variables of the `.env` beside a file that the environment has not, if there is one. The environment of the process
/// stays as it is.
pub(super) fn read_beside(
    path: &Path,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, Secret)>, LoadError> {
    let path = path.with_file_name(DOT_ENV);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(LoadError::Io { path, error }),
    };
    let mut found: Vec<(String, Secret)> = Vec::new();
    for line in dotenvy::Iter::new(BufReader::new(text.as_bytes())) {
        match line {
            Ok((name, value)) if variable(&name).is_none() => {
                // The last of a name counts, as in a shell.
                found.retain(|(known, _)| *known != name);
                found.push((name, Secret::new(value)));
            }
            Ok(_) => {}
            Err(error) => return Err(LoadError::Environment { path, line: line_of(&text, &error) }),
        }
    }
    Ok(found)
}

/// The line that an error is about.
fn line_of(text: &str, error: &dotenvy::Error) -> usize {
    let written = match error {
        dotenvy::Error::LineParse(line, _) => line.as_str(),
        _ => "",
    };
    let start = text.find(written.trim()).unwrap_or(0);
    text[..start].matches('\n').count() + 1
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_environment_goes_before_the_file() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config.json5");
        let read = || read_beside(&config, |name| (name == "SET").then(|| "from outside".to_owned()));
        assert!(read().unwrap().is_empty());
        fs::write(home.path().join(DOT_ENV), "# keys\nexport A='x y'\nSET=inside\nB=\"two\"\n\nB=three # last\n")
            .unwrap();
        let found = read().unwrap();
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
        assert_eq!(found, [("A", "x y"), ("B", "three")]);
    }

    #[test]
    fn a_line_that_is_not_understood_is_named_and_not_shown() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(DOT_ENV), "A=1\n\nsk-secret by accident\n").unwrap();
        let error = read_beside(&home.path().join("c"), |_| None).unwrap_err().to_string();
        assert!(error.contains(".env:3:") && !error.contains("secret"), "{error}");
    }
}
