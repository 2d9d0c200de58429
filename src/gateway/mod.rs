//! A gateway that is ready to answer: the configuration with every name, URL and header resolved.

mod addition;
mod endpoint;
mod target;
mod variables;

use std::{fmt, sync::Arc};

use wireloom_schema::config::{Config, PriceConfig, Prices, Route};

use crate::{
    access::Access,
    config::{SpecNames, spec_and_options},
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
    /// Where requests go that name no provider.
    pub default: Option<(Arc<Target>, String)>,
    /// Who may ask.
    pub access: Access,
    /// What models cost.
    pub prices: Prices,
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

impl Destination {
    /// Whether the configuration names the model, rather than the client alone.
    pub fn is_listed(&self, gateway: &Gateway) -> bool {
        let is_default = || gateway.default.as_ref().is_some_and(|(_, model)| *model == self.model);
        self.target.models.contains(&self.model) || is_default()
    }
}

impl Gateway {
    /// Resolves a configuration.
    ///
    /// # Errors
    /// A provider whose URL or key cannot be part of a request.
    pub fn new(config: &Config) -> Result<Self, SetupError> {
        let names = spec_names();
        let timeouts = Timeouts { first_byte: config.api_timeout, ..Timeouts::default() };
        let upstream = Upstream::new(timeouts).map_err(SetupError::Upstream)?;
        let mut targets = Vec::new();
        for provider in &config.providers {
            let (spec, options) = spec_and_options(provider, &names);
            let addition = Addition::new(options, spec.map_or(&[], |spec| &spec.options));
            let spec = spec.and_then(|names| named(names.name)).unwrap_or(Provider::OpenaiCompatible);
            let variable = |name: &str| config.variable(name);
            targets.push(Arc::new(Target::new(provider, spec, addition, variable, &upstream)?));
        }
        let find = |route: &Route| {
            let target = targets.iter().find(|target| target.name.eq_ignore_ascii_case(&route.provider))?;
            Some((target.clone(), route.model.clone()))
        };
        let default = config.router.default.as_ref().and_then(find);
        Ok(Self { default, access: Access::new(config), prices: config.prices.clone(), upstream, targets })
    }

    /// What the model of a destination costs, if that is known.
    pub fn price(&self, destination: &Destination) -> Option<PriceConfig> {
        if self.prices.is_empty() {
            return None;
        }
        self.prices.get(&format!("{},{}", destination.target.name, destination.model)).copied()
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
