//! A key of a provider: whether it may be shown now.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use salvo_oapi::ToSchema;
use serde::Serialize;
use tokio::time::Instant;
use wireloom_schema::config::Secret;

/// The first rest of a key whose upstream does not say how long; each one after it is twice as long.
const FIRST: Duration = Duration::from_secs(1);

/// The longest such rest.
const LONGEST: Duration = Duration::from_secs(60);

/// The rest of a key that has nothing left to spend.
const SPENT: Duration = Duration::from_secs(600);

/// The most models whose rests are kept.
const MOST_KEPT: usize = 256;

/// How much a request may overlook because it has nobody else to turn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// Nothing.
    Usual,
    /// Rests that no upstream has asked for: it has just waited.
    Again,
    /// All but what an upstream has asked for.
    Last,
}

/// Why a provider is not called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// The upstream has asked to be left alone until then.
    Asked(Instant),
    /// A key rests until then, for no upstream has said how long.
    Resting(Instant),
    /// All keys are set aside.
    Keyless,
    /// The breaker is open, until then if that is known.
    Open(Option<Instant>),
    /// All places are taken.
    Full,
}

impl Block {
    /// When it ends, if that is known.
    pub fn until(self) -> Option<Instant> {
        match self {
            Self::Asked(until) | Self::Resting(until) => Some(until),
            Self::Open(until) => until,
            Self::Keyless | Self::Full => None,
        }
    }

    /// In a few words, for people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Asked(_) | Self::Resting(_) => "resting after a rate limit",
            Self::Keyless => "all keys refused",
            Self::Open(_) => "left alone after failures in a row",
            Self::Full => "all places taken",
        }
    }
}

/// A key's state. The key itself is elsewhere.
#[derive(Debug)]
pub struct Key {
    /// What sets it apart when sessions are spread over keys: the same after a restart, and whatever other keys there are.
    salt: u64,
    /// Whether it was refused.
    wrong: AtomicBool,
    /// Whether there are any rests: all that is looked at before a usual call.
    has_rests: AtomicBool,
    rests: Mutex<Vec<Rest>>,
}

/// How a key is doing. The key itself is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[salvo(schema(name = "KeyState"))]
pub struct State {
    /// Whether the provider has refused it, so that others are shown in its place.
    pub refused: bool,
    /// The models for which it rests.
    pub resting: Vec<Resting>,
}

/// A rest of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Resting {
    /// The model; all of them if it is none.
    pub model: Option<String>,
    /// For how many seconds more.
    pub seconds: u64,
}

#[derive(Debug)]
struct Rest {
    /// All models if it is none.
    model: Option<Box<str>>,
    since: Instant,
    until: Instant,
    asked: bool,
    /// How many rests there were since the last answer.
    times: u32,
}

impl Key {
    /// A key that may be shown.
    pub fn new(secret: &Secret) -> Self {
        let mut hasher = DefaultHasher::new();
        secret.reveal().hash(&mut hasher);
        Self {
            salt: hasher.finish(),
            wrong: AtomicBool::new(false),
            has_rests: AtomicBool::new(false),
            rests: Mutex::default(),
        }
    }

