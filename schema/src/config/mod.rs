//! The configuration: claude-code-router's file, read unchanged, and what wireloom adds to it.
//!
//! It is read in five steps: the text becomes a tree of places, strings are completed from the environment, the tree is
//! held against the JSON Schema that editors have, other spellings become ours, and what one part says is compared with
//! what another does. Only what has passed all of them becomes a [`Config`].

mod access;
mod check;
pub mod codes;
mod digest;
pub mod edit;
mod effective;
pub mod import;
pub mod json_schema;
mod kind;
mod log_level;
mod mask;
mod observation;
mod overrides;
mod plugin;
mod price;
mod provider;
mod read;
mod reliability;
mod route;
mod router;
mod routes;
mod routing;
mod secret;
mod settings;
mod shown;
mod spelling;
mod status_line;
mod surroundings;
mod tell;
mod token;
mod tokenizer;
mod transformer;
mod unknown;
mod unveil;
mod validate;
mod variable;

pub use access::{CorsConfig, KeyConfig, Origin, Scope, ServiceLimits};
pub use digest::Digest;
pub use effective::effective;
pub use log_level::LogLevel;
pub use mask::{holds_secret, mask as masked};
pub use observation::{OtlpConfig, RecordsConfig};
pub use plugin::{
    HandlerConfig, OutputHandlerConfig, OutputOptions, PluginConfig, TokenSpeedConfig, WebhookAuth, WebhookRetry,
};
pub use price::{LongPriceConfig, PriceConfig, Prices};
pub use provider::ProviderConfig;
pub use read::{Reading, read, spelled, study};
pub use reliability::{BreakerConfig, LimitsConfig, RetryConfig, TimeoutsConfig};
pub use route::Route;
pub use router::read_router;
pub use routing::{
    BACKGROUND_MODELS, EffortLevel, FallbackConfig, LONG_CONTEXT, PROJECTS, RouterConfig, RuleConfig, SESSION_HEADERS,
    SESSION_KEY, SESSION_MARK, SUBAGENT_TAG,
};
pub use secret::Secret;
pub use settings::{Config, OnLoss};
pub use shown::{STARS, secrets, shown, shown_text, veiled};
pub use status_line::{StatusLineConfig, StatusLineModule, StatusLineStyle};
pub use surroundings::{missing_files, pointer, taken_port};
pub use tokenizer::{CountFormat, TOKENIZER_HUB, TokenizerConfig, TokenizersConfig};
pub use transformer::{GlobalTransformer, PASSES, TransformerUse};
pub use unveil::unveil;

/// The code of the mistake that a variable is not set, which it may be elsewhere.
pub const UNSET_VARIABLE: &str = "C002";
