//! Where the configuration comes from, and which specs its providers have.

mod environment;
mod file;
mod finding;
mod spec;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::environment::read_beside;
use crate::routing;
pub use environment::DOT_ENV;
pub use file::replace;
pub use finding::{Finding, Problem, Span};
pub use spec::{SpecNames, check_transformers, spec_and_options};
use wireloom_schema::{
    config::{self, Config, Reading},
    diagnostic::{Diagnostic, Severity},
    document::{self, Source},
};

use crate::{gateway::spec_names, provenance};

/// Wireloom's own file, below the home directory.
const OWN: &str = ".wireloom/config.json5";

/// The file of claude-code-router, below the home directory.
const CLAUDE_CODE_ROUTER: &str = ".claude-code-router/config.json";

/// What there is to run.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a process has one")]
pub enum Loaded {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// What it says.
        config: Config,
        /// What in it is without effect or looks like a slip, in the order of the file.
        warnings: Vec<Diagnostic>,
    },
    /// The configuration that is built into this binary.
    BuiltIn {
        /// What it says.
        config: Config,
        /// What in it is without effect or looks like a slip.
        warnings: Vec<Diagnostic>,
    },
    /// There is no file, so the embedded default is to be used.
    Demo,
}

/// Why a configuration cannot be used. Its `Display` is what [`render`](Self::render) gives without colors.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read.
    Io {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The `.env` beside the file cannot be understood.
    Environment {
        /// Where it is.
        path: PathBuf,
        /// The first line that is not understood, from 1. What stands there may be a secret.
        line: usize,
    },
    /// The file has mistakes: all of them, and the warnings, in the order of the file.
    Mistakes(Vec<Diagnostic>),
}

impl LoadError {
    /// The text for people, which may be of many lines; `color` for terminals.
    pub fn render(&self, color: bool) -> String {
        match self {
            LoadError::Io { path, error } => {
                format!("the configuration {} cannot be read: {error}", path.display())
            }
            LoadError::Environment { path, line } => {
                format!("{}:{line}: this is not `NAME=value`, nor a comment that begins with `#`", path.display())
            }
            LoadError::Mistakes(mistakes) => {
                let rendered: Vec<String> = mistakes.iter().map(|mistake| mistake.render(color)).collect();
                rendered.join("\n\n")
            }
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Io { error, .. } => Some(error),
            LoadError::Environment { .. } | LoadError::Mistakes(_) => None,
        }
    }
}

/// Loads the configuration at `path`, which `--config` gives; else that which `WIRELOOM_CONFIG` names; else the one that
/// is built in, if there is one; else `~/.wireloom/config.json5`; else `~/.claude-code-router/config.json`, used as it is;
/// else there is none.
///
/// A file that is named must be there; the two below the home directory need not. Variables of a `.env` beside the file
/// count as the environment's, which goes before them.
pub fn load(path: Option<&Path>) -> Result<Loaded, LoadError> {
    load_in(path, |name| std::env::var(name).ok())
}

/// [`load`] in an environment.
fn load_in(path: Option<&Path>, variable: impl Fn(&str) -> Option<String>) -> Result<Loaded, LoadError> {
    let named = path.map(Path::to_owned).or_else(|| given(&variable, "WIRELOOM_CONFIG").map(PathBuf::from));
    if let (None, Some((path, text))) = (&named, provenance::CONFIG) {
        let source = Arc::new(Source { path: path.into(), text: text.into() });
        let (config, warnings) = usable(examined(&source, variable)).map_err(LoadError::Mistakes)?;
        return Ok(Loaded::BuiltIn { config, warnings });
    }
    let Some(path) = named.or_else(|| locate(&variable)) else { return Ok(Loaded::Demo) };
    let source = match document::read_file(&path) {
        Ok(source) => source,
        Err(error) => return Err(LoadError::Io { path, error }),
    };
    let (config, warnings) = usable(study(&path, &source, variable)?).map_err(LoadError::Mistakes)?;
    Ok(Loaded::File { path, config, warnings })
}

/// All that is found in the text of a configuration at a path: in the file itself, in what its rules say, and in what it
/// names that is not there. Variables of a `.env` beside the file count as the environment's.
///
/// # Errors
/// A `.env` that cannot be read.
pub fn study(
    path: &Path,
    source: &Arc<Source>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Reading, LoadError> {
    let beside = read_beside(path, &variable)?;
    let find = |name: &str| beside.iter().find(|(known, _)| known == name).map(|(_, value)| value.reveal().to_owned());
    let mut reading = examined(source, |name| variable(name).or_else(|| find(name)));
    if let Some(config) = &mut reading.config {
        config.environment = beside;
    }
    Ok(reading)
}

fn examined(source: &Arc<Source>, variable: impl Fn(&str) -> Option<String>) -> Reading {
    let mut reading = config::study(source, variable);
    let Reading { config, tree, told } = &mut reading;
    told.extend(tree.iter().flat_map(|tree| config::missing_files(tree, Path::exists)));
    told.extend(config.iter().flat_map(routing::check));
    #[cfg(not(feature = "custom-router"))]
    told.extend(tree.iter().flat_map(spec::check_scripts));
    told.sort_by_key(|mistake| mistake.origin.range.start);
    reading
}

/// The configuration with its warnings, unless one of what was found is an error.
fn usable(reading: Reading) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
    let Reading { config, told, .. } = reading;
    let is_usable = told.iter().all(|mistake| mistake.severity == Severity::Warning);
    match config.filter(|_| is_usable) {
        Some(config) => Ok((config, told)),
        None => Err(told),
    }
}

