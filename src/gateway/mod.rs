//! A gateway that is ready to answer: the configuration with every name, URL and header resolved.

mod access;
mod addition;
mod clients;
mod count;
mod endpoint;
mod handling;
mod probe;
mod target;
mod variables;

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use wireloom_schema::config::{Config, PriceConfig, Prices, RetryConfig};

#[cfg(feature = "custom-router")]
use crate::script::Script;
use crate::{
    access::Access,
    config::{SpecNames, spec_and_options},
    presets::{Preset, Presets},
    redaction::Redaction,
    routing::Routing,
    specs::Provider,
    token_speed::{TokenSpeed, Watch},
    tokens::Tokens,
    transform::SystemPrompt,
    upstream::UpstreamError,
};

use clients::Clients;

pub use addition::Addition;
pub use handling::{Handling, Handlings};
pub use target::Target;

/// Everything that answering a request needs. Cheap to share, never changed.
#[derive(Debug)]
pub struct Gateway {
    /// The configured providers.
    pub targets: Vec<Arc<Target>>,
    /// Where requests go.
    pub routing: Arc<Routing>,
    /// Who may ask.
    pub access: Access,
    /// What is secret, and is not to be kept of what is said.
    pub redaction: Arc<Redaction>,
    /// What models cost.
    pub prices: Prices,
    /// What stands in place of the clients' instructions, if anything.
    pub system_prompt: Option<SystemPrompt>,
    /// What counts tokens.
    pub tokens: Arc<Tokens>,
    /// claude-code-router's module that decides before all else, if there is one.
    #[cfg(feature = "custom-router")]
    pub script: Option<Script>,
    /// How failed calls are made again.
    pub retry: RetryConfig,
    /// Who is told how fast answers come, if anybody is.
    speed: Option<Arc<TokenSpeed>>,
    /// The clients of the upstreams.
    clients: Clients,
    /// The gateways of presets, by the name that stands in their paths.
    pub presets: BTreeMap<String, Arc<Gateway>>,
    /// What the presets were read from.
    preset_files: Vec<PathBuf>,
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
    /// The file of `REWRITE_SYSTEM_PROMPT` cannot be read.
    SystemPrompt {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// `PROXY_URL` is no proxy's.
    Proxy,
    /// The client of the upstreams cannot be set up.
    Upstream(UpstreamError),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetupError::Provider { name, reason } => write!(f, "the provider `{name}` cannot be used: {reason}"),
            SetupError::SystemPrompt { path, error } => {
                write!(f, "REWRITE_SYSTEM_PROMPT: {} cannot be read: {error}", path.display())
            }
            SetupError::Proxy => f.write_str("PROXY_URL is not the URL of a proxy: write `http://HOST:PORT`"),
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
        Self::after(config, None)
    }

