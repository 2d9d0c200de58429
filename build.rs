//! Compiles the specs into declarations, and notes what the binary is built of.
//!
//! | variable | what it adds |
//! | --- | --- |
//! | `WIRELOOM_PROVIDERS` | folders of specs, separated as in `PATH`: each adds to those under `providers/` or replaces them |
//! | `WIRELOOM_EMBED_CONFIG` | a configuration that is built in |
//! | `WIRELOOM_SOURCES` | `1` or `0`: whether the binary carries its sources; else those with optimizations do |
//! | `WIRELOOM_DIGEST` | a mark of the contents of all these, for times of files do not always tell a change |
//! | `WIRELOOM_COMMIT` | the commit, where the sources are no checkout |
//!
//! All mistakes are shown at once, one line each; `wireloom spec check` shows them with excerpts.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use flate2::{Compression, write::GzEncoder};
use wireloom_schema::{
    diagnostic::Diagnostic,
    document,
    spec::{self, files},
};

/// What a build of these sources needs.
const SOURCES: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "build.rs",
    "macros",
    "providers",
    "schema/Cargo.toml",
    "schema/src",
    "src",
    "tests/examples/custom-gateway/Cargo.toml",
    "tests/examples/custom-gateway/src",
    "tests/instructions",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=providers");
    println!("cargo::rerun-if-env-changed=WIRELOOM_DIGEST");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let complete = specs(&out)? & embedded_config(&out)?;
    if complete {
        pack(&out)?;
        facts()?;
    }
    Ok(())
}

/// Compiles the specs; whether there were no mistakes.
fn specs(out: &Path) -> Result<bool, Box<dyn Error>> {
    let mut sources = files::read(&["providers"])?;
    for folder in folders("WIRELOOM_PROVIDERS") {
        println!("cargo::rerun-if-changed={}", folder.display());
        sources = files::over(sources, &files::read(&[folder])?);
    }
    let plans = match spec::compile(&sources) {
        Ok(plans) => plans,
        Err(mistakes) => return Ok(tell(&mistakes)),
    };
    fs::write(out.join("specs.rs"), spec::emit::emit(&plans)?)?;
    let texts: Vec<(&str, &str)> = sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
    fs::write(out.join("sources.rs"), format!("&{texts:#?}"))?;
    Ok(true)
}

/// Takes in the configuration that is to be built in; whether there were no mistakes.
fn embedded_config(out: &Path) -> Result<bool, Box<dyn Error>> {
    let mut embedded: Option<(String, String)> = None;
    if let Some(path) = set("WIRELOOM_EMBED_CONFIG") {
        println!("cargo::rerun-if-changed={path}");
        let source = document::read_file(Path::new(&path)).map_err(|error| format!("{path}: {error}"))?;
        // `wireloom build` has checked it whole, and so does each start.
        let mistakes = document::parse(&source).err().unwrap_or_default();
        if !tell(&mistakes) {
            return Ok(false);
        }
        embedded = Some((source.path.clone(), source.text.clone()));
    }
    let text = match &embedded {
        Some((path, text)) => format!("Some(({path:?}, {text:?}))"),
        None => "None".to_owned(),
    };
    fs::write(out.join("config.rs"), text)?;
    Ok(true)
}

/// Tells mistakes as cargo shows them; whether none of them stops the build.
fn tell(mistakes: &[Diagnostic]) -> bool {
    let stop = |mistake: &&Diagnostic| mistake.severity == wireloom_schema::diagnostic::Severity::Error;
    mistakes.iter().filter(stop).for_each(|mistake| println!("cargo::error={}", mistake.line()));
    !mistakes.iter().any(|mistake| stop(&mistake))
}

/// Packs the sources, where the binary is to carry them: whoever works on them has them and does not want to wait.
fn pack(out: &Path) -> Result<(), Box<dyn Error>> {
    let is_wanted = match set("WIRELOOM_SOURCES").as_deref() {
        Some(said) => said == "1",
        None => env::var("PROFILE")? == "release",
    };
    let mut bytes = Vec::new();
    if is_wanted {
        let mut archive = tar::Builder::new(GzEncoder::new(&mut bytes, Compression::best()));
        archive.mode(tar::HeaderMode::Deterministic);
        for name in SOURCES {
            println!("cargo::rerun-if-changed={name}");
            match Path::new(name).is_dir() {
                true => archive.append_dir_all(name, name)?,
                false => archive.append_path(name)?,
            }
        }
        archive.into_inner()?.finish()?;
    }
    fs::write(out.join("sources.tar.gz"), bytes)?;
    Ok(())
}

/// How it is built, for `--version --verbose`.
fn facts() -> Result<(), Box<dyn Error>> {
    let (profile, level, target) = (env::var("PROFILE")?, env::var("OPT_LEVEL")?, env::var("TARGET")?);
    println!("cargo::rustc-env=WIRELOOM_PROFILE={profile}, opt-level {level}, {target}");
    println!("cargo::rustc-env=WIRELOOM_FEATURES={}", env::var("CARGO_CFG_FEATURE").unwrap_or_default());
    // A new commit would make each build of a developer's a new one.
    let commit = set("WIRELOOM_COMMIT").or_else(|| if profile == "release" { commit() } else { None });
    println!("cargo::rustc-env=WIRELOOM_BUILT_FROM={}", commit.unwrap_or_default());
    Ok(())
}

/// The commit of the checkout, if it is one.
fn commit() -> Option<String> {
    Path::new(".git").exists().then_some(())?;
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
    };
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

/// A variable, if it says something.
fn set(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn folders(name: &str) -> Vec<PathBuf> {
    set(name).iter().flat_map(env::split_paths).filter(|folder| !folder.as_os_str().is_empty()).collect()
}
