//! Running the gateway: from a loaded configuration to a service that stops when it is told to.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

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
    process::{
        control::{Control, End},
        listener::{Giver, Handed},
        notify,
    },
    records::Records,
    server,
};

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

/// A service that takes requests.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Where.
    pub address: SocketAddr,
    /// Its configuration's file, unless that is built in.
    pub config: Option<PathBuf>,
    /// How long it lets running answers finish when it is told to end, in seconds.
    pub shutdown_seconds: u32,
    /// What it is told, and what tells it from others.
    pub control: Control,
}

/// What a service leaves.
#[derive(Debug)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// The wish to begin anew, and the socket that it listens on, at which clients wait by now.
    Wish(Option<(TcpListener, Giver)>),
}

/// Runs until it is told to end. Host and port, where `given`, stand in place of the configured ones; `handed` is a socket
/// that the process was handed. `logs` is the log that runs already, and `extension` is code of one's own,
/// `Wireloom::new()` where there is none. `ready` is told once requests are taken.
///
/// # Errors
/// Why the service cannot run.
pub async fn run(
    loaded: Loaded,
    given: (Option<String>, Option<u16>),
    handed: Option<Handed>,
    logs: Logs,
    extension: impl Extension,
    ready: impl FnOnce(&Serving),
) -> Result<Left, ServiceError> {
    let (path, mut config) = match loaded {
        Loaded::File { path, config, .. } => (Some(path), config),
        Loaded::BuiltIn { config, .. } => (None, config),
        Loaded::Demo => (None, embedded(demo::serve().await.map_err(ServiceError::Demo)?)),
    };
    config.host = given.0.clone().unwrap_or(config.host);
    config.port = given.1.unwrap_or(config.port);
    let wanted = address(&config).await?;
    let handed = match handed {
        Some(handed) if !handed.fits(wanted) => {
            handed.close();
            None
        }
        handed => handed,
    };
    let giver = handed.as_ref().map_or(Giver::Itself, |handed| handed.giver);
    let failed = |error| ServiceError::Bind { address: wanted, error };
    let address = handed.as_ref().map_or(Ok(wanted), |handed| handed.listener.local_addr()).map_err(failed)?;
    if !config.needs_key() && !address.ip().is_loopback() {
        return Err(ServiceError::Open { address });
    }
    let gateway = Gateway::new(&config).map_err(ServiceError::Setup)?.with_presets(&Presets::of_user(), &config);
    let records = Records::start(&config.records, &config.otlp);
    let listener = listen(address, handed).await.map_err(failed)?;
    let address = listener.local_addr().unwrap_or(address);
    let origin = Origin::new(path.clone(), given, address, giver == Giver::Manager, &config);
    let live = Arc::new(Live::new(gateway, origin, logs.clone()));
    let seen = Observability { logs: logs.clone(), records: records.clone() };
    let control = Control::default();
    let socket = socket2::SockRef::from(&listener).try_clone();
    let bound = server::on(listener, live.clone(), extension, &config.limits, seen, control.clone()).map_err(failed)?;
    watch(&live);
    control.hear_signals(&live);
    let shutdown_seconds = config.limits.shutdown_seconds;
    ready(&Serving { address, config: path, shutdown_seconds, control: control.clone() });
    notify::ready(&format!("listens on http://{address}"));
    notify::watch();
    // Who listens to the log would listen for as long as answers may take.
    bound.serve(Duration::from_secs(shutdown_seconds.into()), move || logs.end()).await;
    // What has just ended may still be writing its record.
    let end = tokio::time::Instant::now() + LAST_RECORDS;
    while records.metrics().in_flight.get() > 0 && tokio::time::Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    records.flush();
    Ok(match control.end() {
        Some(End::Restart) => Left::Wish(socket.ok().map(|socket| (socket.into(), giver))),
        Some(End::Stop) | None => {
            // One that has begun anew has it as its standard input, too, until the process is gone.
            if let (Giver::Itself, Ok(socket)) = (giver, socket) {
                Handed { listener: socket.into(), giver }.close();
            }
            Left::Nothing
        }
    })
}

/// Listens at an address, or at the socket that was handed down.
async fn listen(address: SocketAddr, handed: Option<Handed>) -> io::Result<tokio::net::TcpListener> {
    match handed {
        Some(handed) => {
            handed.listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(handed.listener)
        }
        None => tokio::net::TcpListener::bind(address).await,
    }
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
