//! Numbers for Prometheus.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::record::{Kind, Record};

/// What stands for models that no configuration names: clients could otherwise make any number of series.
const OTHER: &str = "other";

/// The bounds of times, in seconds.
const TIMES: [f64; 13] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 600.0];

/// Whose a number is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Model {
    provider: String,
    model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    kind: &'static str,
    face: String,
    provider: String,
    model: String,
    outcome: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Counted {
    provider: String,
    model: String,
    kind: &'static str,
}

/// All numbers of the service since it started.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests that are going on.
    pub in_flight: Gauge,
    /// Records that could not be kept.
    pub dropped: Counter,
    /// Requests whose telemetry could not be sent.
    pub unsent: Counter,
    /// 1 while records cannot be kept, else 0.
    pub failing: Gauge,
    requests: Family<Ended, Counter>,
    tokens: Family<Counted, Counter>,
    cost: Family<Model, Counter<f64, AtomicU64>>,
    first_byte: Family<Model, Histogram>,
    duration: Family<Model, Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let times = || Family::<Model, Histogram>::new_with_constructor(|| Histogram::new(TIMES));
        let mut registry = Registry::with_prefix("wireloom");
        let (in_flight, dropped, failing) = (Gauge::default(), Counter::default(), Gauge::default());
        let (requests, tokens, cost) = (Family::default(), Family::default(), Family::default());
        let (first_byte, duration) = (times(), times());
        registry.register("requests_in_flight", "Requests that are going on", in_flight.clone());
        registry.register("requests", "Requests that have ended", requests.clone());
        registry.register(
            "tokens",
            "Tokens by kind; cached ones are part of the input, reasoning of the output",
            tokens.clone(),
        );
        registry.register("cost_dollars", "What they cost, where the price is known", cost.clone());
        registry.register_with_unit(
            "first_byte",
            "Time to the first byte of the answer",
            Unit::Seconds,
            first_byte.clone(),
        );
        registry.register_with_unit("duration", "Time to the end of the answer", Unit::Seconds, duration.clone());
        registry.register("records_dropped", "Records that could not be kept", dropped.clone());
        registry.register("records_failing", "1 while records cannot be kept, else 0", failing.clone());
        let unsent = Counter::default();
        registry.register("telemetry_dropped", "Requests whose telemetry could not be sent", unsent.clone());
        Self { registry, in_flight, dropped, unsent, failing, requests, tokens, cost, first_byte, duration }
    }
}

impl Metrics {
    /// Counts a request that has ended. A model that the configuration does not list has no name here.
    pub fn count(&self, record: &Record, listed: bool, duration: Duration) {
        let provider = record.provider.clone().unwrap_or_default();
        let model = match &record.model {
            Some(model) if listed => model.clone(),
            Some(_) => OTHER.to_owned(),
            None => String::new(),
        };
        let whose = Model { provider, model };
        let (face, outcome, status) = (record.face.clone(), record.outcome.name(), record.status.unwrap_or(0));
        let (kind, Model { provider, model }) = (record.kind.name(), whose.clone());
        self.requests.get_or_create(&Ended { kind, face, provider, model, outcome, status }).inc();
        // Times and tokens are those of answers.
        if record.kind != Kind::Answer {
            return;
        }
        self.duration.get_or_create(&whose).observe(duration.as_secs_f64());
        if let Some(millis) = record.first_byte_ms {
            self.first_byte.get_or_create(&whose).observe(millis as f64 / 1e3);
        }
        if let Some(cost) = record.cost {
            self.cost.get_or_create(&whose).inc_by(cost);
        }
        let kinds = [
            ("input", record.input),
            ("cache_read", record.cache_read),
            ("cache_write", record.cache_write),
            ("output", record.output),
            ("reasoning", record.reasoning),
        ];
        let Model { provider, model } = whose;
        let mut counted = Counted { provider, model, kind: "" };
        for (kind, tokens) in kinds {
            if let Some(tokens) = tokens.filter(|tokens| *tokens > 0) {
                counted.kind = kind;
                self.tokens.get_or_create(&counted).inc_by(tokens);
            }
        }
    }

    /// All of them in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A string takes whatever is written.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
