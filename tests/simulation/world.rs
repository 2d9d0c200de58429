//! Upstreams whose fate is drawn beforehand.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use wireloom::resilience::{health::Health, trouble::Trouble};
use wireloom_schema::config::{BreakerConfig, LimitsConfig, Secret};

/// The models that each of them has.
pub(super) const MODELS: [&str; 2] = ["large", "small"];

/// How long a window of a rate limit is.
const WINDOW: Duration = Duration::from_secs(10);

/// What an upstream does for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// It answers, after so many milliseconds.
    Well(u64),
    /// Each call fails so.
    Fails(Trouble),
    /// Some calls fail.
    Flaky,
    /// No call is answered before its caller gives up.
    Hangs,
    /// All keys are refused.
    Locked,
}

/// How a call goes: how long it takes, and what goes wrong with which wait.
pub(super) type Course = (Duration, Result<(), (Trouble, Option<u16>, Option<Duration>)>);

pub(super) struct Provider {
    pub(super) name: String,
    pub(super) health: Arc<Health>,
    /// When each mood begins, in order.
    moods: Vec<(Duration, Mood)>,
    /// The calls that a key may make for a model in a window; none for any number.
    most: Option<usize>,
    /// Whether it says when to come again.
    says_when: bool,
    /// From when on its first key is refused.
    revoked: Option<Duration>,
    /// By key and model.
    limits: Vec<[Limit; MODELS.len()]>,
    pub(super) random: fastrand::Rng,
}

#[derive(Clone, Debug, Default)]
struct Limit {
    /// The calls that were let in.
    calls: Vec<Instant>,
    /// The times for which it has asked to be left alone: since when it wants that, since when that is known, until when.
    closures: Vec<(Instant, Instant, Instant)>,
}

impl Provider {
    pub(super) fn new(number: usize, random: &mut fastrand::Rng) -> Self {
        let keys: Vec<Secret> = (0..1 + number % 3).map(|key| Secret::new(format!("key-{number}-{key}"))).collect();
        let mut moods = Vec::new();
        let mut begin = Duration::ZERO;
        while begin < Duration::from_secs(4000) {
            moods.push((begin, mood(random)));
            begin += Duration::from_millis(random.u64(2_000..240_000));
        }
        Self {
            name: format!("p{number}"),
            health: Arc::new(Health::new(BreakerConfig::default(), LimitsConfig::default(), &keys)),
            moods,
            most: (number != 0).then(|| random.usize(2..8)),
            says_when: number % 2 == 1,
            revoked: (keys.len() > 1).then(|| Duration::from_secs(random.u64(600..3000))),
            limits: vec![Default::default(); keys.len()],
            random: random.fork(),
        }
    }

    fn mood(&self, at: Duration) -> Mood {
        let next = self.moods.partition_point(|(begin, _)| *begin <= at);
        self.moods[next - 1].1
    }

    /// Whether it would serve whoever asks at that time, with a key that is not closed or full.
    pub(super) fn would_serve(&self, model: usize, at: Duration, start: Instant) -> bool {
        let now = start + at;
        let mut keys = self.limits.iter().enumerate();
        let is_open =
            |limit: &Limit| limit.closed(now).is_none() && self.most.is_none_or(|most| limit.count(now) < most);
        let is_valid = |key: usize| key != 0 || self.revoked.is_none_or(|revoked| at < revoked);
        matches!(self.mood(at), Mood::Well(_)) && keys.any(|(key, limits)| is_valid(key) && is_open(&limits[model]))
    }

    /// When its moods change in that time.
    pub(super) fn changes(&self, from: Duration, to: Duration) -> impl Iterator<Item = Duration> + '_ {
        self.moods.iter().map(|(begin, _)| *begin).filter(move |begin| from < *begin && *begin <= to)
    }

    /// Takes a call, and says whether the caller knew that it was to stay away.
    pub(super) fn call(&mut self, key: usize, model: usize, start: Instant) -> (Course, bool) {
        let now = Instant::now();
        let at = now - start;
        let slight = Duration::from_millis(self.random.u64(20..150));
        let most = self.most;
        let says_when = self.says_when;
        let mood = self.mood(at);
        let limit = &mut self.limits[key][model];
        let intrudes = limit.closures.iter().any(|(_, known, until)| *known < now && now < *until);
        let fails = |trouble, status| (slight, Err((trouble, status, None)));
        if mood == Mood::Locked || (key == 0 && self.revoked.is_some_and(|revoked| at >= revoked)) {
            return (fails(Trouble::KeyRefused, Some(401)), intrudes);
        }
        let fate = match mood {
            Mood::Fails(trouble) => fails(trouble, None),
            Mood::Flaky if self.random.bool() => fails(Trouble::Fault, Some(500)),
            Mood::Hangs => (Duration::from_secs(20), Err((Trouble::Late, None, None))),
            Mood::Locked | Mood::Flaky | Mood::Well(_) => {
                let closed = limit.closed(now);
                let full = most.is_some_and(|most| limit.count(now) >= most);
                if closed.is_some() || full {
                    let frees = limit.calls.iter().rev().nth(most.unwrap_or(1) - 1).map(|call| *call + WINDOW);
                    let until = closed.or(frees).unwrap_or(now);
                    let wait = Duration::from_secs((until - now).as_secs() + 1);
                    if says_when {
                        limit.closures.push((now, now + slight, now + slight + wait));
                    }
                    (slight, Err((Trouble::RateLimited, Some(429), says_when.then_some(wait))))
                } else {
                    limit.calls.push(now);
                    let takes = if let Mood::Well(takes) = mood { takes } else { 300 };
                    (Duration::from_millis(takes), Ok(()))
                }
            }
        };
        (fate, intrudes)
    }
}

impl Limit {
    /// Until when it wants to be left alone at that time.
    fn closed(&self, now: Instant) -> Option<Instant> {
        let all = self.closures.iter().filter(|(since, _, until)| *since <= now && now < *until);
        all.map(|(.., until)| *until).max()
    }

    fn count(&self, now: Instant) -> usize {
        self.calls.iter().rev().skip_while(|call| **call > now).take_while(|call| **call + WINDOW > now).count()
    }
}

fn mood(random: &mut fastrand::Rng) -> Mood {
    match random.u8(0..20) {
        0..=10 => Mood::Well(random.u64(100..2_000)),
        11 => Mood::Fails(Trouble::Unreachable),
        12 => Mood::Fails(Trouble::Fault),
        13 => Mood::Fails(Trouble::Overloaded),
        14 => Mood::Fails(Trouble::Broken),
        15 => Mood::Fails(Trouble::Missing),
        16 => Mood::Fails(Trouble::Spent),
        17 => Mood::Hangs,
        18 => Mood::Locked,
        _ => Mood::Flaky,
    }
}
