//! A gateway that is ready to answer: the configuration with every name, URL and header resolved.

mod addition;
mod endpoint;
mod target;
mod variables;

use std::{fmt, path::Path, sync::Arc};

use wireloom_schema::config::{Config, Secret};

use crate::{
    config::{SpecNames, spec_and_options},
    routing::Routing,
    specs::Provider,
    upstream::{Timeouts, Upstream, UpstreamError},
};

pub use addition::Addition;
pub use target::Target;

/// Everything that answering a request needs. Cheap to share, never changed.
#[derive(Debug)]
pub struct Gateway {
    /// The configured providers.
    pub targets: Vec<Arc<Target>>,
    /// Where requests go.
    pub routing: Arc<Routing>,
    /// The key that clients must show, if any.
    pub key: Option<Secret>,
    /// The client of all upstreams.
    pub upstream: Upstream,
}

/// Why a configuration cannot become a gateway.
#[derive(Debug)]
pub enum SetupError {
    /// A provider's URL or key cannot be used in a request.
    Provider {
        /// The provider.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The client of the upstreams cannot be set up.
    Upstream(UpstreamError),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetupError::Provider { name, reason } => write!(f, "the provider `{name}` cannot be used: {reason}"),
            SetupError::Upstream(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SetupError {}

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The provider.
    pub target: Arc<Target>,
    /// The model's name there.
    pub model: String,
}

impl PartialEq for Destination {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.target, &other.target) && self.model == other.model
    }
}

impl Destination {
    /// `provider,model`.
    pub fn name(&self) -> String {
        format!("{},{}", self.target.name, self.model)
    }
}

impl Gateway {
    /// Resolves a configuration.
    ///
    /// # Errors
    /// A provider whose URL or key cannot be part of a request.
    pub fn new(config: &Config) -> Result<Self, SetupError> {
        Self::with(config, Upstream::new(timeouts(config)).map_err(SetupError::Upstream)?, None)
    }

    /// Resolves another configuration; connections to upstreams stay open, and sessions are remembered.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn renewed(&self, config: &Config) -> Result<Self, SetupError> {
        Self::with(config, self.upstream.with_timeouts(timeouts(config)).map_err(SetupError::Upstream)?, Some(self))
    }

    fn with(config: &Config, upstream: Upstream, earlier: Option<&Self>) -> Result<Self, SetupError> {
        let names = spec_names();
        let mut targets = Vec::new();
        for provider in &config.providers {
            let (spec, options) = spec_and_options(provider, &names);
            let addition = Addition::new(options, spec.map_or(&[], |spec| &spec.options));
            let spec = spec.and_then(|names| named(names.name)).unwrap_or(Provider::OpenaiCompatible);
            let variable = |name: &str| config.variable(name);
            targets.push(Arc::new(Target::new(provider, spec, addition, variable, &upstream)?));
        }
        let routing = Routing::new(config, &targets);
        let routing = match earlier {
            Some(earlier) => routing.after(&earlier.routing),
            None => routing,
        };
        Ok(Self { routing: Arc::new(routing), key: config.api_key.clone(), upstream, targets })
    }

    /// The files that the providers' settings name and that were read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.targets.iter().filter_map(|target| target.credentials.as_deref())
    }
}

fn timeouts(config: &Config) -> Timeouts {
    Timeouts { first_byte: config.api_timeout, ..Timeouts::default() }
}

/// What the specs that are built in are known by.
pub fn spec_names() -> Vec<SpecNames> {
    let facts = Provider::ALL.iter().map(|provider| provider.facts());
    facts.map(SpecNames::of).collect()
}

fn named(name: &str) -> Option<Provider> {
    Provider::ALL.iter().copied().find(|provider| provider.facts().name == name)
}
