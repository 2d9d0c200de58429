//! How a provider is doing: its breaker, its places and its keys.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::time::Instant;
use wireloom_schema::config::{BreakerConfig, LimitsConfig, Secret};

use super::{
    breaker::{Breaker, Probe},
    key::{Block, Key, Pass},
    places::Places,
};

/// The state of a configured provider. It outlives a configuration that is read again, as far as that changes nothing.
#[derive(Debug)]
pub struct Health {
    /// Leaves it alone when it keeps failing.
    pub breaker: Arc<Breaker>,
    /// Its places.
    pub places: Arc<Places>,
    /// Its keys, in the order of the configuration.
    pub keys: Vec<Arc<Key>>,
    /// Whose turn it is among the keys, for requests without a session.
    turn: AtomicUsize,
}

impl Health {
    /// That of a provider about which nothing is known.
    pub fn new(breaker: BreakerConfig, limits: LimitsConfig, keys: &[Secret]) -> Self {
        Self {
            breaker: Arc::new(Breaker::new(breaker)),
            places: Arc::new(Places::new(limits)),
            keys: keys.iter().map(|key| Arc::new(Key::new(key))).collect(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Takes over what an earlier configuration of the same provider knows, where it is the same: also from calls that
    /// still run. Keys that were set aside get another chance.
    pub fn take_over(&mut self, earlier: &Self, breaker: BreakerConfig, limits: LimitsConfig, keys: &[(usize, usize)]) {
        if earlier.breaker.is_of(breaker) {
            self.breaker = earlier.breaker.clone();
        }
        if earlier.places.are_of(limits) {
            self.places = earlier.places.clone();
        }
        for (own, other) in keys {
            if let (Some(own), Some(other)) = (self.keys.get_mut(*own), earlier.keys.get(*other)) {
                other.readmit();
                *own = other.clone();
            }
        }
    }

    /// The key to show for a model, and the right to call.
    ///
    /// A session keeps its key as long as that may be shown, so that the vendor's prompt cache has what it sends;
    /// without a session keys take turns. Keys that are `tried` already are left out.
    ///
    /// # Errors
    /// Why the provider is not called now.
    pub fn admit(
        &self,
        model: &str,
        session: Option<u64>,
        tried: &[usize],
        pass: Pass,
    ) -> Result<(usize, Probe), Block> {
        let now = Instant::now();
        // Whoever may not show a key must not be the one that tries an open breaker.
        let key = self.key(model, session, tried, now, pass)?;
        let probe = self.breaker.admit(now, pass == Pass::Last).map_err(Block::Open)?;
        Ok((key, probe))
    }

    /// The key to show.
    ///
    /// # Errors
    /// Why there is none.
    pub fn key(
        &self,
        model: &str,
        session: Option<u64>,
        tried: &[usize],
        now: Instant,
        pass: Pass,
    ) -> Result<usize, Block> {
        if let ([only], []) = (self.keys.as_slice(), tried) {
            return only.admit(model, now, pass).map(|()| 0);
        }
        let count = self.keys.len().max(1);
        let first = if session.is_none() { self.turn.fetch_add(1, Ordering::Relaxed) % count } else { 0 };
        let mut best: Option<(bool, u64, usize)> = None;
        let mut block = Block::Keyless;
        for (index, key) in self.keys.iter().enumerate().filter(|(index, _)| !tried.contains(index)) {
            match key.admit(model, now, pass) {
                Ok(()) => {
                    let near = match session {
                        Some(session) => key.nearness(session),
                        None => (count - (index + count - first) % count) as u64,
                    };
                    // A key that was refused comes last.
                    best = best.max(Some((!key.is_wrong(), near, index)));
                }
                Err(other) => block = sooner(block, other),
            }
        }
        best.map(|(_, _, index)| index).ok_or(block)
    }

    /// The soonest time at which it may be called for a model; none for now, or if that is not known.
    pub fn until(&self, model: &str, now: Instant) -> Option<Instant> {
        let usable = self.keys.iter().filter(|key| !key.is_wrong());
        let rested = usable.map(|key| key.admit(model, now, Pass::Usual).err().and_then(Block::until)).min();
        rested.flatten().max(self.breaker.until()).filter(|until| *until > now)
    }
}

/// Of two reasons that of the key that can be shown sooner.
fn sooner(one: Block, other: Block) -> Block {
    match (one.until(), other.until()) {
        (Some(first), Some(second)) if first <= second => one,
        (Some(_), None) => one,
        _ => other,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use super::*;

    fn health(keys: usize) -> Health {
        let keys: Vec<Secret> = (0..keys).map(|number| Secret::new(format!("key-{number}"))).collect();
        Health::new(BreakerConfig::default(), LimitsConfig::default(), &keys)
    }

    fn pick(health: &Health, session: Option<u64>) -> Result<usize, Block> {
        health.key("m", session, &[], Instant::now(), Pass::Usual)
    }

    #[test]
    fn without_a_session_keys_take_turns() {
        let health = health(3);
        let picked: Vec<_> = (0..6).map(|_| pick(&health, None).unwrap()).collect();
        assert_eq!(picked, [0, 1, 2, 0, 1, 2]);
        health.keys[1].rest("m", None, Instant::now());
        let picked: BTreeSet<_> = (0..6).map(|_| pick(&health, None).unwrap()).collect();
        assert_eq!(picked, [0, 2].into());
    }

    #[test]
    fn a_session_keeps_its_key_and_goes_back_to_it() {
        let health = health(4);
        let mut used = BTreeSet::new();
        for session in 0..64 {
            let own = pick(&health, Some(session)).unwrap();
            used.insert(own);
            assert_eq!(pick(&health, Some(session)), Ok(own));
            health.keys[own].rest("m", Some(Duration::from_secs(60)), Instant::now());
            let other = pick(&health, Some(session)).unwrap();
            assert_ne!(own, other);
            health.keys[own].served("m", Instant::now());
            assert_eq!(pick(&health, Some(session)), Ok(own));
        }
        assert_eq!(used.len(), 4, "sessions are spread");
    }

    #[test]
    fn a_new_key_moves_few_sessions() {
        let (few, more) = (health(4), health(5));
        let moved = (0..1000).filter(|session| pick(&few, Some(*session)) != pick(&more, Some(*session))).count();
        assert!((100..300).contains(&moved), "{moved}");
    }

    #[test]
    fn the_key_that_rests_shortest_says_when() {
        let (health, now) = (health(2), Instant::now());
        health.keys[0].rest("m", Some(Duration::from_secs(9)), now);
        health.keys[1].rest("m", Some(Duration::from_secs(4)), now);
        let wanted = now + Duration::from_secs(4);
        assert_eq!(health.key("m", None, &[], now, Pass::Usual), Err(Block::Asked(wanted)));
        assert_eq!(health.until("m", now), Some(wanted));
        health.keys[1].set_aside();
        assert_eq!(health.key("m", None, &[], now, Pass::Usual), Err(Block::Asked(now + Duration::from_secs(9))));
    }

    #[test]
    fn refused_keys_come_last() {
        let health = health(2);
        health.keys[0].set_aside();
        for session in 0..16 {
            assert_eq!(health.key("m", Some(session), &[], Instant::now(), Pass::Last), Ok(1));
        }
        health.keys[1].set_aside();
        assert_eq!(pick(&health, None), Err(Block::Keyless));
        health.key("m", None, &[], Instant::now(), Pass::Last).unwrap();
    }

    #[test]
    fn what_is_unchanged_is_taken_over() {
        let earlier = health(2);
        let now = Instant::now();
        earlier.keys[1].rest("m", Some(Duration::from_secs(9)), now);
        earlier.keys[0].set_aside();
        (0..5).for_each(|_| earlier.breaker.failed(now));
        let mut later = health(2);
        later.take_over(&earlier, BreakerConfig::default(), LimitsConfig::default(), &[(0, 1), (1, 0)]);
        assert!(later.keys[0].admit("m", now, Pass::Usual).is_err());
        assert!(later.keys[1].admit("m", now, Pass::Usual).is_ok());
        assert!(later.breaker.until().is_some());
        let mut other = health(2);
        let changed = BreakerConfig { failures: 9, ..BreakerConfig::default() };
        other.take_over(&earlier, changed, LimitsConfig::default(), &[]);
        assert!(other.breaker.until().is_none() && other.keys[1].admit("m", now, Pass::Usual).is_ok());
    }
}
