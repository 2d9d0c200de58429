//! Starting a client, and being for its caller what the client itself would be: the same arguments, the same terminal, the same
//! signals, the same exit code. No shell stands between.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    process::{ExitCode, ExitStatus, Stdio},
};

use super::Environment;

/// What is started.
pub(crate) struct Launch<'l> {
    /// The program.
    pub(crate) program: &'l str,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// The variables that lead it.
    pub(crate) environment: &'l Environment,
    /// The variables that tell it that no person uses it, if none does: then it has no standard input either.
    pub(crate) machine: Option<&'l BTreeMap<String, String>>,
}

impl Launch<'_> {
    /// Starts it and waits for its end.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn run(self) -> io::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.wait()).map(code)
    }

    async fn wait(self) -> io::Result<ExitStatus> {
        let mut command = tokio::process::Command::new(self.program);
        command.args(self.arguments).envs(&self.environment.set);
        self.environment.unset.iter().for_each(|name| {
            command.env_remove(name);
        });
        if let Some(machine) = self.machine {
            command.envs(machine).stdin(Stdio::null());
        }
        // Before it is started, so that no signal is missed.
        #[cfg(unix)]
        let mut signals = unix::Signals::new()?;
        let mut child = command.spawn()?;
        #[cfg(unix)]
        let pid = child.id();
        loop {
            #[cfg(unix)]
            tokio::select! {
                status = child.wait() => return status,
                signal = signals.next() => unix::pass(signal, pid),
            }
            #[cfg(not(unix))]
            tokio::select! {
                status = child.wait() => return status,
                // The console tells the client, too, which decides what becomes of it.
                _ = tokio::signal::ctrl_c() => {}
            }
        }
    }
}

#[cfg(unix)]
mod unix {
    //! Signals that come while a client runs.

    use std::{future::pending, io};

    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    use crate::process::signal::{Signal, send};

    /// Those that would end this process.
    pub(super) struct Signals {
        terminate: Stream,
        hang_up: Stream,
        _by_keys: [Stream; 2],
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                hang_up: signal(SignalKind::hangup())?,
                // The terminal sends those to the client, too, which decides what becomes of it.
                _by_keys: [signal(SignalKind::interrupt())?, signal(SignalKind::quit())?],
            })
        }

        /// The next that has to be passed on.
        pub(super) async fn next(&mut self) -> Signal {
            tokio::select! {
                Some(()) = self.terminate.recv() => Signal::Stop,
                Some(()) = self.hang_up.recv() => Signal::HangUp,
                else => pending().await,
            }
        }
    }

    /// Passes a signal on. A client that has ended meanwhile needs none.
    pub(super) fn pass(signal: Signal, pid: Option<u32>) {
        if let Some(pid) = pid {
            let _ = send(pid, signal);
        }
    }
}

/// The exit code of a process; for one that a signal has ended, as shells have it.
fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let by_signal = None;
    let code = status.code().or(by_signal).and_then(|code| u8::try_from(code & 0xff).ok());
    ExitCode::from(code.unwrap_or(1))
}
