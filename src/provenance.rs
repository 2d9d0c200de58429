//! What this binary was built of.

use std::{
    fmt::{self, Write},
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use salvo_oapi::ToSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use wireloom_schema::document::{self, Source};

use crate::specs;

/// The version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the sources were when it was built.
pub const CHECKOUT: &str = env!("CARGO_MANIFEST_DIR");

/// The configuration that is built in, if there is one: where it was, and its text.
pub const CONFIG: Option<(&str, &str)> = include!(concat!(env!("OUT_DIR"), "/config.rs"));

/// Its sources, packed; empty where it carries none.
const SOURCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sources.tar.gz"));

/// The commit that it was built from, if that is known.
pub fn commit() -> Option<&'static str> {
    Some(env!("WIRELOOM_BUILT_FROM")).filter(|commit| !commit.is_empty())
}

/// Whether it carries its sources.
pub fn has_sources() -> bool {
    !SOURCES.is_empty()
}

/// Writes its sources into a folder, which is made if need be.
///
/// # Errors
/// What the system says, or that it carries none.
pub fn unpack(folder: &Path) -> io::Result<()> {
    if !has_sources() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "this binary carries no sources"));
    }
    tar::Archive::new(flate2::read::GzDecoder::new(SOURCES)).unpack(folder)
}

/// A mark of its sources, which other sources have not.
pub fn sources_digest() -> String {
    digest(SOURCES)
}

/// The specs that are compiled in.
pub fn specs() -> Vec<Arc<Source>> {
    let each = specs::SOURCES.iter();
    each.map(|(path, text)| Arc::new(Source { path: (*path).into(), text: (*text).into() })).collect()
}

/// A spec as it is listed: `provider name digest`, with blanks between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[salvo(schema(name = "Spec"))]
pub struct Listed {
    /// `provider` or `dialect`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The first half of its SHA-256.
    pub digest: String,
}

impl Listed {
    /// Of a spec.
    pub fn of(spec: &Arc<Source>) -> Self {
        let is_provider = document::parse(spec).is_ok_and(|tree| tree.get("provider").is_some());
        let kind = if is_provider { "provider" } else { "dialect" };
        let name = Path::new(&spec.path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { kind, name, digest: digest(spec.text.as_bytes()) }
    }

    /// Whether it is a provider's, else a dialect's.
    pub fn is_provider(&self) -> bool {
        self.kind == "provider"
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8} {:24} {}", self.kind, self.name, self.digest)
    }
}

/// The specs that are compiled in, as they are listed, in their order.
pub fn listed() -> Vec<Listed> {
    let mut listed: Vec<Listed> = specs().iter().map(Listed::of).collect();
    listed.sort_by_cached_key(Listed::to_string);
    listed
}

/// What `--version --verbose` tells.
pub fn told() -> String {
    let mut told = format!("wireloom {VERSION}\n");
    let mut line = |name: &str, value: &str| {
        // Writing to a text does not fail.
        let _ = writeln!(told, "{name:8} {value}");
    };
    line("commit", commit().unwrap_or("unknown"));
    line("profile", env!("WIRELOOM_PROFILE"));
    line("features", Some(env!("WIRELOOM_FEATURES")).filter(|names| !names.is_empty()).unwrap_or("none"));
    line("sources", if has_sources() { "carried" } else { "not carried" });
    match CONFIG {
        Some((path, text)) => line("config", &format!("{path} {}", digest(text.as_bytes()))),
        None => line("config", "none"),
    }
    let listed: Vec<String> = listed().iter().map(Listed::to_string).collect();
    line("specs", &listed.len().to_string());
    told + &listed.join("\n") + "\n"
}

/// The first half of a text's SHA-256, which is enough to tell texts apart.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..16])
}

/// The SHA-256 of all that is read.
///
/// # Errors
/// What the reader says.
pub fn sha256(mut reader: impl Read) -> io::Result<String> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
