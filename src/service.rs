//! Running the gateway: from a loaded configuration to a service that stops when it is told to.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use wireloom_schema::{
    config::{Config, read},
    document::Source,
};

use crate::{
    config::Loaded,
    demo,
    extension::Extension,
    gateway::{Gateway, SetupError},
    live::{Live, Origin, watch},
    logs::Logs,
    observability::Observability,
    presets::Presets,
    records::Records,
    server,
};

/// How long running answers may take to finish once the service is told to stop.
const GRACE: Duration = Duration::from_secs(30);

/// How long the records of answers that were cut off are waited for.
const LAST_RECORDS: Duration = Duration::from_secs(1);

/// Why the service cannot run.
#[derive(Debug)]
pub enum ServiceError {
    /// The configuration cannot become a gateway.
    Setup(SetupError),
    /// The host cannot be resolved.
    Host {
        /// The configured host.
        host: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The address cannot be listened on.
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// Anyone could use the keys of the providers.
    Open {
        /// The address, which is not this machine's own.
        address: SocketAddr,
    },
    /// The built-in simulation cannot start.
    Demo(std::io::Error),
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServiceError::Setup(error) => error.fmt(f),
            ServiceError::Host { host, error } => write!(f, "HOST `{host}` is no address of this machine: {error}"),
            ServiceError::Bind { address, error } => {
                write!(
                    f,
                    "{address} cannot be listened on: {error}; is another service on this port? --port takes another"
                )
            }
            ServiceError::Open { address } => {
                write!(
                    f,
                    "{address} is reached from other machines, so clients must show a key: set APIKEY or `keys`, or listen on 127.0.0.1"
                )
            }
            ServiceError::Demo(error) => write!(f, "the built-in simulation cannot start: {error}"),
        }
    }
}

impl std::error::Error for ServiceError {}

/// The configuration that there is without one: the simulation alone. `ADDRESS` stands for where it is.
const EMBEDDED: &str = "{
  Providers: [{ name: 'demo', api_base_url: 'http://ADDRESS/v1/chat/completions', api_key: 'none', models: ['simulation'] }],
  Router: { default: 'demo,simulation' },
}";

/// Runs until an interrupt or a request to terminate. Host and port, where given, stand in place of the configured ones.
/// `logs` is the log that runs already, and `extension` is code of one's own, `Wireloom::new()` where there is none.
/// `ready` is told the address once requests are taken.
///
/// # Errors
/// Why the service cannot run.
pub async fn run(
    loaded: Loaded,
    host: Option<String>,
    port: Option<u16>,
    logs: Logs,
    extension: impl Extension,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServiceError> {
    let (path, mut config) = match loaded {
        Loaded::File { path, config, .. } => (Some(path), config),
        Loaded::BuiltIn { config, .. } => (None, config),
        Loaded::Demo => (None, embedded(demo::serve().await.map_err(ServiceError::Demo)?)),
    };
    let given = (host.clone(), port);
    config.host = host.unwrap_or(config.host);
    config.port = port.unwrap_or(config.port);
    let address = address(&config).await?;
    if !config.needs_key() && !address.ip().is_loopback() {
        return Err(ServiceError::Open { address });
    }
    let gateway = Gateway::new(&config).map_err(ServiceError::Setup)?.with_presets(&Presets::of_user(), &config);
    let records = Records::start(&config.records, &config.otlp);
    let live = Arc::new(Live::new(gateway, Origin::new(path, given, address, &config), logs.clone()));
    let seen = Observability { logs: logs.clone(), records: records.clone() };
    let bound = server::bind(address, live.clone(), extension, &config.limits, seen).await;
    let bound = bound.map_err(|error| ServiceError::Bind { address, error })?;
    watch(&live);
    ready(bound.address().unwrap_or(address));
    let stop = async move {
        stopped().await;
        // Who listens to the log would listen for as long as answers may take.
        logs.end();
    };
    bound.serve(stop, GRACE).await;
    // What has just ended may still be writing its record.
    let end = tokio::time::Instant::now() + LAST_RECORDS;
    while records.metrics().in_flight.get() > 0 && tokio::time::Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    records.flush();
    Ok(())
}

fn embedded(simulation: SocketAddr) -> Config {
    let text = EMBEDDED.replace("ADDRESS", &simulation.to_string());
    let source = Arc::new(Source { path: "the built-in configuration".into(), text });
    // A test reads it; should it fail all the same, nothing is configured, and requests are told so.
    read(&source, |_| None).map(|(config, _)| config).unwrap_or_default()
}

async fn address(config: &Config) -> Result<SocketAddr, ServiceError> {
    let fail = |error| ServiceError::Host { host: config.host.clone(), error };
    let mut found = tokio::net::lookup_host((config.host.as_str(), config.port)).await.map_err(fail)?;
    found.next().ok_or_else(|| fail(std::io::ErrorKind::NotFound.into()))
}

/// Comes true when the process is told to stop.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_configuration_routes_to_the_simulation() {
        let config = embedded(SocketAddr::from(([127, 0, 0, 1], 9)));
        assert_eq!(config.providers.len(), 1);
        assert_eq!(
            config.router.default.map(|route| (route.provider, route.model)),
            Some(("demo".into(), "simulation".into()))
        );
    }
}
