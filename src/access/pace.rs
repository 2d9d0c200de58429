//! How often someone may ask.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// The time that the requests of a full pace fill, in nanoseconds.
const MINUTE: u64 = 60_000_000_000;

/// So many requests a minute: all at once, if there were none before, then each when its time has come. One number tells
/// how much of the minute is used up, so that nobody waits for a lock.
#[derive(Debug)]
pub(crate) struct Pace {
    a_minute: u32,
    begun: Instant,
    /// When, since the beginning, all that was taken will have been earned again, in nanoseconds.
    earned: AtomicU64,
}

impl Pace {
    pub(crate) fn new(a_minute: NonZeroU32) -> Self {
        Self { a_minute: a_minute.get(), begun: Instant::now(), earned: AtomicU64::new(0) }
    }

    pub(crate) fn a_minute(&self) -> u32 {
        self.a_minute
    }

    /// Takes one request now, or tells when there will be one.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        let now = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX / 2);
        self.take_at(now)
    }

    fn take_at(&self, now: u64) -> Result<(), Duration> {
        let each = MINUTE / u64::from(self.a_minute);
        let after = |earned: u64| earned.max(now) + each;
        let taken = self.earned.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |earned| {
            Some(after(earned)).filter(|after| *after <= now + MINUTE)
        });
        taken.map(|_| ()).map_err(|earned| Duration::from_nanos(after(earned) - now - MINUTE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_pace_is_taken_at_once_and_then_as_it_is_earned() {
        let pace = Pace::new(NonZeroU32::MIN.saturating_add(2));
        let second = MINUTE / 60;
        for _ in 0..3 {
            assert_eq!(pace.take_at(0), Ok(()));
        }
        assert_eq!(pace.take_at(0), Err(Duration::from_secs(20)));
        assert_eq!(pace.take_at(15 * second), Err(Duration::from_secs(5)));
        assert_eq!(pace.take_at(20 * second), Ok(()));
        assert_eq!(pace.take_at(20 * second), Err(Duration::from_secs(20)));
        for _ in 0..3 {
            assert_eq!(pace.take_at(500 * second), Ok(()));
        }
        assert!(pace.take_at(500 * second).is_err());
    }
}
