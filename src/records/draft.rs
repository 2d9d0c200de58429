//! The record of a request that is still going on.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use http::HeaderMap;
use wireloom_schema::{
    config::PriceConfig,
    model::{ErrorKind, FinishReason, Usage},
};

use crate::{
    gateway::Destination,
    pipeline::Attempts,
    redaction::Redaction,
    resilience::attempts::End,
    telemetry::{Ended, Trace},
};

use super::{
    Bodies, Entry, Records,
    cost::cost,
    names::{begun, short},
    record::{Kind, Outcome, Record},
};

/// The most bytes of a request that are kept: its beginning.
const MOST_REQUEST: usize = 1 << 20;

/// The most bytes of an answer that are kept.
const MOST_ANSWER: usize = 1 << 20;

/// How many bytes of text a token has, about.
const BYTES_A_TOKEN: u64 = 4;

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
    /// How many bytes of text were asked, and how many were heard of the answer.
    texts: (u64, u64),
    /// Whether the client got all.
    done: bool,
    /// Its trace, if traces or metrics are sent.
    trace: Option<Box<Trace>>,
    request: Bytes,
    answer: Vec<Bytes>,
    answered: usize,
    /// Whether the request and the answer go on behind what is kept.
    cut: (bool, bool),
    redaction: Option<Arc<Redaction>>,
}

impl Draft {
    /// Of a request that has just come, shown with the key of that name, in a face's protocol.
    pub(super) fn new(records: Records, kind: Kind, face: &str, key: Option<&str>, headers: &HeaderMap) -> Self {
        records.metrics().in_flight.inc();
        let record = Record { key: key.map(str::to_owned), ..begun(kind, face, headers) };
        let trace = records.telemetry().filter(|_| kind == Kind::Answer).map(|telemetry| telemetry.begin(headers));
        let known = Mutex::new(Known { record, trace, ..Known::default() });
        Self(Arc::new(Inner { records, begun: Instant::now(), known }))
    }

