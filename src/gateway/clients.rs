//! The clients of the upstreams: one for each way to the network.

use std::time::Duration;

use wireloom_schema::config::{Config, ProviderConfig};

use crate::upstream::{Proxies, Timeouts, Upstream};

use super::SetupError;

/// The clients that there are. Providers that are reached alike share one, with its connections.
#[derive(Debug, Default)]
pub(super) struct Clients {
    known: Vec<(Proxies, Duration, Upstream)>,
    /// Those of an earlier configuration, which are taken over if they are still asked for.
    earlier: Vec<(Proxies, Duration, Upstream)>,
}

/// The proxy of all providers that have none of their own.
fn usual_proxies(config: &Config) -> Result<Proxies, SetupError> {
    let Some(url) = config.proxy_url.as_ref().map(|url| url.reveal().trim()).filter(|url| !url.is_empty()) else {
        return Ok(Proxies::System);
    };
    let of_environment = || ["NO_PROXY", "no_proxy"].iter().find_map(|name| config.variable(name)).unwrap_or_default();
    let except = if config.no_proxy.is_empty() { of_environment() } else { config.no_proxy.join(",") };
    Proxies::elsewhere(url, &except).ok_or(SetupError::Proxy)
}

impl Clients {
    /// None yet.
    pub(super) fn after(earlier: Option<&Self>) -> Self {
        Self { known: Vec::new(), earlier: earlier.map(|earlier| earlier.known.clone()).unwrap_or_default() }
    }

    /// The client for what is no provider's.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub(super) fn usual(&self, config: &Config) -> Result<Upstream, SetupError> {
        let proxies = usual_proxies(config)?;
        match self.known.iter().find(|known| known.0 == proxies) {
            Some((.., client)) => Ok(client.clone()),
            None => Upstream::through(&proxies, Timeouts::default()).map_err(SetupError::Upstream),
        }
    }

    /// The client of a provider.
    ///
    /// # Errors
    /// A proxy that is not one, or encryption that cannot be set up.
    pub(super) fn of(&mut self, config: &Config, provider: &ProviderConfig) -> Result<Upstream, SetupError> {
        let usual = Timeouts { first_byte: config.api_timeout, ..Timeouts::default() };
        let or = |given: Option<u64>, usual| given.map_or(usual, Duration::from_millis);
        let timeouts = Timeouts {
            connect: or(provider.timeouts.connect_ms, usual.connect),
            first_byte: or(provider.timeouts.first_byte_ms, usual.first_byte),
            idle: or(provider.timeouts.idle_ms, usual.idle),
        };
        let proxies = match provider.proxy.as_ref().map(|proxy| proxy.reveal().trim()) {
            None | Some("") => usual_proxies(config)?,
            Some(word) if word.eq_ignore_ascii_case("direct") => Proxies::None,
            Some(url) => {
                let name = provider.name.clone();
                let reason = "its `proxy` is neither `direct` nor the URL of a proxy".to_owned();
                Proxies::always(url).ok_or(SetupError::Provider { name, reason })?
            }
        };
        let is_it = |known: &&(Proxies, Duration, Upstream)| known.0 == proxies && known.1 == timeouts.connect;
        if let Some((.., client)) = self.known.iter().find(is_it) {
            return Ok(client.with(timeouts));
        }
        let client = match self.earlier.iter().find(is_it) {
            Some((.., client)) => client.clone(),
            None => Upstream::through(&proxies, timeouts).map_err(SetupError::Upstream)?,
        };
        self.known.push((proxies, timeouts.connect, client.clone()));
        Ok(client.with(timeouts))
    }
}
