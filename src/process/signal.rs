//! Signals to other processes.

use std::io;

/// What a process is told by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To end: `SIGTERM`.
    Stop,
    /// To begin anew: `SIGUSR2`.
    Restart,
    /// That its terminal is gone: `SIGHUP`.
    HangUp,
}

/// Sends a signal.
///
/// # Errors
/// There is no such process, or it is another user's.
#[cfg(unix)]
pub fn send(pid: u32, signal: Signal) -> io::Result<()> {
    use rustix::process::{Signal as Number, kill_process};
    let number = match signal {
        Signal::Stop => Number::TERM,
        Signal::Restart => Number::USR2,
        Signal::HangUp => Number::HUP,
    };
    Ok(kill_process(process(pid).ok_or(io::ErrorKind::NotFound)?, number)?)
}

/// Sends a signal.
///
/// # Errors
/// Always: there are none here.
#[cfg(not(unix))]
pub fn send(_pid: u32, _signal: Signal) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no signals: end the process by its number"))
}

/// Whether there is a process of that number.
#[cfg(unix)]
pub fn is_alive(pid: u32) -> bool {
    let asked = process(pid).map(rustix::process::test_kill_process);
    // One that is another user's is alive.
    asked.is_some_and(|asked| asked.is_ok() || asked == Err(rustix::io::Errno::PERM))
}

/// Whether there is a process of that number, as far as is known.
#[cfg(not(unix))]
pub fn is_alive(_pid: u32) -> bool {
    true
}

/// Leaves the terminal and its signals: the process leads a session of its own from now on.
pub fn leave_terminal() {
    // It fails where the process leads one already, as after a restart.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

#[cfg(unix)]
fn process(pid: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)
}
