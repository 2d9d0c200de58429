//! The configuration: claude-code-router's file, read unchanged.
//!
//! Keys that claude-code-router knows and this version does not act on are accepted, with a warning where someone
//! would miss their effect. Strings are completed from the environment wherever they stand.

mod access;
mod digest;
mod log_level;
mod mask;
mod observation;
mod provider;
mod reader;
mod reliability;
mod route;
mod routing;
mod secret;
mod section;
mod token;
mod variable;

use std::{net::IpAddr, sync::Arc, time::Duration};

pub use access::{CorsConfig, KeyConfig, Origin, Scope, ServiceLimits};
pub use digest::Digest;
pub use log_level::LogLevel;
pub use observation::RecordsConfig;
pub use provider::{ProviderConfig, TransformerUse};
pub use reliability::{BreakerConfig, LimitsConfig, RetryConfig, TimeoutsConfig};
pub use route::Route;
pub use routing::{FallbackConfig, PriceConfig, Prices, RouterConfig, RuleConfig};
pub use secret::Secret;

use self::{
    provider::Declared,
    reader::{Reader, given, is_idle, opening, unknown_key, warning},
    section::section,
};
use crate::{
    diagnostic::Diagnostic,
    document::{self, Node, Source, Value},
};

/// The keys that are read.
const KEYS: [&str; 20] = [
    "Providers",
    "providers",
    "Router",
    "fallback",
    "rules",
    "retry",
    "breaker",
    "prices",
    "HOST",
    "PORT",
    "APIKEY",
    "API_TIMEOUT_MS",
    "LOG_LEVEL",
    "LOG",
    "LOG_FILE",
    "keys",
    "hosts",
    "cors",
    "limits",
    "records",
];

/// The keys that are accepted in silence: they have no effect, and nobody would miss it.
const SILENT: [&str; 3] = ["$schema", "NON_INTERACTIVE_MODE", "CLAUDE_PATH"];

/// The keys that are accepted with a warning.
const WITHOUT_EFFECT: [&str; 11] = [
    "PROXY_URL",
    "HTTPS_PROXY",
    "https_proxy",
    "httpsProxy",
    "CUSTOM_ROUTER_PATH",
    "REWRITE_SYSTEM_PROMPT",
    "forceUseImageAgent",
    "transformers",
    "plugins",
    "Plugins",
    "StatusLine",
];

/// The keys that stand for environment variables which providers ask for.
const VARIABLES: [&str; 3] = ["GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS"];

/// What the gateway is told to do.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address or name to listen on.
    pub host: String,
    /// The port to listen on; 0 leaves the choice to the system.
    pub port: u16,
    /// The key that clients must show, if they must show one.
    pub api_key: Option<Secret>,
    /// Further keys, with names.
    pub keys: Vec<KeyConfig>,
    /// Names by which clients may reach the service, beside those of this machine itself.
    pub hosts: Vec<String>,
    /// Which web pages may use it.
    pub cors: CorsConfig,
    /// How much it takes.
    pub limits: ServiceLimits,
    /// What is recorded of requests.
    pub records: RecordsConfig,
    /// The services that have models, in the order of the file.
    pub providers: Vec<ProviderConfig>,
    /// Where requests go, by what they are.
    pub router: RouterConfig,
    /// What is tried when that fails.
    pub fallback: FallbackConfig,
    /// The user's own rules, in their order.
    pub rules: Vec<RuleConfig>,
    /// How failed calls are made again.
    pub retry: RetryConfig,
    /// When a failing provider is left alone.
    pub breaker: BreakerConfig,
    /// What models cost.
    pub prices: Prices,
    /// How long a request may take.
    pub api_timeout: Duration,
    /// How much is logged, if the file says so.
    pub log_level: Option<LogLevel>,
    /// Whether anything is logged.
    pub log: bool,
    /// The file that is logged to, if the file says so.
    pub log_file: Option<String>,
    /// What the file says in place of environment variables.
    pub variables: Vec<(&'static str, Secret)>,
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
            providers: Vec::new(),
            router: RouterConfig::default(),
            fallback: FallbackConfig::default(),
            rules: Vec::new(),
            retry: RetryConfig::default(),
            breaker: BreakerConfig::default(),
            prices: Prices::new(),
            api_timeout: Duration::from_secs(600),
            log_level: None,
            log: true,
            log_file: None,
            variables: Vec::new(),
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
        let own = self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.reveal().to_owned());
        own.or_else(|| std::env::var(name).ok())
    }

    /// The provider of a name, in whatever case.
    pub fn provider(&self, name: &str) -> Option<&ProviderConfig> {
        let exact = self.providers.iter().find(|provider| provider.name == name);
        exact.or_else(|| self.providers.iter().find(|provider| provider.name.eq_ignore_ascii_case(name)))
    }
}

