//! What a service manager hears of the service, in systemd's protocol: a datagram to the socket that `NOTIFY_SOCKET` names.
//! Without one, nobody is told.

/// It takes requests.
pub fn ready(status: &str) {
    #[cfg(unix)]
    tell(&[sd_notify::NotifyState::Ready, sd_notify::NotifyState::Status(status)]);
    #[cfg(not(unix))]
    let _ = status;
}

/// It reads its configuration, or begins anew; [`ready`] follows.
pub fn reloading() {
    #[cfg(unix)]
    if let Ok(now) = sd_notify::NotifyState::monotonic_usec_now() {
        tell(&[sd_notify::NotifyState::Reloading, now]);
    }
}

/// It ends, once running answers are finished.
pub fn stopping() {
    #[cfg(unix)]
    tell(&[sd_notify::NotifyState::Stopping, sd_notify::NotifyState::Status("running answers are finished")]);
}

/// Gives a sign of life as often as a service manager wants one, as long as work is done. Must be called within a runtime.
pub fn watch() {
    #[cfg(unix)]
    if let Some(limit) = sd_notify::watchdog_enabled() {
        tokio::spawn(async move {
            let mut beat = tokio::time::interval((limit / 3).max(std::time::Duration::from_millis(1)));
            loop {
                beat.tick().await;
                tell(&[sd_notify::NotifyState::Watchdog]);
            }
        });
    }
}

#[cfg(unix)]
fn tell(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager is not told");
    }
}
