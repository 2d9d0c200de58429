//! What is sent, and how often: the configuration, and the standard variables of the environment.

use std::time::Duration;

use opentelemetry::{
    SpanId, TraceId,
    trace::{SpanKind, TraceFlags},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};
use wireloom_schema::config::OtlpConfig;

/// The variables that name a collector.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const METRICS_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

/// What is sent, and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    /// Whether spans are.
    pub(super) traces: bool,
    /// Whether numbers are.
    pub(super) metrics: bool,
    /// Whether calls carry the trace on.
    pub(super) propagate: bool,
    /// Which traces are.
    pub(super) sampling: Sampling,
    /// How long a span waits at most (`OTEL_BSP_SCHEDULE_DELAY`).
    pub(super) delay: Duration,
    /// How many requests may wait (`OTEL_BSP_MAX_QUEUE_SIZE`).
    pub(super) waiting: usize,
    /// How many spans are sent at once (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`).
    pub(super) batch: usize,
}

/// Which traces are sent (`OTEL_TRACES_SAMPLER`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sampling {
    /// Whether a client that tells a trace says it.
    parent_based: bool,
    /// What part of the others, from 0 to 1.
    ratio: f64,
}

impl Sampling {
    /// All, but for what a client does not want.
    #[cfg(test)]
    pub(super) const ALL: Self = Self { parent_based: true, ratio: 1.0 };

    /// As the variables name it; all but what the client does not want, if they name none.
    fn of(variable: &impl Fn(&str) -> Option<String>) -> Self {
        let name = variable("OTEL_TRACES_SAMPLER").unwrap_or_default();
        let (parent_based, plain) = match name.strip_prefix("parentbased_") {
            Some(plain) => (true, plain),
            None => (name.is_empty(), name.as_str()),
        };
        let told = || variable("OTEL_TRACES_SAMPLER_ARG").and_then(|text| text.parse().ok());
        let ratio = match plain {
            "always_off" => 0.0,
            "traceidratio" => told().filter(|ratio| (0.0..=1.0).contains(ratio)).unwrap_or(1.0),
            _ => 1.0,
        };
        Self { parent_based, ratio }
    }

    /// Whether a trace is sent whose client says so much of it.
    pub(super) fn takes(self, trace: TraceId, parent: Option<TraceFlags>) -> bool {
        match parent.filter(|_| self.parent_based) {
            Some(flags) => flags.is_sampled(),
            None => {
                let sampler = Sampler::TraceIdRatioBased(self.ratio);
                let result = sampler.should_sample(None, trace, "", &SpanKind::Server, &[], &[]);
                result.decision == SamplingDecision::RecordAndSample
            }
        }
    }
}

impl Settings {
    /// What is to be sent, if anything is.
    pub(super) fn of(config: &OtlpConfig, variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let variable = |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if !config.enabled || variable("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return None;
        }
        let named = |own: &str| config.endpoint.is_some() || variable(ENDPOINT).or_else(|| variable(own)).is_some();
        let wanted = |exporter: &str| variable(exporter).is_none_or(|name| name != "none");
        let traces = config.traces && wanted("OTEL_TRACES_EXPORTER") && named(TRACES_ENDPOINT);
        let metrics = config.metrics && wanted("OTEL_METRICS_EXPORTER") && named(METRICS_ENDPOINT);
        let number = |name: &str, usual: usize| {
            variable(name).and_then(|text| text.parse().ok()).filter(|number| *number > 0).unwrap_or(usual)
        };
        let batch = number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512);
        (traces || metrics).then(|| Self {
            traces,
            metrics,
            propagate: config.propagate,
            sampling: Sampling::of(&variable),
            delay: Duration::from_millis(number("OTEL_BSP_SCHEDULE_DELAY", 5_000) as u64),
            waiting: number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048),
            batch,
        })
    }
}

/// A new trace's number, which is not 0.
pub(super) fn new_trace() -> TraceId {
    TraceId::from(fastrand::u128(1..))
}

/// A new span's number, which is not 0.
pub(super) fn new_span() -> SpanId {
    SpanId::from(fastrand::u64(1..))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn settings(config: &OtlpConfig, variables: &[(&str, &str)]) -> Option<Settings> {
        let found = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        Settings::of(config, found)
    }

    #[test]
    fn something_is_sent_only_where_a_collector_is_named() {
        let plain = OtlpConfig::default();
        let named = OtlpConfig { endpoint: Some("http://c:4318".into()), ..plain.clone() };
        assert_eq!(settings(&plain, &[]), None);
        assert!(settings(&named, &[]).is_some_and(|found| found.traces && found.metrics));
        assert!(settings(&plain, &[(ENDPOINT, "http://c")]).is_some_and(|found| found.traces && found.metrics));
        assert!(settings(&plain, &[(TRACES_ENDPOINT, "http://c")]).is_some_and(|found| found.traces && !found.metrics));
        assert_eq!(settings(&named, &[("OTEL_SDK_DISABLED", "TRUE")]), None);
        assert_eq!(settings(&OtlpConfig { enabled: false, ..named.clone() }, &[(ENDPOINT, "http://c")]), None);
        let quiet = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
        assert_eq!(settings(&named, &quiet), None);
        let numbers = [("OTEL_BSP_SCHEDULE_DELAY", "7"), ("OTEL_BSP_MAX_QUEUE_SIZE", "x")];
        let found = settings(&named, &numbers).unwrap();
        assert_eq!((found.delay, found.waiting, found.batch), (Duration::from_millis(7), 2_048, 512));
    }

    #[test]
    fn the_client_says_what_is_sampled_unless_the_variables_do() {
        let sampling = |name: &str, argument: &str| {
            Sampling::of(&|wanted: &str| match wanted {
                "OTEL_TRACES_SAMPLER" => Some(name.to_owned()).filter(|name| !name.is_empty()),
                _ => Some(argument.to_owned()),
            })
        };
        let (yes, no) = (Some(TraceFlags::SAMPLED), Some(TraceFlags::NOT_SAMPLED));
        for (name, argument, wanted) in [
            ("", "", [true, true, false]),
            ("parentbased_always_off", "", [false, true, false]),
            ("always_on", "", [true, true, true]),
            ("always_off", "", [false, false, false]),
            ("traceidratio", "0", [false, false, false]),
            ("parentbased_traceidratio", "1.0", [true, true, false]),
        ] {
            let takes = [None, yes, no].map(|parent| sampling(name, argument).takes(new_trace(), parent));
            assert_eq!(takes, wanted, "{name}");
        }
    }
}
