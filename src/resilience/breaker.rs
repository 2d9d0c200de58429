//! Leaving a provider alone that keeps failing.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;
use wireloom_schema::config::BreakerConfig;

/// Opens after so many failures in a row; after some time lets one request try, and closes if that is answered.
#[derive(Debug)]
pub struct Breaker {
    most: u32,
    pause: Duration,
    /// Failures in a row.
    failures: AtomicU32,
    /// Whether nothing is wrong: all that is looked at before a usual call.
    closed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    /// Until then nothing is tried.
    Open(Instant),
    /// One request tries.
    Trying,
}

/// The right to try a provider whose breaker is open. Dropping it without a result lets another one try.
#[derive(Debug)]
pub struct Probe(Option<Arc<Breaker>>);

impl Breaker {
    /// A closed one.
    pub fn new(config: BreakerConfig) -> Self {
        Self {
            most: config.failures,
            pause: Duration::from_millis(config.open_ms),
            failures: AtomicU32::new(0),
            closed: AtomicBool::new(true),
            state: Mutex::new(State::Closed),
        }
    }

    /// Whether it is one of that configuration.
    pub fn is_of(&self, config: BreakerConfig) -> bool {
        self.most == config.failures && self.pause == Duration::from_millis(config.open_ms)
    }

    /// Lets a call through, or says until when none is; `forced` calls always are.
    ///
    /// # Errors
    /// When the next one may try, if that is known.
    pub fn admit(self: &Arc<Self>, now: Instant, forced: bool) -> Result<Probe, Option<Instant>> {
        if self.closed.load(Ordering::Acquire) {
            return Ok(Probe(None));
        }
        let mut state = self.state();
        match *state {
            State::Closed => return Ok(Probe(None)),
            State::Open(until) if now < until && !forced => return Err(Some(until)),
            State::Trying if !forced => return Err(None),
            State::Open(_) | State::Trying => *state = State::Trying,
        }
        Ok(Probe(Some(self.clone())))
    }

    /// The provider has answered.
    pub fn answered(&self) {
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
        if !self.closed.load(Ordering::Acquire) {
            *self.state() = State::Closed;
            self.closed.store(true, Ordering::Release);
        }
    }

    /// The provider has failed.
    pub fn failed(&self, now: Instant) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if self.most > 0 && failures >= self.most {
            *self.state() = State::Open(now + self.pause);
            self.closed.store(false, Ordering::Release);
        }
    }

    /// Until when nothing is tried, if it is open.
    pub fn until(&self) -> Option<Instant> {
        if self.closed.load(Ordering::Acquire) {
            return None;
        }
        match *self.state() {
            State::Open(until) => Some(until),
            State::Closed | State::Trying => None,
        }
    }

    /// Whether the provider is left alone, but for one request that may try.
    pub fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Acquire)
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if let Some(breaker) = &self.0 {
            let mut state = breaker.state();
            if *state == State::Trying {
                *state = State::Open(Instant::now());
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn open() -> (Arc<Breaker>, Instant) {
        let (breaker, now) = (Arc::new(Breaker::new(BreakerConfig { failures: 3, open_ms: 30_000 })), Instant::now());
        for _ in 0..2 {
            breaker.failed(now);
            breaker.admit(now, false).unwrap();
        }
        breaker.failed(now);
        assert_eq!(breaker.admit(now, false).unwrap_err(), Some(now + PAUSE));
        (breaker, now)
    }

    #[tokio::test]
    async fn an_answer_between_failures_keeps_it_closed() {
        let breaker = Arc::new(Breaker::new(BreakerConfig { failures: 2, open_ms: 30_000 }));
        for _ in 0..5 {
            breaker.failed(Instant::now());
            breaker.answered();
        }
        breaker.admit(Instant::now(), false).unwrap();
    }

    #[tokio::test]
    async fn after_the_pause_one_request_tries() {
        let (breaker, now) = open();
        let later = now + PAUSE;
        let probe = breaker.admit(later, false).unwrap();
        assert_eq!(breaker.admit(later, false).unwrap_err(), None);
        breaker.answered();
        drop(probe);
        breaker.admit(later, false).unwrap();
        assert!(breaker.until().is_none());
    }

    #[tokio::test]
    async fn a_try_that_fails_opens_it_anew() {
        let (breaker, now) = open();
        let later = now + PAUSE;
        let probe = breaker.admit(later, false).unwrap();
        breaker.failed(later);
        drop(probe);
        assert_eq!(breaker.admit(later, false).unwrap_err(), Some(later + PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_whose_client_leaves_lets_the_next_one_try() {
        let (breaker, _) = open();
        tokio::time::advance(PAUSE).await;
        drop(breaker.admit(Instant::now(), false).unwrap());
        breaker.admit(Instant::now(), false).unwrap();
    }

    #[tokio::test]
    async fn who_has_nobody_else_may_always_try() {
        let (breaker, now) = open();
        breaker.admit(now, true).unwrap();
    }

    #[tokio::test]
    async fn it_can_be_switched_off() {
        let breaker = Arc::new(Breaker::new(BreakerConfig { failures: 0, open_ms: 30_000 }));
        (0..100).for_each(|_| breaker.failed(Instant::now()));
        breaker.admit(Instant::now(), false).unwrap();
    }
}
