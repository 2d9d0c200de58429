//! How many requests a provider takes at once, and who waits for a place.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use wireloom_schema::config::LimitsConfig;

/// The places of a provider.
#[derive(Debug)]
pub struct Places {
    /// None if there are enough for all.
    limited: Option<Limited>,
}

#[derive(Debug)]
struct Limited {
    free: Arc<Semaphore>,
    config: LimitsConfig,
    waiting: AtomicU32,
}

/// A place that is taken. It is free again when this is dropped.
#[derive(Debug, Default)]
pub struct Place(#[allow(dead_code, reason = "it is held")] Option<OwnedSemaphorePermit>);

/// No place became free in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Places {
    /// Free ones.
    pub fn new(config: LimitsConfig) -> Self {
        let limited = config.concurrent.map(|most| Limited {
            free: Arc::new(Semaphore::new((most as usize).min(Semaphore::MAX_PERMITS))),
            config,
            waiting: AtomicU32::new(0),
        });
        Self { limited }
    }

    /// Whether they are those of that configuration.
    pub fn are_of(&self, config: LimitsConfig) -> bool {
        match &self.limited {
            Some(limited) => limited.config == config,
            None => config.concurrent.is_none(),
        }
    }

    /// Takes a place, behind those who have waited longer.
    ///
    /// # Errors
    /// None became free in the time that the configuration allows, or until `until`; or too many wait already.
    pub async fn take(&self, until: Option<Instant>) -> Result<Place, Full> {
        let Some(limited) = &self.limited else { return Ok(Place(None)) };
        let free = limited.free.clone();
        if let Ok(permit) = free.try_acquire_owned() {
            return Ok(Place(Some(permit)));
        }
        let _waiting = Waiting::among(limited).ok_or(Full)?;
        let longest = Instant::now() + Duration::from_millis(limited.config.queue_ms);
        let end = until.map_or(longest, |until| until.min(longest));
        match timeout_at(end, limited.free.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(Some(permit))),
            _ => Err(Full),
        }
    }
}

/// One who waits, counted until this is dropped.
struct Waiting<'l>(&'l Limited);

impl<'l> Waiting<'l> {
    fn among(limited: &'l Limited) -> Option<Self> {
        let fits = |waiting| (waiting < limited.config.queue).then_some(waiting + 1);
        limited.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok().map(|_| Self(limited))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn places(concurrent: u32, queue: u32) -> Arc<Places> {
        Arc::new(Places::new(LimitsConfig { concurrent: Some(concurrent), queue, queue_ms: 1000 }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_again_when_it_is_dropped() {
        let places = places(1, 1);
        let first = places.take(None).await.unwrap();
        let second = tokio::spawn({
            let places = places.clone();
            async move { places.take(None).await }
        });
        tokio::task::yield_now().await;
        drop(first);
        second.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_or_finds_too_many_waiting_goes_elsewhere() {
        let places = places(1, 1);
        let _first = places.take(None).await.unwrap();
        let second = tokio::spawn({
            let places = places.clone();
            async move { places.take(None).await }
        });
        tokio::task::yield_now().await;
        let begun = Instant::now();
        assert_eq!(places.take(None).await.unwrap_err(), Full);
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(second.await.unwrap().unwrap_err(), Full);
        assert_eq!(begun.elapsed(), Duration::from_millis(1000));
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_the_queue_makes_room_in_it() {
        let places = places(1, 1);
        let _first = places.take(None).await.unwrap();
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.take(None).await }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        let _ = waiting.await;
        let begun = Instant::now();
        assert_eq!(places.take(None).await.unwrap_err(), Full);
        assert_eq!(begun.elapsed(), Duration::from_millis(1000));
    }

    #[tokio::test]
    async fn without_a_limit_there_is_always_a_place() {
        let places = Places::new(LimitsConfig::default());
        let mut held = Vec::new();
        for _ in 0..1000 {
            held.push(places.take(None).await.unwrap());
        }
    }
}
