//! All that a configuration says.

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::{
    BreakerConfig, CorsConfig, FallbackConfig, GlobalTransformer, KeyConfig, LogLevel, OtlpConfig, PluginConfig,
    Prices, ProviderConfig, RecordsConfig, RetryConfig, RouterConfig, RuleConfig, Secret, ServiceLimits,
    StatusLineConfig,
    kind::{Listed, Switch, Whole, YEAR, listed, maybe_secret, maybe_text, switch, whole},
    log_level,
};

/// What the gateway is told to do: wireloom's configuration, which is claude-code-router's with additions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(title = "wireloom configuration", extend("errorMessage" = "expected an object"))]
pub struct Config {
    /// The address or name to listen on. On any but this machine's own, `APIKEY` or `keys` is needed.
    #[serde(rename = "HOST", deserialize_with = "host")]
    #[schemars(extend("errorMessage" = "expected an address", "examples" = ["127.0.0.1", "0.0.0.0"]))]
    pub host: String,
    /// The port to listen on; 0 leaves the choice to the system.
    #[serde(rename = "PORT", deserialize_with = "whole")]
    #[schemars(with = "Whole<0, 65535>")]
    pub port: u16,
    /// The key that clients must show, if they must show one.
    #[serde(rename = "APIKEY", deserialize_with = "maybe_secret")]
    #[schemars(with = "Secret", extend("examples" = ["$WIRELOOM_KEY"]))]
    pub api_key: Option<Secret>,
    /// Further keys for clients, each with a name of its own.
    #[schemars(extend("errorMessage" = "expected a list of keys"))]
    pub keys: Vec<KeyConfig>,
    /// Names by which clients reach the service, beside this machine's own: a list, or one text with commas.
    #[serde(deserialize_with = "listed")]
    #[schemars(with = "Listed", extend("default" = [], "examples" = [["gateway.example"]]))]
    pub hosts: Vec<String>,
    /// Which web pages may use the service.
    pub cors: CorsConfig,
    /// How much the service takes.
    pub limits: ServiceLimits,
    /// What is recorded of requests.
    pub records: RecordsConfig,
    /// Where traces and metrics are sent.
    pub otlp: OtlpConfig,
    /// The services that have models.
    #[serde(rename = "Providers")]
    #[schemars(extend("errorMessage" = "expected a list of providers"))]
    pub providers: Vec<ProviderConfig>,
    /// Where requests go, by what they are.
    #[serde(rename = "Router")]
    pub router: RouterConfig,
    /// What is tried when that fails.
    pub fallback: FallbackConfig,
    /// Rules of your own, before all others: the first whose condition holds says where a request goes.
    #[schemars(extend("errorMessage" = "expected a list of rules"))]
    pub rules: Vec<RuleConfig>,
    /// How failed calls are made again.
    pub retry: RetryConfig,
    /// When a failing provider is left alone.
    pub breaker: BreakerConfig,
    /// What models cost, by `provider,model`.
    #[schemars(extend("errorMessage" = "expected an object of prices by `provider,model`"))]
    pub prices: Prices,
    /// What becomes of a request with something that the provider's API has no place for.
    pub on_loss: OnLoss,
    /// How long a request may take until its answer begins, in milliseconds.
    #[serde(rename = "API_TIMEOUT_MS", deserialize_with = "milliseconds")]
    #[schemars(with = "Whole<1, YEAR>", extend("default" = 600_000))]
    pub api_timeout: Duration,
    /// The proxy for calls to providers: an `http`, `https`, `socks5` or `socks5h` URL.
    #[serde(rename = "PROXY_URL", deserialize_with = "maybe_secret")]
    #[schemars(with = "Secret", extend("errorMessage" = "expected a URL", "examples" = ["http://127.0.0.1:7890"]))]
    pub proxy_url: Option<Secret>,
    /// Hosts that are called without the proxy: names, `.domain`, addresses; a list, or one text with commas.
    #[serde(rename = "NO_PROXY", deserialize_with = "listed")]
    #[schemars(with = "Listed", extend("default" = [], "examples" = ["localhost,.internal"]))]
    pub no_proxy: Vec<String>,
    /// Whether a log is written.
    #[serde(rename = "LOG", deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = true))]
    pub log: bool,
    /// How much is logged: what is as grave as this, and graver.
    #[serde(rename = "LOG_LEVEL", deserialize_with = "log_level::maybe")]
    #[schemars(with = "LogLevel")]
    pub log_level: Option<LogLevel>,
    /// The file that is logged to beside the standard error: a bare name is one in `~/.wireloom/logs`.
    #[serde(rename = "LOG_FILE", deserialize_with = "maybe_text")]
    #[schemars(with = "String", extend("errorMessage" = "expected a path"))]
    pub log_file: Option<String>,
    /// A file that decides where requests go before anything else does.
    #[serde(rename = "CUSTOM_ROUTER_PATH", deserialize_with = "maybe_text")]
    #[schemars(with = "String", extend("errorMessage" = "expected a path"))]
    pub custom_router_path: Option<String>,
    /// A file whose text stands in place of the clients' instructions, up to what they say of the environment.
    #[serde(rename = "REWRITE_SYSTEM_PROMPT", deserialize_with = "maybe_path")]
    #[schemars(with = "String", extend("errorMessage" = "expected a path"))]
    pub rewrite_system_prompt: Option<PathBuf>,
    /// Whether requests that show an image stay with their model, which asks the one of `Router.image` what is on it; else
    /// they go to that one.
    #[serde(rename = "forceUseImageAgent", deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = false))]
    pub image_agent: bool,
    /// Transformers for many providers or models at once.
    #[schemars(extend("errorMessage" = "expected a list of transformers"))]
    pub transformers: Vec<GlobalTransformer>,
    /// What else the gateway does while it serves.
    #[schemars(extend("errorMessage" = "expected a list of plugins"))]
    pub plugins: Vec<PluginConfig>,
    /// The line that Claude Code shows below its prompt.
    #[serde(rename = "StatusLine")]
    pub status_line: Option<StatusLineConfig>,
    /// Whether Claude Code is started for a machine, as in CI, and not for a person.
    #[serde(rename = "NON_INTERACTIVE_MODE", deserialize_with = "switch")]
    #[schemars(with = "Switch", extend("default" = false))]
    pub non_interactive: bool,
    /// The program that is Claude Code; `claude` if it is missing.
    #[serde(rename = "CLAUDE_PATH", deserialize_with = "maybe_text")]
    #[schemars(with = "String", extend("errorMessage" = "expected a path"))]
    pub claude_path: Option<String>,
    /// What the file says in place of environment variables.
    #[serde(skip)]
    pub variables: Vec<(String, Secret)>,
    /// Variables that the process's environment lacks: those of the `.env` beside the file.
    #[serde(skip)]
    pub environment: Vec<(String, Secret)>,
}

