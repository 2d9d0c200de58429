//! Who is asked, in which order, and how often: until one answers or nobody is left.
//!
//! First each candidate has its turn, in their order: what may pass is tried again there after a wait, another key is
//! tried at once. Who is resting or left alone is passed over. If nobody has answered by then, those that were passed
//! over are asked all the same, for they may be well again; only what an upstream has asked for is respected, and waited
//! for if that is short.

use std::{future::Future, pin::pin, time::Duration};

use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    attempts::{Attempt, End},
    health::Health,
    key::{Block, Pass},
    places::Place,
    trouble::{Trouble, Verdict},
    wait::Backoff,
};

/// One that may answer.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The provider's name.
    pub name: &'a str,
    /// The model's name there.
    pub model: &'a str,
    /// How the provider is doing.
    pub health: &'a Health,
    /// How many tokens the model takes, if that is known.
    pub context: Option<u64>,
}

/// How often and how long.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How often one candidate is called, the first call included; calls with other keys are not counted.
    pub attempts: u32,
    /// The waits between.
    pub backoff: Backoff,
    /// How long all of it may take.
    pub deadline: Option<Duration>,
}

/// Makes the calls.
pub trait Caller {
    /// What comes of a call that is answered.
    type Answer: Send;
    /// What is told of one that is not.
    type Told: Send;

    /// Calls a candidate, with one of its keys. The place is held as long as the answer lasts.
    fn call(
        &mut self,
        candidate: usize,
        key: usize,
        place: Place,
    ) -> impl Future<Output = Result<Self::Answer, Failed<Self::Answer, Self::Told>>> + Send;

    /// What is told of a call that was given up because time was short.
    fn late(&mut self, candidate: usize) -> Self::Told;
}

/// A call that failed.
#[derive(Debug)]
pub struct Failed<A, T> {
    /// What kept it from being answered.
    pub trouble: Trouble,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// How long the upstream wants to be left alone.
    pub wait: Option<Duration>,
    /// What is to be told of it.
    pub told: T,
    /// An answer that is better than none.
    pub instead: Option<A>,
}

/// Nobody has answered.
#[derive(Debug)]
pub struct Lost<T> {
    /// What is to be told, by the candidate: the first that failed comes first.
    pub failures: Vec<(usize, Trouble, T)>,
    /// How long it takes until one of the candidates may be asked again, if that is known.
    pub soonest: Option<Duration>,
}

/// One request's way through its candidates.
pub struct Pursuit<'p, C: Caller> {
    candidates: &'p [Candidate<'p>],
    policy: Policy,
    session: Option<u64>,
    random: fastrand::Rng,
    caller: C,
    deadline: Option<Instant>,
    attempts: Vec<Attempt>,
    failures: Vec<(usize, Trouble, C::Told)>,
    /// Why candidates were passed over that have not been called since.
    passed: Vec<Option<Block>>,
    /// Until when candidates that failed want to be left alone.
    asked: Vec<Option<Instant>>,
    instead: Option<C::Answer>,
    /// The context of the candidate for which the request was too long.
    outgrown: Option<Option<u64>>,
}

/// How a candidate's turn ends.
enum Turn<A> {
    Served(A),
    /// The next one may do better.
    Goes,
    /// Nobody can do better.
    Stops,
}