    /// Resolves a configuration that takes the place of this one. Sessions are remembered, and providers that are the same
    /// go on with their connections, and with what is known of how they and their keys are doing.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn renewed(&self, config: &Config) -> Result<Self, SetupError> {
        Self::after(config, Some(self))
    }

    fn after(config: &Config, earlier: Option<&Self>) -> Result<Self, SetupError> {
        let names = spec_names();
        let mut clients = Clients::after(earlier.map(|earlier| &earlier.clients));
        let mut targets = Vec::new();
        for provider in config.providers.iter().filter(|provider| provider.enabled) {
            let spec = spec_and_options(provider, &names).0.and_then(|names| named(names.name));
            let spec = spec.unwrap_or(Provider::OpenaiCompatible);
            let handlings = Handlings::new(provider, spec.facts().name, &names);
            let variable = |name: &str| config.variable(name);
            let upstream = clients.of(config, provider)?;
            let mut target = Target::new(provider, spec, handlings, variable, upstream, config.breaker)?;
            target.on_loss = config.on_loss;
            for known in earlier.iter().flat_map(|earlier| &earlier.targets) {
                target.take_over(known, config.breaker, provider.limits);
            }
            targets.push(Arc::new(target));
        }
        let routing = Routing::new(config, &targets);
        let routing = match earlier {
            Some(earlier) => routing.after(&earlier.routing),
            None => routing,
        };
        let read = |path: &PathBuf| {
            SystemPrompt::read(path).map_err(|error| SetupError::SystemPrompt { path: path.clone(), error })
        };
        Ok(Self {
            targets,
            routing: Arc::new(routing),
            access: Access::new(config).after(earlier.map(|earlier| &earlier.access)),
            redaction: Arc::new(Redaction::new(config)),
            prices: config.prices.clone(),
            system_prompt: config.rewrite_system_prompt.as_ref().map(read).transpose()?,
            retry: config.retry,
            tokens: earlier.map_or_else(Arc::default, |earlier| earlier.tokens.clone()),
            #[cfg(feature = "custom-router")]
            script: config.custom_router_path.as_deref().and_then(|path| script(path, config)),
            speed: TokenSpeed::of(config, || clients.usual(config).ok()),
            clients,
            presets: BTreeMap::new(),
            preset_files: Vec::new(),
        })
    }

    /// What the model of a destination costs, if that is known: what the configuration says, else what the spec does.
    pub fn price(&self, destination: &Destination) -> Option<PriceConfig> {
        let configured = match self.prices.is_empty() {
            true => None,
            false => self.prices.get(&destination.name()).copied(),
        };
        configured.or_else(|| destination.target.spec.model(&destination.model)?.price)
    }

    /// Who listens to the answer of a session's request, if anybody wants to know how fast it comes.
    pub fn watch(&self, session: Option<&str>) -> Option<Watch> {
        Some(Watch::new(self.speed.clone()?, session?))
    }

    /// With the presets that are installed. One that cannot be used is logged and left out, for the others and the
    /// gateway itself are not worse for it.
    pub fn with_presets(self, presets: &Presets, config: &Config) -> Self {
        let (found, errors) = presets.all();
        errors.iter().for_each(|error| tracing::warn!(%error, "a preset is not served"));
        let gateway = |preset: &Preset| {
            let own = preset.config(|name| config.variable(name)).map_err(|error| error.to_string())?;
            let wrong = crate::routing::check(&own);
            if let Some(wrong) = wrong.first() {
                return Err(wrong.line());
            }
            let own = self.renewed(&own).map_err(|error| error.to_string())?;
            // Keys of either may stand in what is said to it.
            let redaction = Arc::new(self.redaction.as_ref().clone().with(&own.redaction));
            Ok::<_, String>(Self { redaction, ..own })
        };
        let mut served = BTreeMap::new();
        for preset in &found {
            match gateway(preset) {
                Ok(gateway) => _ = served.insert(preset.name.clone(), Arc::new(gateway)),
                Err(error) => tracing::warn!(preset = preset.name, error, "a preset is not served"),
            }
        }
        Self { presets: served, preset_files: presets.files().collect(), ..self }
    }

    /// The files that the settings name and that were read, and those of the presets with their folders.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let credentials = self.targets.iter().filter_map(|target| target.credentials.as_deref());
        let prompt = self.system_prompt.as_ref().map(SystemPrompt::path);
        #[cfg(feature = "custom-router")]
        let prompt = prompt.into_iter().chain(self.script.as_ref().map(Script::path));
        credentials.chain(prompt).chain(self.preset_files.iter().map(PathBuf::as_path))
    }
}

/// The module at a path. One that cannot be loaded is logged, and the usual routes decide: as in claude-code-router, a
/// slip in it does not stop the gateway.
#[cfg(feature = "custom-router")]
fn script(path: &str, config: &Config) -> Option<Script> {
    let loaded = Script::load(Path::new(path), &crate::script::shown(config));
    loaded
        .inspect_err(|error| tracing::error!(path, %error, "the custom router cannot be loaded, so it decides nothing"))
        .ok()
}

/// What the specs that are built in are known by.
pub fn spec_names() -> Vec<SpecNames> {
    let facts = Provider::ALL.iter().map(|provider| provider.facts());
    facts.map(SpecNames::of).collect()
}

fn named(name: &str) -> Option<Provider> {
    Provider::ALL.iter().copied().find(|provider| provider.facts().name == name)
}
