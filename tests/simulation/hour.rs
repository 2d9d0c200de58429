//! Clients that ask for an hour.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};
use wireloom::resilience::{
    attempts::End,
    places::Place,
    pursuit::{Caller, Candidate, Failed, Policy, Pursuit},
    trouble::Trouble,
    wait::Backoff,
};

use super::world::{MODELS, Provider};

/// An hour to come.
pub(super) struct Hour {
    pub(super) seed: u64,
    /// How many of the four providers of a request the gateway knows.
    pub(super) candidates: usize,
    pub(super) deadline: Option<Duration>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) asked: usize,
    pub(super) served: usize,
    /// Served after another call had failed.
    pub(super) rescued: usize,
    pub(super) failed_calls: usize,
    /// Not served, though someone would have served it at any moment.
    pub(super) lost: usize,
    /// Not served because at some moment nobody would have.
    pub(super) hopeless: usize,
    /// Calls of upstreams that had asked to be left alone.
    pub(super) intrusions: usize,
    /// Calls after the first one that told the client's own mistake.
    pub(super) repeated_mistakes: usize,
    /// Requests whose session the same provider had served before, and those of them that came with the same key.
    pub(super) followed: usize,
    pub(super) kept_keys: usize,
    pub(super) keys_used: usize,
    pub(super) log: Log,
}

/// Which request, who served it with which key, and when.
type Line = (usize, Option<(usize, usize)>, Duration);

/// Who served which request, and when.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Log(Vec<Line>);

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} requests", self.0.len())
    }
}

type World = Arc<Vec<Mutex<Provider>>>;

/// One request.
struct Asking {
    world: World,
    start: Instant,
    order: Vec<usize>,
    model: usize,
    /// Whether the client has made a mistake.
    wrong: bool,
    intrusions: Arc<Mutex<usize>>,
}

impl Caller for Asking {
    /// Who has answered, with which key.
    type Answer = (usize, usize);
    type Told = ();

    async fn call(
        &mut self,
        candidate: usize,
        key: usize,
        _place: Place,
    ) -> Result<(usize, usize), Failed<(usize, usize), ()>> {
        let provider = self.order[candidate];
        let ((takes, end), intrudes) = self.world[provider].lock().unwrap().call(key, self.model, self.start);
        *self.intrusions.lock().unwrap() += usize::from(intrudes);
        sleep(takes).await;
        let failed = |trouble, status, wait| Failed { trouble, status, wait, told: (), instead: None };
        match end {
            Ok(()) if self.wrong => Err(failed(Trouble::Mistaken, Some(400), None)),
            Ok(()) => Ok((provider, key)),
            Err((trouble, status, wait)) => Err(failed(trouble, status, wait)),
        }
    }

    fn late(&mut self, _candidate: usize) {}
}

impl Hour {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, candidates: 4, deadline: None }
    }

    pub(super) fn run(self) -> Report {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(self.pass())
    }

    async fn pass(self) -> Report {
        let start = Instant::now();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let world: World = Arc::new((0..5).map(|number| Mutex::new(Provider::new(number, &mut random))).collect());
        let report = Arc::<Mutex<Report>>::default();
        let sessions = Arc::<Mutex<BTreeMap<(u64, usize), usize>>>::default();
        let mut running = Vec::new();
        let mut at = Duration::ZERO;
        for number in 0.. {
            at += Duration::from_millis(random.u64(100..1_900));
            if at > Duration::from_secs(3600) {
                break;
            }
            sleep_until(start + at).await;
            let mut order: Vec<usize> = (0..world.len()).collect();
            random.shuffle(&mut order);
            order.truncate(4);
            let request = Request {
                number,
                candidates: self.candidates,
                order,
                model: random.usize(0..MODELS.len()),
                session: random.u64(0..40),
                wrong: random.u8(0..50) == 0,
                random: random.fork(),
                deadline: self.deadline,
            };
            let (world, report, sessions) = (world.clone(), report.clone(), sessions.clone());
            running.push(tokio::spawn(request.ask(world, start, report, sessions)));
        }
        for request in running {
            request.await.unwrap();
        }
        let mut report = std::mem::take(&mut *report.lock().unwrap());
        let used: BTreeSet<_> = report.log.0.iter().filter_map(|(_, served, _)| *served).collect();
        report.keys_used = used.len();
        report
    }
}

struct Request {
    number: usize,
    /// The providers that it may go to, and how many of them are told to the gateway.
    order: Vec<usize>,
    candidates: usize,
    model: usize,
    session: u64,
    wrong: bool,
    random: fastrand::Rng,
    deadline: Option<Duration>,
}

impl Request {
    async fn ask(
        self,
        world: World,
        start: Instant,
        report: Arc<Mutex<Report>>,
        sessions: Arc<Mutex<BTreeMap<(u64, usize), usize>>>,
    ) {
        let begun = start.elapsed();
        let asked = || self.order.iter().take(self.candidates);
        let healths: Vec<_> = asked().map(|number| world[*number].lock().unwrap().health.clone()).collect();
        let names: Vec<_> = asked().map(|number| world[*number].lock().unwrap().name.clone()).collect();
        let candidate = |(health, name)| Candidate { name, model: MODELS[self.model], health, context: None };
        let candidates: Vec<Candidate<'_>> =
            healths.iter().map(Arc::as_ref).zip(names.iter().map(String::as_str)).map(candidate).collect();
        let intrusions = Arc::<Mutex<usize>>::default();
        let caller = Asking {
            world: world.clone(),
            start,
            order: self.order.clone(),
            model: self.model,
            wrong: self.wrong,
            intrusions: intrusions.clone(),
        };
        let backoff = Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(8) };
        let policy = Policy { attempts: 2, backoff, deadline: self.deadline };
        let (result, attempts) = Pursuit::new(&candidates, policy, Some(self.session), self.random, caller).run().await;
        let ended = start.elapsed();

        let mut report = report.lock().unwrap();
        report.asked += 1;
        report.intrusions += *intrusions.lock().unwrap();
        let failed = |end: &End| matches!(end, End::Failed(_));
        report.failed_calls += attempts.iter().filter(|attempt| failed(&attempt.end)).count();
        let mistake = attempts.iter().position(|attempt| attempt.end == End::Failed(Trouble::Mistaken));
        report.repeated_mistakes += mistake.map_or(0, |at| attempts.len() - at - 1);
        report.log.0.push((self.number, result.as_ref().ok().copied(), ended));
        match result {
            Ok((provider, key)) => {
                report.served += 1;
                report.rescued += usize::from(attempts.len() > 1);
                let before = sessions.lock().unwrap().insert((self.session, provider), key);
                report.followed += usize::from(before.is_some());
                report.kept_keys += usize::from(before == Some(key));
            }
            Err(_) if mistake.is_some() => report.served += 1,
            Err(_) => {
                let lost = self.order.iter().any(|number| {
                    let provider = world[*number].lock().unwrap();
                    let times = [begun, ended].into_iter().chain(provider.changes(begun, ended));
                    let between = (0..).map(|step| begun + Duration::from_millis(100) * step);
                    let mut times = times.chain(between.take_while(|time| *time < ended));
                    times.all(|time| provider.would_serve(self.model, time, start))
                });
                report.lost += usize::from(lost);
                report.hopeless += usize::from(!lost);
            }
        }
    }
}
