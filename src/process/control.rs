//! What a running service is told: to end, or to begin anew.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::live::Live;

/// How a service ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is gone.
    Stop,
    /// It begins anew in the same process, with its arguments and the configuration as it is then.
    Restart,
}

/// One service from its start to its end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    instance: String,
    started_at: Timestamp,
    wanted: watch::Sender<Wanted>,
    refused: AtomicU64,
    refusal: Mutex<Option<String>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    end: Option<End>,
    at_once: bool,
}

/// Restarts that were not made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Refused {
    /// How many.
    pub count: u64,
    /// Why the last was not.
    pub error: Option<String>,
}

impl Default for Control {
    fn default() -> Self {
        Self(Arc::new(Shared {
            instance: format!("{:016x}", fastrand::u64(..)),
            started_at: Timestamp::now(),
            wanted: watch::Sender::default(),
            refused: AtomicU64::new(0),
            refusal: Mutex::default(),
        }))
    }
}

impl Control {
    /// What tells this service from any other, and from itself after a restart.
    pub fn instance(&self) -> &str {
        &self.0.instance
    }

    /// When it was started, as a date and a time in UTC.
    pub fn started_at(&self) -> String {
        format!("{:.0}", self.0.started_at)
    }

    /// Tells it to end. Who says so a second time does not want to wait for running answers.
    pub fn stop(&self) {
        self.0.wanted.send_modify(|wanted| match wanted.end {
            Some(End::Stop) => wanted.at_once = true,
            // Whoever wants it gone does not want it back.
            Some(End::Restart) | None => wanted.end = Some(End::Stop),
        });
    }

    /// Tells it to begin anew, unless it ends already.
    fn begin_anew(&self) {
        self.0.wanted.send_modify(|wanted| wanted.end = wanted.end.or(Some(End::Restart)));
    }

    /// Tells it to begin anew, if the configuration lets it. Reads files, so it is not for a thread that must not wait.
    ///
    /// # Errors
    /// Why it could not start; so it goes on as it is.
    pub fn restart(&self, live: &Live) -> Result<(), String> {
        match live.rehearse() {
            Ok(()) => {
                tracing::info!("a restart is asked for");
                self.begin_anew();
                Ok(())
            }
            Err(error) => {
                let error = error.to_string();
                error.lines().for_each(|line| tracing::error!("{line}"));
                tracing::error!("the service could not start with this configuration, so it is not restarted");
                *self.0.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
                self.0.refused.fetch_add(1, Ordering::Release);
                Err(error)
            }
        }
    }

    /// Restarts that were not made, if there were any.
    pub fn refused(&self) -> Option<Refused> {
        let count = self.0.refused.load(Ordering::Acquire);
        let error = || self.0.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (count > 0).then(|| Refused { count, error: error() })
    }

    /// How it is to end, as far as that is said.
    pub fn end(&self) -> Option<End> {
        self.0.wanted.borrow().end
    }

    /// Waits until it is to end.
    pub async fn ending(&self) -> End {
        let mut wanted = self.0.wanted.subscribe();
        let end = wanted.wait_for(|wanted| wanted.end.is_some()).await.map(|wanted| wanted.end);
        // The sender is in `self`, so something was said.
        end.ok().flatten().unwrap_or(End::Stop)
    }

    /// Waits until it is to end without waiting for anything.
    pub async fn at_once(&self) {
        let mut wanted = self.0.wanted.subscribe();
        let _ = wanted.wait_for(|wanted| wanted.at_once).await;
    }

    /// Hears the signals that service managers, terminals and `wireloom stop` send. Must be called within a runtime.
    pub fn hear_signals(&self, live: &Arc<Live>) {
        self.hear_interrupts();
        #[cfg(unix)]
        self.hear_others(live);
        #[cfg(not(unix))]
        let _ = live;
    }

    fn hear_interrupts(&self) {
        let control = self.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                control.stop();
            }
        });
    }

    #[cfg(unix)]
    fn hear_others(&self, live: &Arc<Live>) {
        use tokio::signal::unix::{SignalKind, signal};
        let (control, again, live) = (self.clone(), self.clone(), live.clone());
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::spawn(async move {
                    while terminate.recv().await.is_some() {
                        control.stop();
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "SIGTERM is not heard"),
        }
        match signal(SignalKind::user_defined2()) {
            Ok(mut restart) => {
                tokio::spawn(async move {
                    while restart.recv().await.is_some() {
                        let (control, live) = (again.clone(), live.clone());
                        // What became of it is logged, and told by `/health`.
                        let _ = tokio::task::spawn_blocking(move || control.restart(&live).is_ok()).await;
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "SIGUSR2 is not heard"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_says_stop_twice_does_not_want_to_wait() {
        let control = Control::default();
        assert_eq!(control.end(), None);
        control.stop();
        assert_eq!(control.ending().await, End::Stop);
        assert!(!control.0.wanted.borrow().at_once);
        control.stop();
        control.at_once().await;
    }

    #[tokio::test]
    async fn a_stop_counts_more_than_a_restart() {
        let control = Control::default();
        control.begin_anew();
        control.begin_anew();
        assert_eq!(control.ending().await, End::Restart);
        control.stop();
        assert_eq!((control.end(), control.0.wanted.borrow().at_once), (Some(End::Stop), false));
        control.begin_anew();
        assert_eq!(control.end(), Some(End::Stop));
    }
}
