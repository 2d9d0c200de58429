//! Running the gateway: from a loaded configuration to a service that stops when it is told to.

use std::{fmt, net::SocketAddr, time::Duration};

use wireloom_schema::config::Config;

use crate::{
    config::Loaded,
    demo,
    gateway::{Gateway, SetupError},
    server,
};

/// How long running answers may take to finish once the service is told to stop.
const GRACE: Duration = Duration::from_secs(30);

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
    /// The built-in simulation cannot start.
    Demo(std::io::Error),
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServiceError::Setup(error) => error.fmt(f),
            ServiceError::Host { host, error } => write!(f, "HOST `{host}` is no address of this machine: {error}"),
            ServiceError::Bind { address, error } => {
                write!(f, "{address} cannot be listened on: {error}; is another service on this port? --port takes another")
            }
            ServiceError::Demo(error) => write!(f, "the built-in simulation cannot start: {error}"),
        }
    }
}

impl std::error::Error for ServiceError {}

/// Runs until an interrupt or a request to terminate. `ready` is told the address once requests are taken.
///
/// # Errors
/// Why the service cannot run.
pub async fn run(loaded: Loaded, ready: impl FnOnce(SocketAddr, &Config)) -> Result<(), ServiceError> {
    let config = match loaded {
        Loaded::File { config, .. } => config,
        Loaded::Demo(config) => {
            let simulation = demo::serve().await.map_err(ServiceError::Demo)?;
            demo::configured(config, simulation)
        }
    };
    let gateway = Gateway::new(&config).map_err(ServiceError::Setup)?;
    let address = address(&config).await?;
    let bound = server::bind(address, gateway).await.map_err(|error| ServiceError::Bind { address, error })?;
    ready(bound.address().unwrap_or(address), &config);
    bound.serve(stopped(), GRACE).await;
    Ok(())
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
