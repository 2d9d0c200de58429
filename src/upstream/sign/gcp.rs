//! Access tokens of Google's: of a service account, or of what this machine is signed in as.

use std::{sync::Arc, time::Duration};

use gcp_auth::{
    ConfigDefaultCredentials, CustomServiceAccount, GCloudAuthorizedUser, MetadataServiceAccount, Token, TokenProvider,
};
use http::{HeaderValue, header};
use tokio::{
    sync::{Mutex, OnceCell},
    time::timeout,
};
use wireloom_schema::config::Secret;

use crate::upstream::Call;

/// What the tokens are for.
const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

/// The longest wait for a token.
const PATIENCE: Duration = Duration::from_secs(30);

/// Shows a token that is asked for when it is needed, and anew shortly before it expires.
#[derive(Debug)]
pub struct Gcp {
    source: OnceCell<Source>,
    /// Held while a token is asked for, so that many calls ask once.
    turn: Mutex<()>,
}

/// Where tokens come from.
enum Source {
    Account(Box<CustomServiceAccount>),
    Defaults(ConfigDefaultCredentials),
    Machine(MetadataServiceAccount),
    Tool(GCloudAuthorizedUser),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Account(_) => "Account(…)",
            Self::Defaults(_) => "Defaults(…)",
            Self::Machine(_) => "Machine(…)",
            Self::Tool(_) => "Tool(…)",
        })
    }
}

impl Gcp {
    pub(super) fn new(key: &Secret, file: Option<&str>) -> Result<Self, String> {
        let json = key.reveal().trim();
        let account = match (json.starts_with('{'), file) {
            (true, _) => Some(CustomServiceAccount::from_json(json)),
            (false, Some(file)) if file.trim_start().starts_with('{') => Some(CustomServiceAccount::from_json(file)),
            (false, Some(file)) => Some(CustomServiceAccount::from_file(file)),
            (false, None) => None,
        };
        let account = account.transpose().map_err(|error| format!("its service account cannot be used: {error}"))?;
        Ok(Self {
            source: OnceCell::new_with(account.map(|account| Source::Account(Box::new(account)))),
            turn: Mutex::new(()),
        })
    }

    pub(super) async fn sign(&self, call: &mut Call) -> Result<(), String> {
        let token =
            timeout(PATIENCE, self.token()).await.map_err(|_| format!("no token came within {PATIENCE:?}"))??;
        let value = HeaderValue::from_str(&format!("Bearer {}", token.as_str()));
        let mut value = value.map_err(|_| "the token has characters that no header may have".to_owned())?;
        value.set_sensitive(true);
        call.headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// The source keeps its token until shortly before it expires.
    async fn token(&self) -> Result<Arc<Token>, String> {
        let _turn = self.turn.lock().await;
        let source = self.source.get_or_try_init(Source::of_machine).await?;
        let token = match source {
            Source::Account(source) => source.token(SCOPES).await,
            Source::Defaults(source) => source.token(SCOPES).await,
            Source::Machine(source) => source.token(SCOPES).await,
            Source::Tool(source) => source.token(SCOPES).await,
        };
        token.map_err(|error| error.to_string())
    }
}

impl Source {
    /// What this machine is signed in as.
    async fn of_machine() -> Result<Self, String> {
        if let Ok(source) = ConfigDefaultCredentials::new().await {
            return Ok(Self::Defaults(source));
        }
        if let Ok(source) = MetadataServiceAccount::new().await {
            return Ok(Self::Machine(source));
        }
        let source = GCloudAuthorizedUser::new().await;
        source.map(Self::Tool).map_err(|_| {
            "there are no credentials: neither a service account, nor application-default credentials, nor those of the \
             machine"
                .to_owned()
        })
    }
}
