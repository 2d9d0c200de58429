//! The service that a command is about: how it is named, found and told of.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

use clap::Args;
use wireloom_schema::config::Config;

use crate::process::{
    health::reached,
    pid_file::{Card, PidFile},
};

use super::Failure;

/// The exit code of `status` where nothing runs, as service managers have it.
pub(super) const NOT_RUNNING: u8 = 3;

/// Which service is meant.
#[derive(Args, Clone, Debug)]
pub(super) struct PidFileArgument {
    /// The file that tells of the service, where there is more than one
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,
}

impl PidFileArgument {
    /// The file that is meant.
    pub(super) fn file(&self) -> Result<PidFile, Failure> {
        let named = self.pid_file.as_deref().map(PidFile::at);
        named.or_else(PidFile::usual).ok_or_else(|| {
            Failure::Usage(
                "there is no home directory in which the service is found: set HOME, or give a --pid-file".into(),
            )
        })
    }
}

/// Where a service is, for people.
pub(super) fn told(card: &Card) -> String {
    let config = card.config.as_ref().map(|config| format!(", as {} says", config.display())).unwrap_or_default();
    format!("{} (pid {}){config}", url(card.address), card.pid)
}

/// Where clients on this machine reach a service.
pub(super) fn url(address: SocketAddr) -> String {
    format!("http://{}", reached(address))
}

/// Where a configuration has the service listen, as this machine reaches it; none, if its host is not to be found.
pub(super) fn configured(config: &Config) -> Option<SocketAddr> {
    (config.host.as_str(), config.port).to_socket_addrs().ok()?.next().map(reached)
}

/// Whether a service that listens at an address is where a configuration has it. Port 0 is any.
pub(super) fn is_wanted_at(config: &Config, address: SocketAddr) -> bool {
    let (here, wanted) = (reached(address), configured(config));
    wanted.is_some_and(|wanted| wanted.ip() == here.ip() && [0, here.port()].contains(&wanted.port()))
}
