//! A gateway that is ready to answer: the configuration with every name, URL and header resolved.

mod access;
mod addition;
mod clients;
mod endpoint;
mod target;
mod variables;

use std::{fmt, sync::Arc};

use wireloom_schema::config::{Config, RetryConfig, Route, Secret};

use crate::{
    config::{SpecNames, spec_and_options},
    specs::Provider,
    upstream::UpstreamError,
};

use clients::Clients;

pub use addition::Addition;
pub use target::Target;

/// Everything that answering a request needs. Cheap to share, never changed.
#[derive(Debug)]
pub struct Gateway {
    /// The configured providers.
    pub targets: Vec<Arc<Target>>,
    /// Where requests go that name no provider.
    pub default: Option<(Arc<Target>, String)>,
    /// The key that clients must show, if any.
    pub key: Option<Secret>,
    /// What is tried in turn when that fails.
    pub fallback: Vec<(Arc<Target>, String)>,
    /// How failed calls are made again.
    pub retry: RetryConfig,
    /// The clients of the upstreams.
    clients: Clients,
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

impl Gateway {
    /// Resolves a configuration.
    ///
    /// # Errors
    /// A provider whose URL or key cannot be part of a request.
    pub fn new(config: &Config) -> Result<Self, SetupError> {
        Self::after(config, None)
    }

    /// Resolves a configuration that takes the place of an earlier one. Providers that are the same go on with their
    /// connections, and with what is known of how they and their keys are doing.
    ///
    /// # Errors
    /// A provider whose URL or key cannot be part of a request.
    pub fn after(config: &Config, earlier: Option<&Self>) -> Result<Self, SetupError> {
        let names = spec_names();
        let mut clients = Clients::after(earlier.map(|earlier| &earlier.clients));
        let mut targets = Vec::new();
        for provider in &config.providers {
            let (spec, options) = spec_and_options(provider, &names);
            let addition = Addition::new(options, spec.map_or(&[], |spec| &spec.options));
            let spec = spec.and_then(|names| named(names.name)).unwrap_or(Provider::OpenaiCompatible);
            let variable = |name: &str| config.variable(name);
            let upstream = clients.of(config, provider)?;
            let mut target = Target::new(provider, spec, addition, variable, upstream, config.breaker)?;
            for known in earlier.iter().flat_map(|earlier| &earlier.targets) {
                target.take_over(known, config.breaker, provider.limits);
            }
            targets.push(Arc::new(target));
        }
        let find = |route: &Route| {
            let target = targets.iter().find(|target| target.name.eq_ignore_ascii_case(&route.provider))?;
            Some((target.clone(), route.model.clone()))
        };
        let default = config.router.default.as_ref().and_then(find);
        let fallback = config.fallback.default.iter().filter_map(find).collect();
        Ok(Self { default, fallback, retry: config.retry, key: config.api_key.clone(), clients, targets })
    }

    /// Where a request for that model may go: first where [`Gateway::route`] says, then where it is tried in turn.
    pub fn destinations(&self, model: &str) -> Option<Vec<Destination>> {
        let mut found = vec![self.route(model)?];
        for (target, model) in &self.fallback {
            let is_new = |known: &Destination| !Arc::ptr_eq(&known.target, target) || known.model != *model;
            if found.iter().all(is_new) {
                found.push(Destination { target: target.clone(), model: model.clone() });
            }
        }
        Some(found)
    }

    /// Where a request for that model goes: to the provider before the comma, else to the default.
    pub fn route(&self, model: &str) -> Option<Destination> {
        if let Some((provider, name)) = model.split_once(',')
            && let Some(target) = self.targets.iter().find(|target| target.name.eq_ignore_ascii_case(provider.trim()))
        {
            let wanted = name.trim();
            let known = target.models.iter().find(|known| known.eq_ignore_ascii_case(wanted));
            let model = known.map_or(wanted, String::as_str).to_owned();
            return Some(Destination { target: target.clone(), model });
        }
        self.default.clone().map(|(target, model)| Destination { target, model })
    }
}

/// What the specs that are built in are known by.
pub fn spec_names() -> Vec<SpecNames> {
    let facts = Provider::ALL.iter().map(|provider| provider.facts());
    facts.map(SpecNames::of).collect()
}

fn named(name: &str) -> Option<Provider> {
    Provider::ALL.iter().copied().find(|provider| provider.facts().name == name)
}