/// Reads a configuration, with `variable` as the environment.
///
/// Returns it with warnings, or all mistakes at once together with the warnings. The excerpts that diagnostics show
/// have stars in place of secrets.
pub fn read(
    source: &Arc<Source>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
    let hidden = |text| Arc::new(Source { path: source.path.clone(), text });
    let mut root = document::parse(source).map_err(|mut mistakes| {
        let broken = mistakes.iter().any(|mistake| mistake.code == "J001");
        let text = if broken { mask::mask_broken(&source.text, is_known) } else { mask::mask(&source.text) };
        let masked = hidden(text);
        mistakes.iter_mut().for_each(|mistake| mistake.origin.source = masked.clone());
        mistakes
    })?;
    let masked = hidden(mask::mask(&source.text));
    let mut mistakes = Vec::new();
    let incomplete = variable::complete(&mut root, &masked, &variable, &mut mistakes);
    let mut reader = Reader::new(mistakes, incomplete);
    let config = read_config(&root, &mut reader);
    reader.finish(config)
}

/// Whether a word is a key, and so not a secret.
fn is_known(word: &str) -> bool {
    let top = KEYS.iter().chain(&SILENT).chain(&WITHOUT_EFFECT).chain(&VARIABLES);
    top.chain(&provider::KEYS).chain(&route::KEYS).any(|key| *key == word)
}

fn read_config(root: &Node, reader: &mut Reader) -> Config {
    for entry in reader.entries(root, "an object") {
        let key = entry.key.as_str();
        if WITHOUT_EFFECT.contains(&key) {
            if !is_idle(&entry.node.value) {
                reader.no_effect(&entry.at, &format!("`{key}`"));
            }
        } else if !KEYS.contains(&key) && !SILENT.contains(&key) && !VARIABLES.contains(&key) {
            let valid = KEYS.into_iter().chain(SILENT).chain(WITHOUT_EFFECT).chain(VARIABLES);
            let mistake = unknown_key("C102", entry, "the configuration");
            reader.tell(mistake.help("set it in the environment if something else reads it there").nearest(key, valid));
        }
    }
    let default = Config::default();
    let (providers, declared) = read_providers(root, reader);
    Config {
        host: read_host(root, reader).unwrap_or(default.host),
        port: read_port(root, reader).unwrap_or(default.port),
        api_key: read_api_key(root, reader),
        keys: access::read_keys(root, reader),
        hosts: section(root, "hosts", reader),
        cors: section(root, "cors", reader),
        limits: section(root, "limits", reader),
        records: section(root, "records", reader),
        router: route::read(root, &declared, reader),
        fallback: section(root, "fallback", reader),
        rules: section(root, "rules", reader),
        retry: section(root, "retry", reader),
        breaker: section(root, "breaker", reader),
        prices: section(root, "prices", reader),
        providers,
        api_timeout: read_timeout(root, reader).unwrap_or(default.api_timeout),
        log_level: given(root, "LOG_LEVEL").and_then(|level| log_level::read(level, reader)),
        log: given(root, "LOG").is_none_or(|log| !is_false(log)),
        log_file: given(root, "LOG_FILE").and_then(|file| read_log_file(file, reader)),
        variables: read_variables(root, reader),
    }
}

fn read_variables(root: &Node, reader: &mut Reader) -> Vec<(&'static str, Secret)> {
    let said = VARIABLES.into_iter().filter_map(|name| Some((name, reader.text(given(root, name)?, "a text")?)));
    said.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, Secret::new(value))).collect()
}

fn read_providers(root: &Node, reader: &mut Reader) -> (Vec<ProviderConfig>, Declared) {
    let (first, second) = (given(root, "Providers"), given(root, "providers"));
    if let (Some(_), Some(second)) = (first, second) {
        let mistake = warning("C105", &second.origin, "`providers` has no effect beside `Providers`");
        reader.tell(mistake.label("is ignored").help("keep one of the two"));
    }
    let list = first.or(second);
    let (providers, declared) = list.map(|list| provider::read_all(list, reader)).unwrap_or_default();
    let none = declared.is_complete() && declared.names().next().is_none();
    if none && matches!(root.value, Value::Object(_)) {
        let at = opening(list.unwrap_or(root));
        let mistake = warning("C106", &at, "there are no providers, so no request can be answered");
        reader.tell(mistake.label("expected a provider in `Providers`"));
    }
    (providers, declared)
}

