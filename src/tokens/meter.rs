//! How the tokens of a provider's models are counted, as the configuration says.

use std::sync::Arc;

use wireloom_schema::config::{TokenizerConfig, TokenizersConfig};

use super::{Encoding, Service, Tokenizer};

/// A way of counting.
#[derive(Clone, Debug)]
pub enum Meter {
    /// On this machine.
    Own(Tokenizer),
    /// With a tokenizer in a file.
    #[cfg(feature = "tokenizer-files")]
    File(Arc<super::TokenizerFile>),
    /// By asking a service.
    Service(Arc<Service>),
    /// By asking the provider.
    Provider,
}

/// How the tokens of a provider's models are counted. Without a word of the configuration's the model's name decides.
#[derive(Debug, Default)]
pub struct Meters {
    /// For every model that is not named.
    default: Vec<Meter>,
    /// By the model's name.
    models: Vec<(String, Vec<Meter>)>,
}

impl Meters {
    /// Resolves a provider's configuration.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn new(config: &TokenizersConfig) -> Result<Self, String> {
        let models = config.models.iter().map(|(name, config)| Ok((name.clone(), chain(config, name)?)));
        let default = config.default.as_ref().map(|config| chain(config, "")).transpose()?.unwrap_or_default();
        Ok(Self { default, models: models.collect::<Result<_, String>>()? })
    }

    /// How a model's tokens are counted: the ways in the order in which they are tried. If all fail, the model's name
    /// decides.
    pub fn of(&self, model: &str) -> &[Meter] {
        let named = self.models.iter().find(|(name, _)| name.eq_ignore_ascii_case(model));
        named.map_or(&self.default, |(_, meters)| meters)
    }
}

/// A way and those that stand in for it.
fn chain(config: &TokenizerConfig, model: &str) -> Result<Vec<Meter>, String> {
    let mut meters = Vec::new();
    for config in std::iter::successors(Some(config), |config| config.fallback()) {
        meters.extend(meter(config, model)?);
    }
    Ok(meters)
}

fn meter(config: &TokenizerConfig, model: &str) -> Result<Option<Meter>, String> {
    match config {
        TokenizerConfig::Tiktoken { encoding, .. } => {
            let encoding = match encoding {
                Some(name) => Encoding::named(name).ok_or_else(|| not_built_in(name))?,
                None => Encoding::of_model(model),
            };
            Ok(Some(Meter::Own(encoding.into())))
        }
        TokenizerConfig::Api { url, api_key, request_format, response_field, headers, .. } => {
            let service = Service::new(url, api_key.as_ref(), *request_format, response_field, headers)?;
            Ok(Some(Meter::Service(Arc::new(service))))
        }
        TokenizerConfig::Provider { .. } => Ok(Some(Meter::Provider)),
        #[cfg(feature = "tokenizer-files")]
        TokenizerConfig::HuggingFace { model, cache_dir, .. } => {
            let file = super::TokenizerFile::new(model, cache_dir.as_deref(), |name| std::env::var(name).ok());
            Ok(Some(Meter::File(Arc::new(file))))
        }
        #[cfg(not(feature = "tokenizer-files"))]
        TokenizerConfig::HuggingFace { model, .. } => {
            let feature = "tokenizer-files";
            tracing::warn!(model, feature, "this build reads no tokenizer files: tokens are counted in another way");
            Ok(None)
        }
    }
}

fn not_built_in(name: &str) -> String {
    let names = Encoding::names().join("`, `");
    format!("its tokenizer's `encoding` is `{name}`, which is not built in: there are `{names}`")
}
