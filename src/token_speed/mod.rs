//! The plugin `token-speed`: how fast the answers of a session come, told while they stream and at their end.
//!
//! What a request pays is a copy of the text that goes by, and only while the plugin is on: tokens are counted, files
//! written and webhooks called elsewhere. If nobody keeps up there, reports are left out and requests go on.

mod handler;
mod report;
mod watch;
mod webhook;
mod worker;

use std::{
    fmt,
    sync::{Arc, OnceLock, mpsc::SyncSender},
};

use wireloom_schema::config::{Config, PluginConfig};

use crate::upstream::Upstream;

pub use report::{Report, last};
pub use watch::Watch;

use handler::Handler;
use worker::Piece;

/// What the plugin is called in the configuration.
const NAME: &str = "token-speed";

/// Who is told how fast answers come.
pub struct TokenSpeed {
    handlers: Arc<[Handler]>,
    upstream: Option<Upstream>,
    /// To the thread that counts, which begins with the first answer.
    pieces: OnceLock<Option<SyncSender<Piece>>>,
}

impl TokenSpeed {
    /// The plugin, if the configuration has it and it tells anybody. Handlers that cannot be used are logged.
    pub fn of(config: &Config, upstream: impl FnOnce() -> Option<Upstream>) -> Option<Arc<Self>> {
        let is_it = |plugin: &&PluginConfig| plugin.name == NAME && plugin.enabled;
        let options = &config.plugins.iter().find(is_it)?.options;
        let handlers: Vec<Handler> = handler::all(options);
        if handlers.is_empty() {
            return None;
        }
        let calls = handlers.iter().any(|handler| matches!(handler, Handler::Webhook(_)));
        let upstream = if calls { upstream() } else { None };
        Some(Arc::new(Self { handlers: handlers.into(), upstream, pieces: OnceLock::new() }))
    }

    /// Gives the worker something to count. Nothing waits for it.
    fn tell(&self, piece: Piece) {
        let pieces = self.pieces.get_or_init(|| worker::start(self.handlers.clone(), self.upstream.clone()));
        if let Some(pieces) = pieces {
            let _ = pieces.try_send(piece);
        }
    }
}

impl fmt::Debug for TokenSpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSpeed")
    }
}