/// Reads `HOST`, and tells if others than this machine could come in without a key.
fn read_host(root: &Node, reader: &mut Reader) -> Option<String> {
    let node = given(root, "HOST")?;
    let host = reader.text(node, "an address")?.trim();
    // In URLs an IPv6 address stands in brackets, and nowhere else.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    // A key that cannot be read is another mistake than none, and has been told of.
    let keyless = given(root, "APIKEY").is_none_or(|key| key.text().is_some_and(|key| key.trim().is_empty()))
        && given(root, "keys").is_none_or(|keys| is_idle(&keys.value));
    if keyless && !host.is_empty() && !is_loopback(host) {
        let message = "without `APIKEY` everyone who reaches this address can spend your providers' keys";
        let mistake = Diagnostic::error("C012", &node.origin, message).label("others than this machine reach it");
        reader.tell(mistake.help("set `APIKEY` or `keys`, or set `HOST` to \"127.0.0.1\""));
    }
    (!host.is_empty()).then(|| host.to_owned())
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn read_port(root: &Node, reader: &mut Reader) -> Option<u16> {
    let number = reader.number(given(root, "PORT")?, "`PORT`", 0..1 << 16)?;
    u16::try_from(number).ok()
}

fn read_api_key(root: &Node, reader: &mut Reader) -> Option<Secret> {
    let key = reader.text(given(root, "APIKEY")?, "a key")?.trim();
    (!key.is_empty()).then(|| Secret::new(key))
}

/// `LOG_FILE`; claude-code-router's default says nothing.
fn read_log_file(node: &Node, reader: &mut Reader) -> Option<String> {
    let file = reader.text(node, "a file's name")?.trim();
    (!file.is_empty()).then(|| file.to_owned())
}

/// Whether a switch is off; a word counts, because a variable's value is one.
fn is_false(node: &Node) -> bool {
    matches!(node.value, Value::Bool(false))
        || node.text().is_some_and(|word| word.trim().eq_ignore_ascii_case("false"))
}

fn read_timeout(root: &Node, reader: &mut Reader) -> Option<Duration> {
    /// A year, in milliseconds: some write a number that means forever, and clocks overflow.
    const LONGEST: u64 = 365 * 24 * 60 * 60 * 1000;
    let number = reader.number(given(root, "API_TIMEOUT_MS")?, "`API_TIMEOUT_MS`", 1..LONGEST + 1)?;
    Some(Duration::from_millis(number))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        let source = Arc::new(Source { path: "config".into(), text: text.into() });
        read(&source, |name| (name == "PORT").then(|| "4000".into())).unwrap().0
    }

    #[test]
    fn an_empty_file_has_the_defaults() {
        let config = config("{ HOST: '', PORT: null, APIKEY: '', Router: { default: '' } }");
        assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 3456));
        assert_eq!(config.api_timeout, Duration::from_millis(600_000));
        assert!(config.api_key.is_none() && config.router.default.is_none() && config.log_level.is_none());
    }

    #[test]
    fn values_arrive() {
        let config = config(
            "{ HOST: '[::1]', PORT: '$PORT', APIKEY: ' k\n', API_TIMEOUT_MS: 9e5, LOG_LEVEL: 'fatal',
               providers: [{ name: 'Hub', api_base_url: 'https://H.example:8443/v1/', api_key: 'p', models: ['a'],
                             transformer: { use: ['x', ['y', { z: 1 }]] } }],
               Router: { default: 'hub,b,c' } }",
        );
        assert_eq!((config.host.as_str(), config.port), ("::1", 4000));
        assert!(config.api_key.is_some_and(|key| key.matches("k")));
        assert_eq!(config.api_timeout, Duration::from_secs(900));
        assert_eq!(config.log_level, Some(LogLevel::Error));
        assert_eq!(config.router.default, Some(Route { provider: "Hub".into(), model: "b,c".into() }));
        let provider = &config.providers[0];
        assert_eq!(
            (provider.api_base_url.as_deref(), provider.host.as_str()),
            (Some("https://H.example:8443/v1/"), "h.example")
        );
        assert_eq!((provider.api_key.reveal(), provider.models.as_slice()), ("p", ["a".to_owned()].as_slice()));
        let uses: Vec<_> = provider.transformers.iter().map(|one| (one.name.as_str(), one.options.clone())).collect();
        assert_eq!(uses, [("x", None), ("y", Some(serde_json::json!({ "z": 1 })))]);
    }

    #[test]
    fn only_this_machine_comes_in_without_a_key() {
        for host in ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example", "example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
