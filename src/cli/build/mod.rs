//! `wireloom build`: a gateway with specs and a configuration of one's own.

mod cargo;
mod sources;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::Arc,
};

use clap::Args;
use wireloom_schema::{
    config::{self, UNSET_VARIABLE},
    diagnostic::{Diagnostic, Severity},
    document::{self, Source},
    spec::{self, files},
};

use crate::{
    provenance::{Listed, digest, sha256},
    routing,
};

use self::{cargo::Build, sources::Sources};
use super::{Failure, print, render, tell};

const EXAMPLES: &str = "\
Specs and configuration are checked first; then cargo builds, which takes minutes the first time and seconds to a minute
later on. A Rust toolchain is needed (https://rustup.rs). The sources are those of --source, else the checkout that this
wireloom was built from, else those that it carries. The exit code is 0 if the binary is there, 1 if a file has mistakes
or the build fails, 2 if a file cannot be read.

Examples:
  wireloom build --providers my-specs -o my-wireloom
  wireloom build --providers my-specs --config team.json5 -o team-wireloom
  wireloom build --providers my-specs --dry-run";

/// The arguments of `build`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct BuildCommand {
    /// A folder of specs, which add to those that are built in or replace them; may be given several times
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    providers: Vec<PathBuf>,
    /// A configuration to build in: the binary runs it unless another is named. Variables in it stay variables
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the binary goes
    #[arg(short, long, value_name = "BIN", default_value = "wireloom-custom")]
    output: PathBuf,
    /// The sources of wireloom, in place of those that are found
    #[arg(long, value_name = "DIR")]
    source: Option<PathBuf>,
    /// Cargo's profile: `dev` builds sooner and runs slower
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
    /// Cargo's features, separated by commas
    #[arg(long, value_name = "NAMES")]
    features: Option<String>,
    /// Check everything, and show what would be run
    #[arg(long)]
    dry_run: bool,
}

impl BuildCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        if self.output.is_dir() {
            return Err(Failure::Usage(format!("{} is a folder: name the binary with -o", self.output.display())));
        }
        let sources = Sources::find(self.source.as_deref())?;
        let given = self.given()?;
        let mut mistakes = Vec::new();
        if !given.is_empty() {
            mistakes.extend(spec::compile(&files::over(sources.specs()?, &given)).err().unwrap_or_default());
        }
        let config = self.config.as_deref().map(|path| read_config(path, &mut mistakes)).transpose()?;
        if mistakes.iter().any(|mistake| mistake.severity == Severity::Error) {
            return Err(Failure::Mistakes(render(&mistakes)));
        }
        if !mistakes.is_empty() {
            tell(&render(&mistakes));
        }
        let folder = sources.folder(self.dry_run)?;
        tell(&format!(
            "{} and {} are sound; building wireloom in {}",
            count(given.len(), "spec"),
            match &config {
                Some(_) => "the configuration",
                None => "no configuration",
            },
            folder.display()
        ));
        let build = Build {
            folder,
            target: sources::target_folder()?,
            profile: &self.profile,
            features: self.features.as_deref(),
            variables: self.variables(&given, config.as_ref(), &sources)?,
        };
        if self.dry_run {
            return print(&build.told());
        }
        let built = build.run()?;
        install(&built, &self.output)?;
        smoke(&self.output, &given, config.as_ref())?;
        let size = fs::metadata(&self.output).map_err(unreadable(&self.output))?.len();
        let file = fs::File::open(&self.output).map_err(unreadable(&self.output))?;
        let sum = sha256(file).map_err(unreadable(&self.output))?;
        let path = fs::canonicalize(&self.output).unwrap_or(self.output);
        print(&format!("{}\n{:.1} MB\nsha256 {sum}", path.display(), size as f64 / 1e6))
    }

    /// The specs in the folders; later ones replace earlier ones of their name.
    fn given(&self) -> Result<Vec<Arc<Source>>, Failure> {
        let mut given = Vec::new();
        for folder in &self.providers {
            if !folder.is_dir() {
                return Err(Failure::Usage(format!("there is no folder {}", folder.display())));
            }
            let found = files::read(&[folder]).map_err(|error| Failure::Usage(error.to_string()))?;
            if found.is_empty() {
                let help = "a spec is a file whose name ends with .json5";
                return Err(Failure::Usage(format!("there are no specs in {}: {help}", folder.display())));
            }
            given = files::over(given, &found);
        }
        Ok(given)
    }

    /// What the build script is told.
    fn variables(
        &self,
        given: &[Arc<Source>],
        config: Option<&Arc<Source>>,
        sources: &Sources,
    ) -> Result<Vec<(&'static str, String)>, Failure> {
        let absolute = |path: &Path| fs::canonicalize(path).map_err(unreadable(path));
        let folders: Vec<PathBuf> = self.providers.iter().map(|folder| absolute(folder)).collect::<Result<_, _>>()?;
        let joined = env::join_paths(&folders).map_err(|error| Failure::Usage(format!("--providers: {error}")))?;
        let embedded = self.config.as_deref().map(absolute).transpose()?.unwrap_or_default();
        let contents: String =
            given.iter().chain(config).map(|source| digest(source.text.as_bytes())).collect::<Vec<_>>().concat();
        Ok(vec![
            ("WIRELOOM_PROVIDERS", joined.to_string_lossy().into_owned()),
            ("WIRELOOM_EMBED_CONFIG", embedded.display().to_string()),
            ("WIRELOOM_DIGEST", digest(contents.as_bytes())),
            ("WIRELOOM_COMMIT", sources.commit().unwrap_or_default().to_owned()),
        ])
    }
}