/// The configuration that a text would be if it stood in the file at a path, with its warnings.
///
/// # Errors
/// All mistakes in it; or its `.env` cannot be read.
pub fn usable_text(path: &Path, source: &Arc<Source>) -> Result<(Config, Vec<Diagnostic>), Unusable> {
    let reading = study(path, source, |name| std::env::var(name).ok()).map_err(Unusable::Load)?;
    let is_usable = reading.told.iter().all(|mistake| mistake.severity == Severity::Warning);
    match reading.config.filter(|_| is_usable) {
        Some(config) => Ok((config, reading.told)),
        None => Err(Unusable::Mistakes(Finding::all(reading.told, reading.tree.as_ref()))),
    }
}

/// Why a text cannot be a configuration.
#[derive(Debug)]
pub enum Unusable {
    /// What stands beside it cannot be read.
    Load(LoadError),
    /// All mistakes in it, and the warnings.
    Mistakes(Vec<Finding>),
}

/// A variable, if it says something.
fn given(variable: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    variable(name).filter(|value| !value.is_empty())
}

/// The file that [`load`] takes when none is given, if it takes one.
pub fn path() -> Option<PathBuf> {
    path_in(|name| std::env::var(name).ok())
}

/// [`path`] in an environment.
pub(crate) fn path_in(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    given(&variable, "WIRELOOM_CONFIG").map(PathBuf::from).or_else(|| locate(variable))
}

/// The JSON Schema of configurations, with the names of the specs that are compiled in.
pub fn schema() -> serde_json::Value {
    let names =
        spec_names().into_iter().flat_map(|spec| std::iter::once(spec.name).chain(spec.aliases.iter().copied()));
    config::json_schema::schema(names)
}

/// Wireloom's own file below the home directory.
pub(crate) fn home_file(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    Some(home_in(variable)?.join(OWN))
}

/// The user's home directory.
pub fn home() -> Option<PathBuf> {
    home_in(|name| std::env::var(name).ok())
}

fn home_in(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    Some(PathBuf::from(given(&variable, "HOME").or_else(|| given(&variable, "USERPROFILE"))?))
}

/// The file below the home directory.
fn locate(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let home = home_in(variable)?;
    // A file that is there but cannot be looked at is an error when it is read, and not one that is missing.
    [OWN, CLAUDE_CODE_ROUTER].iter().map(|file| home.join(file)).find(|path| path.try_exists().unwrap_or(true))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;

    use super::*;

    const PROVIDER: &str = "{ name: 'p', api_base_url: 'http://h/', api_key: '$KEY' }";

    fn write(home: &Path, file: &str, port: u16) {
        let path = home.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{{ PORT: {port}, Providers: [{PROVIDER}] }}")).unwrap();
    }

    fn port(home: &Path, named: Option<&Path>, given: Option<&Path>) -> Option<u16> {
        let variable = |name: &str| match name {
            "HOME" => Some(home.display().to_string()),
            "WIRELOOM_CONFIG" => named.map(|path| path.display().to_string()),
            "KEY" => Some("k".into()),
            _ => None,
        };
        match load_in(given, variable).unwrap() {
            Loaded::File { config, .. } => Some(config.port),
            Loaded::BuiltIn { .. } | Loaded::Demo => None,
        }
    }

    #[test]
    fn takes_the_first_file_there_is() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        assert_eq!(port(home, None, None), None);
        write(home, CLAUDE_CODE_ROUTER, 1);
        assert_eq!(port(home, None, None), Some(1));
        write(home, OWN, 2);
        assert_eq!(port(home, None, None), Some(2));
        write(home, "named", 3);
        let named = home.join("named");
        assert_eq!(port(home, Some(&named), None), Some(3));
        assert_eq!(port(home, Some(Path::new("")), None), Some(2));
        write(home, "given", 4);
        assert_eq!(port(home, Some(&named), Some(&home.join("given"))), Some(4));
    }

    #[test]
    fn a_named_file_must_be_there() {
        let error = load_in(Some(Path::new("not/there.json5")), |_| None).unwrap_err();
        assert!(error.to_string().starts_with("the configuration not/there.json5 cannot be read: "), "{error}");
    }

    #[test]
    fn mistakes_are_rendered_together() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.json5");
        fs::write(&path, "{ PORT: 'x', HOST: 5 }").unwrap();
        let error = load_in(Some(&path), |_| None).unwrap_err().to_string();
        assert!(error.contains("error[C005]") && error.contains("error[C001]"), "{error}");
    }
}
