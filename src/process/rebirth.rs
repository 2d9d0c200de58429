//! Beginning anew in the same process: another program image, with the same number, arguments and environment. Whoever
//! supervises the process sees that it goes on.

use std::{
    convert::Infallible,
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use super::listener::{Giver, HANDED};

/// The program of this process. Once another file has taken its place, the system no longer tells where it was.
///
/// # Errors
/// What the system says.
pub fn program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Begins anew: the program is started in place of itself, with the socket that it listens on.
///
/// # Errors
/// The program cannot be started. Else it does not come back.
#[cfg(unix)]
pub fn begin_anew(program: &Path, socket: Option<(TcpListener, Giver)>) -> io::Result<Infallible> {
    use std::os::{fd::OwnedFd, unix::process::CommandExt};
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).env_remove(HANDED);
    if let Some((listener, giver)) = socket {
        command.env(HANDED, giver.name()).stdin(OwnedFd::from(listener));
    }
    Err(command.exec())
}

/// Begins anew, in a process of its own: here there is no other way.
///
/// # Errors
/// The program cannot be started. Else it does not come back.
#[cfg(not(unix))]
pub fn begin_anew(program: &Path, socket: Option<(TcpListener, Giver)>) -> io::Result<Infallible> {
    drop(socket);
    Command::new(program).args(std::env::args_os().skip(1)).env_remove(HANDED).spawn()?;
    std::process::exit(0)
}
