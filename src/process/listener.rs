//! The socket that the service listens on: its own, or one that it was handed.
//!
//! A service manager hands sockets down as `LISTEN_FDS` says (systemd's socket activation). A service that begins anew in its
//! process hands its own one to itself as the standard input, so that no client is turned away meanwhile: those that
//! come wait until the next one takes them.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener},
};

/// What the standard input of a service that begins anew is.
pub(super) const HANDED: &str = "WIRELOOM_LISTENER";

/// A socket that was handed to the process.
#[derive(Debug)]
pub struct Handed {
    /// The socket, which listens already.
    pub listener: TcpListener,
    /// Whose it is.
    pub giver: Giver,
}

/// Who has handed a socket to the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// The service itself, before it began anew: it may listen elsewhere now.
    Itself,
    /// A service manager: it has the last word on where the service listens.
    Manager,
}

impl Giver {
    /// How it is called in the environment.
    pub(super) fn name(self) -> &'static str {
        match self {
            Giver::Itself => "itself",
            Giver::Manager => "manager",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Giver::Itself, Giver::Manager].into_iter().find(|giver| giver.name() == name)
    }
}

impl Handed {
    /// The socket that this process was handed, if it was handed one. Must be called before there are other threads, for
    /// it takes variables out of the environment.
    ///
    /// # Errors
    /// What was handed is no socket that listens for TCP connections, or it is more than one.
    pub fn take() -> io::Result<Option<Self>> {
        match std::env::var(HANDED).ok().as_deref().and_then(Giver::named) {
            Some(giver) => of_standard_input(giver),
            None => of_manager(),
        }
    }

    /// Whether it is what a service listens on that is to listen at an address: port 0 is any.
    pub fn fits(&self, wanted: SocketAddr) -> bool {
        let here = self.listener.local_addr();
        let is_there = |here: SocketAddr| here.ip() == wanted.ip() && [0, here.port()].contains(&wanted.port());
        self.giver == Giver::Manager || here.is_ok_and(is_there)
    }

    /// Listens no more: clients would connect and wait in vain, as long as the process has the socket in any place.
    pub fn close(self) {
        let _ = socket2::SockRef::from(&self.listener).shutdown(Shutdown::Both);
    }
}

#[cfg(unix)]
fn of_standard_input(giver: Giver) -> io::Result<Option<Handed>> {
    use std::os::fd::AsFd;
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    // The variable may have come from elsewhere, such as a shell that such a service has started.
    let listens = socket2::SockRef::from(&input).is_listener().unwrap_or(false);
    Ok(listens.then(|| Handed { listener: input.into(), giver }))
}

#[cfg(not(unix))]
fn of_standard_input(_giver: Giver) -> io::Result<Option<Handed>> {
    Ok(None)
}

#[cfg(unix)]
fn of_manager() -> io::Result<Option<Handed>> {
    let mut handed = listenfd::ListenFd::from_env();
    match handed.len() {
        0 => Ok(None),
        1 => {
            let listener = handed.take_tcp_listener(0)?;
            Ok(listener.map(|listener| Handed { listener, giver: Giver::Manager }))
        }
        many => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{many} sockets are handed down, and the service listens on one: name one ListenStream"),
        )),
    }
}

#[cfg(not(unix))]
fn of_manager() -> io::Result<Option<Handed>> {
    Ok(None)
}