    fn with(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What the client asks for: the model that it names, whether as a stream, and about how many bytes of text.
    pub fn asked(&self, model: &str, stream: bool, text: usize) {
        self.with(|known| {
            known.record.requested = (!model.is_empty()).then(|| short(model));
            known.record.stream = stream;
            known.texts.0 = text as u64;
        });
    }

    /// The tokens of a request's input were counted as those of a provider's model.
    pub fn counted(&self, provider: &str, model: &str, input: u64) {
        self.with(|known| {
            (known.record.provider, known.record.model) = (Some(provider.to_owned()), Some(short(model)));
            known.usage.input = Some(input);
        });
    }

    /// The conversation that it belongs to, if no header has told one.
    pub fn belongs(&self, session: &str) {
        self.with(|known| _ = known.record.session.get_or_insert_with(|| short(session)));
    }

    /// What the client sent, which is kept if bodies are recorded; and what is secret, and is not kept of it.
    pub fn sent(&self, body: &Bytes, redaction: &Arc<Redaction>) {
        let keeps = self.0.records.keeps_bodies();
        self.with(|known| {
            known.redaction = Some(redaction.clone());
            if keeps {
                known.request = body.slice(..body.len().min(MOST_REQUEST));
                known.cut.0 = body.len() > MOST_REQUEST;
            }
        });
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
    pub fn attempted(&self, destination: &Destination, listed: bool, price: Option<PriceConfig>) {
        self.with(|known| {
            known.record.provider = Some(destination.target.name.clone());
            known.record.model = Some(short(&destination.model));
            known.trace.iter_mut().for_each(|trace| trace.called(destination, self.0.begun.elapsed()));
            known.record.attempts += 1;
            (known.listed, known.price) = (listed, price);
            // What the one before counted, lost and failed at is not this one's.
            (known.usage, known.error, known.record.losses) = (Usage::default(), None, None);
            (known.texts.1, known.record.finish) = (0, None);
        });
    }

    /// All that was tried, where one call was not enough.
    pub fn tried(&self, attempts: &Attempts) {
        if attempts.made.len() > 1 {
            self.with(|known| known.record.tried = Some(attempts.told()));
        }
        if self.is_traced() {
            let made = attempts.made.iter().filter(|attempt| !matches!(attempt.end, End::Passed(_)));
            self.with(|known| {
                for (call, attempt) in made.enumerate().filter(|(_, attempt)| attempt.end != End::Served) {
                    let failed = |trace: &mut Box<Trace>| {
                        trace.failed(call, attempt.took, attempt.status, attempt.end.told());
                    };
                    known.trace.iter_mut().for_each(failed);
                }
            });
        }
    }

    /// Whether traces or metrics are sent.
    pub fn is_traced(&self) -> bool {
        self.0.records.telemetry().is_some()
    }

    /// The model that answers, as the provider calls it.
    pub fn served(&self, model: &str) {
        self.with(|known| known.trace.iter_mut().for_each(|trace| trace.served(model)));
    }

    /// Lets the latest call carry the trace on, where that is wanted.
    pub fn carry(&self, headers: &mut HeaderMap) {
        if let Some(telemetry) = self.0.records.telemetry() {
            self.with(|known| known.trace.iter().for_each(|trace| telemetry.carry(trace, headers)));
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

    /// How many bytes of text were heard of the answer.
    pub fn heard(&self, text: u64) {
        self.with(|known| known.texts.1 = known.texts.1.max(text));
    }

    /// Why the model ended.
    pub fn finished(&self, reason: FinishReason) {
        self.with(|known| known.record.finish = Some(reason.name()));
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
            match known.answered < MOST_ANSWER {
                true if keeps => {
                    known.answered += bytes.len();
                    known.answer.push(bytes.clone());
                }
                going_on => known.cut.1 = keeps && !going_on,
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
        let Known { mut record, mut usage, price, listed, error, done, texts, trace, request, answer, .. } = known;
        let (cut, redaction) = (known.cut, known.redaction);
        let refused = record.status.is_some_and(|status| status >= 400);
        record.outcome = match () {
            () if error.is_some() || refused => Outcome::Failed,
            () if done => Outcome::Completed,
            () => Outcome::Cancelled,
        };
        let kind = error.or_else(|| record.status.filter(|_| refused).map(ErrorKind::from_status));
        record.error = kind.map(|kind| kind.name().to_owned());
        record.estimated = estimate(&mut usage, texts, record.outcome);
        (record.input, record.output, record.reasoning) = (usage.input, usage.output, usage.reasoning);
        (record.cache_read, record.cache_write) = (usage.cache_read, usage.cache_write);
        record.cache_write_1h = usage.cache_write_1h;
        record.cost = price.filter(|_| usage != Usage::default()).map(|price| cost(&usage, &price));
        record.duration_ms = millis(duration);
        let bodies =
            self.records.keeps_bodies().then(|| Bodies { request: request.into(), answer: answer.concat(), cut });
        let metrics = self.records.metrics();
        metrics.in_flight.dec();
        metrics.count(&record, listed, duration);
        if let (Some(telemetry), Some(trace)) = (self.records.telemetry(), trace) {
            telemetry.take(Ended { record: record.clone(), trace, duration, listed });
        }
        self.records.keep(Entry { record, bodies, redaction });
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draft(…)")
    }
}

/// Completes what the provider has told of tokens with what their texts let one guess, where an answer has begun: many
/// providers tell tokens at its end alone, which a client that leaves does not wait for. Whether anything was guessed.
fn estimate(usage: &mut Usage, (asked, heard): (u64, u64), outcome: Outcome) -> bool {
    let output = heard.div_ceil(BYTES_A_TOKEN);
    let short = usage.output.is_none_or(|told| outcome != Outcome::Completed && told < output);
    if heard == 0 || !short {
        return false;
    }
    usage.output = Some(output);
    usage.input.get_or_insert(asked.div_ceil(BYTES_A_TOKEN));
    true
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_told_is_guessed_from_what_was_heard() {
        let told = |input, output| Usage { input, output, ..Usage::default() };
        for (mut usage, heard, outcome, guessed, wanted) in [
            (told(None, None), 8, Outcome::Cancelled, true, told(Some(25), Some(2))),
            (told(Some(90), Some(1)), 8, Outcome::Cancelled, true, told(Some(90), Some(2))),
            (told(Some(90), Some(1)), 8, Outcome::Completed, false, told(Some(90), Some(1))),
            (told(Some(90), Some(7)), 8, Outcome::Failed, false, told(Some(90), Some(7))),
            (told(None, None), 8, Outcome::Completed, true, told(Some(25), Some(2))),
            (told(None, None), 0, Outcome::Cancelled, false, told(None, None)),
        ] {
            assert_eq!(estimate(&mut usage, (100, heard), outcome), guessed, "{usage:?}");
            assert_eq!(usage, wanted);
        }
    }
}
