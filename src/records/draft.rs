//! The record of a request that is still going on.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, header};
use wireloom_schema::{
    config::PriceConfig,
    model::{ErrorKind, Usage},
};

use crate::pipeline::Attempts;

use super::{
    Entry, Records,
    cost::cost,
    record::{Outcome, Record},
};

/// The most bytes of an answer that are kept.
const MOST_ANSWER: usize = 1 << 20;

/// The most letters of a name that a client gives.
const MOST_NAME: usize = 100;

/// The record of a request that is still going on. It travels with the request, and its copies with the answer; when the
/// last of them is dropped, however that comes about, what is known by then is recorded.
#[derive(Clone)]
pub struct Draft(Arc<Inner>);

struct Inner {
    records: Records,
    begun: Instant,
    known: Mutex<Known>,
}

/// What is known so far.
#[derive(Default)]
struct Known {
    record: Record,
    usage: Usage,
    price: Option<PriceConfig>,
    /// Whether the model's name is one that the configuration has.
    listed: bool,
    error: Option<ErrorKind>,
    /// Whether the client got all.
    done: bool,
    request: Bytes,
    answer: Vec<Bytes>,
    answered: usize,
}

impl Draft {
    /// Of a request that has just come, shown with the key of that name, in a face's protocol.
    pub(super) fn new(records: Records, face: &str, key: Option<&str>, headers: &HeaderMap) -> Self {
        records.metrics().in_flight.inc();
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let record = Record {
            time: i64::try_from(time).unwrap_or(i64::MAX),
            key: key.map(str::to_owned),
            client: client(headers),
            session: session(headers),
            face: face.to_owned(),
            ..Record::default()
        };
        let known = Mutex::new(Known { record, ..Known::default() });
        Self(Arc::new(Inner { records, begun: Instant::now(), known }))
    }

    fn with(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What the client asks for: the model that it names, and whether as a stream.
    pub fn asked(&self, model: &str, stream: bool) {
        self.with(|known| {
            known.record.requested = (!model.is_empty()).then(|| short(model));
            known.record.stream = stream;
        });
    }

    /// The conversation that it belongs to, if no header has told one.
    pub fn belongs(&self, session: &str) {
        self.with(|known| _ = known.record.session.get_or_insert_with(|| short(session)));
    }

    /// What the client sent, if bodies are recorded.
    pub fn sent(&self, body: &Bytes) {
        if self.0.records.keeps_bodies() {
            self.with(|known| known.request = body.clone());
        }
    }

    /// What it was taken for, and the rule that said where it goes.
    pub fn chosen(&self, scenario: &str, rule: Option<&str>) {
        self.with(|known| {
            known.record.scenario = Some(scenario.to_owned());
            known.record.rule = rule.map(str::to_owned);
        });
    }

    /// A provider is asked: which, for which model, at what price; `listed` says whether the configuration names the
    /// model. Each call is one attempt.
    pub fn attempted(&self, provider: &str, model: &str, listed: bool, price: Option<PriceConfig>) {
        self.with(|known| {
            known.record.provider = Some(provider.to_owned());
            known.record.model = Some(short(model));
            known.record.attempts += 1;
            (known.listed, known.price) = (listed, price);
            // What the one before counted, lost and failed at is not this one's.
            (known.usage, known.error, known.record.losses) = (Usage::default(), None, None);
        });
    }

    /// All that was tried, where one call was not enough.
    pub fn tried(&self, attempts: &Attempts) {
        if attempts.made.len() > 1 {
            self.with(|known| known.record.tried = Some(attempts.told()));
        }
    }

    /// What of the request the provider's API has no place for.
    pub fn lost(&self, names: &[&'static str]) {
        if !names.is_empty() {
            self.with(|known| known.record.losses = Some(names.join(", ")));
        }
    }

    /// The tokens that it took so far.
    pub fn used(&self, usage: &Usage) {
        self.with(|known| known.usage.update(usage));
    }

    /// What went wrong. What went wrong first counts.
    pub fn failed(&self, kind: ErrorKind) {
        self.with(|known| _ = known.error.get_or_insert(kind));
    }

    /// The client is told this status.
    pub fn answered(&self, status: u16) {
        self.with(|known| known.record.status = Some(status));
    }

    /// Bytes of the answer go to the client.
    pub fn passed(&self, bytes: &Bytes) {
        let now = self.0.begun.elapsed();
        let keeps = self.0.records.keeps_bodies();
        self.with(|known| {
            known.record.first_byte_ms.get_or_insert(millis(now));
            if keeps && known.answered < MOST_ANSWER {
                known.answered += bytes.len();
                known.answer.push(bytes.clone());
            }
        });
    }

    /// The client got all of the answer.
    pub fn done(&self) {
        self.with(|known| known.done = true);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let duration = self.begun.elapsed();
        let known = std::mem::take(self.known.get_mut().unwrap_or_else(PoisonError::into_inner));
        let Known { mut record, usage, price, listed, error, done, request, answer, .. } = known;
        let refused = record.status.is_some_and(|status| status >= 400);
        record.outcome = match () {
            () if error.is_some() || refused => Outcome::Failed,
            () if done => Outcome::Completed,
            () => Outcome::Cancelled,
        };
        let kind = error.or_else(|| record.status.filter(|_| refused).map(ErrorKind::from_status));
        record.error = kind.map(|kind| kind.name().to_owned());
        (record.input, record.output, record.reasoning) = (usage.input, usage.output, usage.reasoning);
        (record.cache_read, record.cache_write) = (usage.cache_read, usage.cache_write);
        record.cost = price.filter(|_| usage != Usage::default()).map(|price| cost(&usage, &price));
        record.duration_ms = millis(duration);
        let bodies = self.records.keeps_bodies().then(|| (request, answer.concat()));
        let metrics = self.records.metrics();
        metrics.in_flight.dec();
        metrics.count(&record, listed, duration);
        self.records.keep(Entry { record, bodies });
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draft(…)")
    }
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn short(name: &str) -> String {
    name.chars().take(MOST_NAME).collect()
}

/// What a client calls itself, with its version.
fn client(headers: &HeaderMap) -> Option<String> {
    let told = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(short(told.split(' ').next()?)).filter(|name| !name.is_empty())
}

/// The conversation that a request belongs to: each client has a header of its own for it, whose name ends so.
fn session(headers: &HeaderMap) -> Option<String> {
    let is_session = |name: &str| name.ends_with("session-id") || name.ends_with("session_id");
    let (_, value) = headers.iter().find(|(name, _)| is_session(name.as_str()))?;
    value.to_str().ok().map(short).filter(|session| !session.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn clients_and_sessions_are_known_by_what_they_tell() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
        };
        let told = headers(&[("user-agent", "agent/2.0 (linux)"), ("x-some-agent-session-id", "s-1")]);
        assert_eq!((client(&told).as_deref(), session(&told).as_deref()), (Some("agent/2.0"), Some("s-1")));
        assert_eq!((client(&headers(&[])), session(&headers(&[("session", "x")]))), (None, None));
    }
}
