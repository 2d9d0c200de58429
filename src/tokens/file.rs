//! Tokenizers that stand in files, as the hub of open models has them.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kitoken::Kitoken;
use tokio::time::{sleep, timeout};
use wireloom_schema::config::TOKENIZER_HUB;

use super::Tokenizer;
use crate::upstream::Upstream;

/// The name of the file.
const NAME: &str = "tokenizer.json";

/// The most bytes of a file.
const MOST: usize = 128 << 20;

/// How long a request waits for a file. Its loading goes on without the request.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(300);

/// A tokenizer in a file, which is read when it is first asked for.
pub struct TokenizerFile {
    /// The model's name, or the path, as it is configured.
    name: String,
    /// Where it is, or is to be kept.
    path: PathBuf,
    /// Where it is fetched from, if it is not there.
    url: Option<String>,
    loaded: OnceLock<Loaded>,
    is_tried: AtomicBool,
}

/// A tokenizer that has been read.
#[derive(Clone)]
pub struct Loaded {
    inner: Arc<Kitoken>,
    /// Tells it from others.
    id: u64,
}

impl TokenizerFile {
    /// The tokenizer of a model at the hub, which is kept in a folder; or that of a path.
    pub fn new(name: &str, folder: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let local = Path::new(name);
        let (path, url) = if local.is_dir() {
            (local.join(NAME), None)
        } else if local.is_absolute() || name.ends_with(".json") {
            (local.to_owned(), None)
        } else {
            let home = variable("HOME").or_else(|| variable("USERPROFILE")).unwrap_or_default();
            let folder = folder.map_or_else(|| Path::new(&home).join(".wireloom/tokenizers"), PathBuf::from);
            // What the hub's own tools take for a mirror.
            let hub = variable("HF_ENDPOINT").filter(|hub| !hub.is_empty()).unwrap_or_else(|| TOKENIZER_HUB.to_owned());
            let url = format!("{}/{name}/resolve/main/{NAME}", hub.trim_end_matches('/'));
            (folder.join(name.replace(['/', '\\'], "--").replace("..", "")).join(NAME), Some(url))
        };
        Self { name: name.to_owned(), path, url, loaded: OnceLock::new(), is_tried: AtomicBool::new(false) }
    }

    /// The tokenizer, if it can be had soon.
    ///
    /// # Errors
    /// Why it is not there yet, for the log.
    pub async fn tokenizer(self: &Arc<Self>, upstream: &Upstream) -> Result<Tokenizer, String> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(Tokenizer::File(loaded.clone()));
        }
        if self.is_tried.swap(true, Ordering::Relaxed) {
            return Err(format!("the tokenizer of `{}` is not there yet", self.name));
        }
        let (file, upstream) = (self.clone(), upstream.clone());
        let loading = tokio::spawn(async move {
            let read = file.load(&upstream).await.map(|loaded| file.loaded.get_or_init(|| loaded).clone());
            if read.is_err() {
                tokio::spawn(async move {
                    sleep(PAUSE).await;
                    file.is_tried.store(false, Ordering::Relaxed);
                });
            }
            read
        });
        match timeout(PATIENCE, loading).await {
            Ok(Ok(read)) => read.map(Tokenizer::File),
            _ => Err(format!("the tokenizer of `{}` is being fetched", self.name)),
        }
    }

    async fn load(&self, upstream: &Upstream) -> Result<Loaded, String> {
        if let Some(url) = self.url.as_ref().filter(|_| !self.path.is_file()) {
            let url = reqwest::Url::parse(url).map_err(|_| format!("`{}` is no model's name", self.name))?;
            let (status, bytes) = upstream.download(url, MOST).await.map_err(|error| error.to_string())?;
            if !status.is_success() {
                return Err(format!("the tokenizer of `{}` cannot be fetched: status {}", self.name, status.as_u16()));
            }
            let path = self.path.clone();
            let kept = tokio::task::spawn_blocking(move || keep(&path, &bytes));
            kept.await.map_err(|error| error.to_string())?.map_err(|error| self.unreadable(error))?;
        }
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || {
            let bytes = fs::read(&path).map_err(|error| error.to_string())?;
            Kitoken::from_tokenizers_slice(&bytes).map_err(|error| error.to_string())
        });
        let inner = read.await.map_err(|error| error.to_string())?.map_err(|error| self.unreadable(error))?;
        let id = std::hash::BuildHasher::hash_one(&foldhash::quality::FixedState::default(), &self.path);
        Ok(Loaded { inner: Arc::new(inner), id })
    }

    fn unreadable(&self, error: impl fmt::Display) -> String {
        format!("{} cannot be used: {error}", self.path.display())
    }
}

impl Loaded {
    /// The tokens of a text.
    pub(super) fn count(&self, text: &str) -> u64 {
        // What it cannot split counts as a few bytes a token.
        self.inner.encode(text, false).map_or(text.len() as u64 / 4, |tokens| tokens.len() as u64)
    }

    /// A number that no other tokenizer has.
    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenizerFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenizerFile").field("name", &self.name).field("path", &self.path).finish_non_exhaustive()
    }
}

/// Keeps a file, whole or not at all.
fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("unfinished");
    fs::write(&part, bytes)?;
    fs::rename(part, path)
}