/// Reads and checks a configuration, whose variables are set where it runs.
fn read_config(path: &Path, mistakes: &mut Vec<Diagnostic>) -> Result<Arc<Source>, Failure> {
    let source = document::read_file(path).map_err(unreadable(path))?;
    let read = |usual: Option<&str>| config::read(&source, |name| env::var(name).ok().or(usual.map(str::to_owned)));
    let told: Vec<Diagnostic> = match read(None) {
        Ok((config, warnings)) => routing::check(&config).into_iter().chain(warnings).collect(),
        Err(mistakes) => mistakes,
    };
    let (unset, mut told): (Vec<_>, Vec<_>) = told.into_iter().partition(|mistake| mistake.code == UNSET_VARIABLE);
    if !unset.is_empty()
        && let Ok((config, _)) = read(Some("0"))
    {
        // Only of a whole configuration; what a value is mistaken for elsewhere is no mistake of the file.
        told.extend(routing::check(&config));
    }
    unset.iter().for_each(|mistake| tell(&format!("note: {}; it must be where the binary runs", mistake.message)));
    mistakes.extend(told);
    Ok(source)
}

/// Puts the binary in its place at once: one that runs there cannot be written to.
fn install(built: &Path, output: &Path) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::Work(format!("{} cannot be written: {error}", output.display()));
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let beside = output.with_file_name(format!(".{name}.{}", std::process::id()));
    fs::copy(built, &beside).map_err(fail)?;
    fs::rename(&beside, output).map_err(|error| {
        let _ = fs::remove_file(&beside);
        fail(error)
    })
}

/// Asks the binary what is in it.
fn smoke(binary: &Path, given: &[Arc<Source>], config: Option<&Arc<Source>>) -> Result<(), Failure> {
    let path = fs::canonicalize(binary).map_err(unreadable(binary))?;
    let output = Command::new(&path).args(["--version", "--verbose"]).output();
    let output = output.map_err(|error| Failure::Work(format!("{} does not run: {error}", path.display())))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let config = config.map(|config| digest(config.text.as_bytes()));
    let wanted: Vec<String> = given.iter().map(|spec| Listed::of(spec).to_string()).chain(config).collect();
    let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|line| !told.contains(*line)).collect();
    match missing.is_empty() && output.status.success() {
        true => Ok(()),
        false => Err(Failure::Work(format!("{} was built, but lacks:\n{}", path.display(), missing.join("\n")))),
    }
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::Usage(format!("{} cannot be read: {error}", path.display()))
}

/// `1 spec`, `2 specs`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