/// What becomes of a request with something that the provider's API has no place for (`on_loss`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnLoss {
    /// It is sent without that, and the answer's header `x-wireloom-losses` tells of it.
    #[default]
    Tell,
    /// It is refused.
    Refuse,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 3456,
            api_key: None,
            keys: Vec::new(),
            hosts: Vec::new(),
            cors: CorsConfig::default(),
            limits: ServiceLimits::default(),
            records: RecordsConfig::default(),
            otlp: OtlpConfig::default(),
            providers: Vec::new(),
            router: RouterConfig::default(),
            fallback: FallbackConfig::default(),
            rules: Vec::new(),
            retry: RetryConfig::default(),
            breaker: BreakerConfig::default(),
            prices: Prices::new(),
            on_loss: OnLoss::default(),
            api_timeout: Duration::from_secs(600),
            proxy_url: None,
            no_proxy: Vec::new(),
            log: true,
            log_level: None,
            log_file: None,
            custom_router_path: None,
            rewrite_system_prompt: None,
            image_agent: false,
            transformers: Vec::new(),
            plugins: Vec::new(),
            status_line: None,
            non_interactive: false,
            claude_path: None,
            variables: Vec::new(),
            environment: Vec::new(),
        }
    }
}

impl Config {
    /// Whether clients must show a key.
    pub fn needs_key(&self) -> bool {
        self.api_key.is_some() || !self.keys.is_empty()
    }

    /// A variable of the environment, or what the file says in its place.
    pub fn variable(&self, name: &str) -> Option<String> {
        let own = self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.reveal().to_owned());
        let beside = || self.environment.iter().find(|(known, _)| known == name);
        own.or_else(|| std::env::var(name).ok()).or_else(|| beside().map(|(_, value)| value.reveal().to_owned()))
    }

    /// The provider of a name, in whatever case.
    pub fn provider(&self, name: &str) -> Option<&ProviderConfig> {
        let exact = self.providers.iter().find(|provider| provider.name == name);
        exact.or_else(|| self.providers.iter().find(|provider| provider.name.eq_ignore_ascii_case(name)))
    }
}

pub(super) fn maybe_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    Ok(maybe_text(deserializer)?.map(PathBuf::from))
}

/// An address; an empty one is this machine's own.
fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(maybe_text(deserializer)?.map_or_else(|| Config::default().host, |host| bare_host(&host).to_owned()))
}

/// In URLs an IPv6 address stands in brackets, and nowhere else.
pub(super) fn bare_host(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    whole(deserializer).map(Duration::from_millis)
}
