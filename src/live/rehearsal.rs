//! Whether the service could start again, before it ends.

use std::net::{TcpListener, ToSocketAddrs};

use super::{Live, ReloadError};
use crate::config::{self, Loaded};

impl Live {
    /// Reads the configuration as a start would, and changes nothing. Reads files and tries ports, so it is not for a
    /// thread that must not wait.
    ///
    /// # Errors
    /// Why a start would fail.
    pub fn rehearse(&self) -> Result<(), ReloadError> {
        let (path, given, address) = {
            let origin = self.origin();
            (origin.path.clone(), origin.given.clone(), origin.address)
        };
        let mut config = match config::load(path.as_deref()).map_err(ReloadError::Load)? {
            Loaded::File { config, .. } | Loaded::BuiltIn { config, .. } => config,
            Loaded::Demo => return Ok(()),
        };
        config.host = given.0.unwrap_or(config.host);
        config.port = given.1.unwrap_or(config.port);
        let failed = |error: std::io::Error| ReloadError::Listen(format!("{}:{}", config.host, config.port), error);
        let wanted = (config.host.as_str(), config.port).to_socket_addrs().map_err(failed)?.next();
        let wanted = wanted.ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))?;
        if !config.needs_key() && !wanted.ip().is_loopback() {
            return Err(ReloadError::Open(wanted));
        }
        let is_same = wanted.ip() == address.ip() && [0, address.port()].contains(&wanted.port());
        if !is_same && !self.is_handed_down() {
            TcpListener::bind(wanted).map_err(failed)?;
        }
        self.gateway().renewed(&config).map(|_| ()).map_err(ReloadError::Setup)
    }

    /// Whether the service listens where a service manager has it listen, whatever the configuration says.
    fn is_handed_down(&self) -> bool {
        self.origin().handed_down
    }
}