    /// Whether it may be shown for a model.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, model: &str, now: Instant, pass: Pass) -> Result<(), Block> {
        if self.is_wrong() && pass < Pass::Last {
            return Err(Block::Keyless);
        }
        if !self.has_rests.load(Ordering::Acquire) {
            return Ok(());
        }
        let rests = self.rests();
        let running = rests.iter().filter(|rest| rest.is_of(model) && rest.until > now);
        let kept = running.filter(|rest| rest.asked || pass == Pass::Usual);
        match kept.max_by_key(|rest| rest.until) {
            None => Ok(()),
            Some(rest) if rest.asked => Err(Block::Asked(rest.until)),
            Some(rest) => Err(Block::Resting(rest.until)),
        }
    }

    /// It has served a model, by a call that was begun then: rests that began later still hold.
    pub fn served(&self, model: &str, begun: Instant) {
        if self.has_rests.load(Ordering::Acquire) {
            let mut rests = self.rests();
            rests.retain(|rest| !rest.is_of(model) || rest.since > begun);
            self.has_rests.store(!rests.is_empty(), Ordering::Release);
        }
    }

    /// It rests for a model: as long as the upstream asks, else longer from time to time.
    pub fn rest(&self, model: &str, asked: Option<Duration>, now: Instant) {
        let length = |times: u32| asked.unwrap_or((FIRST * (1 << times.min(6))).min(LONGEST));
        self.begin_rest(Some(model), asked.is_some(), now, length);
    }

    /// It has nothing left to spend.
    pub fn spent(&self, asked: Option<Duration>, now: Instant) {
        self.begin_rest(None, asked.is_some(), now, |_| asked.unwrap_or(SPENT));
    }

    fn begin_rest(&self, model: Option<&str>, asked: bool, now: Instant, length: impl FnOnce(u32) -> Duration) {
        let mut rests = self.rests();
        let known = rests.iter_mut().find(|rest| rest.model.as_deref() == model);
        match known {
            Some(rest) => {
                let until = now + length(rest.times);
                // Answers overtake each other, and guesses come between: what was asked for is not cut short.
                let is_asked = rest.asked && rest.until > now;
                if asked && !is_asked || until > rest.until && asked == is_asked {
                    (rest.until, rest.asked) = (until, asked);
                }
                rest.since = now;
                rest.times = rest.times.saturating_add(1);
            }
            None => {
                if rests.len() >= MOST_KEPT {
                    rests.retain(|rest| rest.until > now);
                    rests.truncate(MOST_KEPT - 1);
                }
                rests.push(Rest { model: model.map(Into::into), since: now, until: now + length(0), asked, times: 1 });
            }
        }
        self.has_rests.store(true, Ordering::Release);
    }

    /// It was refused: it is set aside as long as there is another one.
    pub fn set_aside(&self) {
        self.wrong.store(true, Ordering::Release);
    }

    /// It gets another chance.
    pub fn readmit(&self) {
        self.wrong.store(false, Ordering::Release);
    }

    /// Whether it is set aside.
    pub fn is_wrong(&self) -> bool {
        self.wrong.load(Ordering::Acquire)
    }

    /// How it is doing, for people.
    pub fn state(&self, now: Instant) -> State {
        let rests = self.rests();
        let left = |rest: &Rest| rest.until.saturating_duration_since(now).as_secs();
        let running = rests.iter().filter(|rest| rest.until > now);
        let resting =
            running.map(|rest| Resting { model: rest.model.as_deref().map(str::to_owned), seconds: left(rest) });
        State { refused: self.is_wrong(), resting: resting.collect() }
    }

    /// How near it is to a session: of the keys that may be shown, a session gets the nearest.
    pub fn nearness(&self, session: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.salt, session).hash(&mut hasher);
        hasher.finish()
    }

    fn rests(&self) -> MutexGuard<'_, Vec<Rest>> {
        self.rests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rest {
    fn is_of(&self, model: &str) -> bool {
        self.model.as_deref().is_none_or(|own| own == model)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn key() -> (Key, Instant) {
        (Key::new(&Secret::new("k")), Instant::now())
    }

    #[test]
    fn a_key_rests_for_the_model_that_was_asked_for_as_long_as_it_was_asked_to() {
        let (key, now) = key();
        let wait = Duration::from_secs(5);
        key.rest("a", Some(wait), now);
        for pass in [Pass::Usual, Pass::Again, Pass::Last] {
            assert_eq!(key.admit("a", now, pass), Err(Block::Asked(now + wait)));
            assert_eq!(key.admit("b", now, pass), Ok(()));
            assert_eq!(key.admit("a", now + wait, pass), Ok(()));
        }
    }

    #[test]
    fn rests_that_nobody_asked_for_grow_until_it_serves_and_may_be_overlooked() {
        let (key, now) = key();
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            key.rest("a", None, now);
            assert_eq!(key.admit("a", now, Pass::Usual), Err(Block::Resting(now + Duration::from_secs(seconds))));
            assert_eq!(key.admit("a", now, Pass::Again), Ok(()));
        }
        let later = now + LONGEST;
        key.served("a", now - FIRST);
        assert!(key.admit("a", now, Pass::Usual).is_err());
        key.served("a", later);
        key.rest("a", None, now);
        assert_eq!(key.admit("a", now, Pass::Usual), Err(Block::Resting(now + FIRST)));
    }

    #[test]
    fn a_guess_does_not_cut_short_what_was_asked_for() {
        let (key, now) = key();
        let wait = Duration::from_secs(50);
        key.rest("a", Some(wait), now);
        key.rest("a", None, now);
        assert_eq!(key.admit("a", now, Pass::Last), Err(Block::Asked(now + wait)));
    }

    #[test]
    fn a_key_without_money_rests_for_all_models() {
        let (key, now) = key();
        key.spent(None, now);
        assert_eq!(key.admit("any", now, Pass::Usual), Err(Block::Resting(now + SPENT)));
        assert_eq!(key.admit("any", now, Pass::Last), Ok(()));
    }

    #[test]
    fn a_refused_key_is_shown_only_by_those_who_have_no_other() {
        let (key, now) = key();
        key.set_aside();
        assert_eq!(key.admit("a", now, Pass::Again), Err(Block::Keyless));
        assert_eq!(key.admit("a", now, Pass::Last), Ok(()));
        key.readmit();
        assert_eq!(key.admit("a", now, Pass::Usual), Ok(()));
    }
}
