//! Where the sources of wireloom are, and where they are built.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use wireloom_schema::{document::Source, spec::files};

use crate::{
    cli::Failure,
    provenance::{self, CHECKOUT, VERSION},
};

/// The sources that a binary is built from.
pub(super) enum Sources {
    /// A folder with a checkout.
    Folder(PathBuf),
    /// Those that this binary carries.
    Carried,
}

impl Sources {
    /// The folder that is named, else the checkout that this binary is from if it is still there and of the same
    /// version, else what it carries.
    pub(super) fn find(named: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = named {
            let folder = fs::canonicalize(folder)
                .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", folder.display())))?;
            return match version(&folder) {
                Some(_) => Ok(Self::Folder(folder)),
                None => Err(Failure::Usage(format!("{} has no sources of wireloom", folder.display()))),
            };
        }
        let checkout = PathBuf::from(CHECKOUT);
        if version(&checkout).as_deref() == Some(VERSION) {
            return Ok(Self::Folder(checkout));
        }
        match provenance::has_sources() {
            true => Ok(Self::Carried),
            false => Err(Failure::Usage(format!(
                "this wireloom carries no sources, and {CHECKOUT}, which it was built from, is gone: name a checkout with --source"
            ))),
        }
    }

    /// The specs among them.
    pub(super) fn specs(&self) -> Result<Vec<Arc<Source>>, Failure> {
        match self {
            Self::Folder(folder) => {
                files::read(&[folder.join("providers")]).map_err(|error| Failure::Usage(error.to_string()))
            }
            Self::Carried => Ok(provenance::specs()),
        }
    }

    /// The commit of those that are no checkout.
    pub(super) fn commit(&self) -> Option<&'static str> {
        match self {
            Self::Folder(_) => None,
            Self::Carried => provenance::commit(),
        }
    }

    /// The folder with them. Those that are carried are unpacked, unless it is not needed.
    pub(super) fn folder(&self, dry: bool) -> Result<PathBuf, Failure> {
        let folder = match self {
            Self::Folder(folder) => return Ok(folder.clone()),
            Self::Carried => cache()?.join(format!("source-{}", provenance::sources_digest())),
        };
        if dry || folder.is_dir() {
            return Ok(folder);
        }
        let fail = |error| Failure::Work(format!("the sources cannot be unpacked to {}: {error}", folder.display()));
        // Whoever finds the folder finds all of it.
        let beside = folder.with_extension(std::process::id().to_string());
        provenance::unpack(&beside).and_then(|()| fs::rename(&beside, &folder)).map_err(fail)?;
        Ok(folder)
    }
}

/// The version that a folder has the sources of.
fn version(folder: &Path) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let is_ours = manifest.lines().any(|line| line.trim() == "name = \"wireloom\"");
    let version = manifest.lines().find_map(|line| line.trim().strip_prefix("version = "))?;
    is_ours.then(|| version.trim_matches('"').to_owned())
}

/// The folder in which cargo works: one of the user's own, so that the next build is quick, unless the environment names
/// another.
pub(super) fn target_folder() -> Result<PathBuf, Failure> {
    match env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => {
            std::path::absolute(folder).map_err(|error| Failure::Usage(format!("CARGO_TARGET_DIR: {error}")))
        }
        None => Ok(cache()?.join("target")),
    }
}

/// The folder of this version in the user's cache.
fn cache() -> Result<PathBuf, Failure> {
    let folder = dirs::cache_dir().ok_or_else(|| {
        Failure::Usage("there is no folder for caches: set HOME, or CARGO_TARGET_DIR and --source".into())
    })?;
    Ok(folder.join("wireloom").join(VERSION))
}