impl<'p, C: Caller> Pursuit<'p, C> {
    /// Of a request that may be answered by these candidates. `session` is what its session is known by.
    pub fn new(
        candidates: &'p [Candidate<'p>],
        policy: Policy,
        session: Option<u64>,
        random: fastrand::Rng,
        caller: C,
    ) -> Self {
        let deadline = policy.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        let passed = vec![None; candidates.len()];
        Self {
            candidates,
            policy,
            session,
            random,
            caller,
            deadline,
            attempts: Vec::with_capacity(1),
            failures: Vec::new(),
            asked: passed.iter().map(|_: &Option<Block>| None).collect(),
            passed,
            instead: None,
            outgrown: None,
        }
    }

    /// Asks until one answers, and tells what was tried.
    ///
    /// # Errors
    /// Nobody has answered.
    pub async fn run(mut self) -> (Result<C::Answer, Lost<C::Told>>, Vec<Attempt>) {
        let served = self.answer().await;
        let result = match served.or(self.instead.take()) {
            Some(answer) => Ok(answer),
            None => Err(Lost { soonest: self.soonest(), failures: self.failures }),
        };
        (result, self.attempts)
    }

    async fn answer(&mut self) -> Option<C::Answer> {
        let count = self.candidates.len();
        for index in 0..count {
            match self.turn(index, count - index, Pass::Usual).await {
                Turn::Served(answer) => return Some(answer),
                Turn::Goes => {}
                Turn::Stops => return None,
            }
        }
        // Those that nobody asked, first the ones that need no waiting.
        for index in 0..count {
            if matches!(self.passed[index], Some(Block::Open(_) | Block::Resting(_) | Block::Keyless)) {
                let left = self.passed[index..].iter().flatten().count();
                match self.turn(index, left, Pass::Last).await {
                    Turn::Served(answer) => return Some(answer),
                    Turn::Goes => {}
                    Turn::Stops => return None,
                }
            }
        }
        while let Some((index, until)) = self.next_awake() {
            sleep_until(until).await;
            self.passed[index] = None;
            match self.turn(index, 1, Pass::Last).await {
                Turn::Served(answer) => return Some(answer),
                // Whoever is to be left alone still longer is not waited for again.
                Turn::Goes => self.passed[index] = None,
                Turn::Stops => return None,
            }
        }
        None
    }

    /// The candidate that may be asked soonest of those that have asked to be left alone, if that is soon enough.
    fn next_awake(&self) -> Option<(usize, Instant)> {
        let latest = Instant::now() + self.policy.backoff.longest;
        let latest = self.deadline.map_or(latest, |deadline| deadline.min(latest));
        let asked = self.passed.iter().enumerate().filter_map(|(index, block)| match block {
            Some(Block::Asked(until)) => Some((index, *until)),
            _ => None,
        });
        asked.filter(|(_, until)| *until <= latest).min_by_key(|(_, until)| *until)
    }

    /// Lets a candidate answer, as one of so many that are left.
    async fn turn(&mut self, index: usize, left: usize, mut pass: Pass) -> Turn<C::Answer> {
        let candidate = self.candidates[index];
        let (model, health) = (candidate.model, candidate.health);
        // A request that outgrew one model fits only those that are known to take more.
        if self.outgrown.is_some_and(|outgrown| outgrown.is_none() || candidate.context <= outgrown) {
            return Turn::Goes;
        }
        let end = self.share(left);
        let (mut tried, mut suspects, mut waits) = (Vec::new(), Vec::new(), 0);
        loop {
            let place = match health.places.take(end).await {
                Ok(place) => place,
                Err(_) => return self.pass_over(index, Block::Full),
            };
            let (key, probe) = match health.admit(model, self.session, &tried, pass) {
                Ok(admitted) => admitted,
                Err(block) => return self.pass_over(index, block),
            };
            self.passed[index] = None;
            let begun = Instant::now();
            let called = {
                // It is large, so it stays where it is made.
                let call = pin!(self.caller.call(index, key, place));
                match end {
                    None => Some(call.await),
                    Some(end) => timeout_at(end, call).await.ok(),
                }
            };
            let failed = match called {
                Some(Ok(answer)) => {
                    health.breaker.answered();
                    drop(probe);
                    health.keys[key].served(model, begun);
                    // Another key may do what these may not, so it is they that are wrong.
                    suspects.iter().for_each(|suspect: &usize| health.keys[*suspect].set_aside());
                    self.note(index, Some(key), End::Served, None, begun);
                    return Turn::Served(answer);
                }
                Some(Err(failed)) => failed,
                None => {
                    let told = self.caller.late(index);
                    Failed { trouble: Trouble::Late, status: None, wait: None, told, instead: None }
                }
            };
            let Failed { trouble, status, wait, told, instead } = failed;
            self.note(index, Some(key), End::Failed(trouble), status, begun);
            let now = Instant::now();
            match trouble.counts() {
                true => health.breaker.failed(now),
                false => health.breaker.answered(),
            }
            drop(probe);
            match trouble.verdict() {
                Verdict::None => {}
                Verdict::Rests => health.keys[key].rest(model, wait, now),
                Verdict::Spent => health.keys[key].spent(wait, now),
                Verdict::Wrong => health.keys[key].set_aside(),
                Verdict::Suspect => suspects.push(key),
            }
            self.failures.push((index, trouble, told));
            self.asked[index] = wait.and_then(|wait| now.checked_add(wait));
            match trouble {
                Trouble::Mistaken => return Turn::Stops,
                Trouble::TooLong => self.outgrown = Some(candidate.context),
                Trouble::Empty => self.instead = self.instead.take().or(instead),
                _ => {}
            }
            if trouble.verdict() != Verdict::None {
                tried.push(key);
                if health.key(model, self.session, &tried, now, pass).is_ok() {
                    continue;
                }
            }
            if !trouble.may_pass() || waits + 1 >= self.policy.attempts {
                return Turn::Goes;
            }
            let pause = self.policy.backoff.after(waits, &mut self.random).max(wait.unwrap_or_default());
            let again = now + pause;
            if pause > self.policy.backoff.longest || end.is_some_and(|end| again >= end) {
                return Turn::Goes;
            }
            sleep_until(again).await;
            (waits, pass) = (waits + 1, pass.max(Pass::Again));
            tried.clear();
        }
    }

    /// When a candidate must have answered: time is shared with those that are left.
    fn share(&self, left: usize) -> Option<Instant> {
        let now = Instant::now();
        let shares = u32::try_from(left.max(1)).unwrap_or(u32::MAX);
        self.deadline.map(|deadline| now + deadline.saturating_duration_since(now) / shares)
    }

    fn pass_over(&mut self, index: usize, block: Block) -> Turn<C::Answer> {
        self.passed[index] = Some(block);
        self.note(index, None, End::Passed(block), None, Instant::now());
        Turn::Goes
    }

    fn note(&mut self, candidate: usize, key: Option<usize>, end: End, status: Option<u16>, begun: Instant) {
        let attempt = Attempt { candidate, key, end, status, took: begun.elapsed() };
        let Candidate { name, model, .. } = self.candidates[candidate];
        let ms = u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX);
        match end {
            End::Served => tracing::debug!(provider = name, model, key, ms, "served"),
            End::Failed(_) => {
                tracing::warn!(provider = name, model, key, status, ms, reason = end.told(), "an attempt fails")
            }
            End::Passed(_) => tracing::info!(provider = name, model, reason = end.told(), "passed over"),
        }
        self.attempts.push(attempt);
    }

    /// How long it takes until someone may be asked again, if nobody may be asked now.
    fn soonest(&self) -> Option<Duration> {
        let now = Instant::now();
        let until = self.candidates.iter().zip(&self.asked).map(|(candidate, asked)| {
            let until = candidate.health.until(candidate.model, now).max(*asked);
            until.filter(|until| *until > now)
        });
        until.min().flatten().map(|until| until - now)
    }
}
