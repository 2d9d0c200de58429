//! The numbers that are added up over many requests.

use std::time::Duration;

use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{Counter, Histogram, MeterProvider},
};
use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};

use super::{
    Ended,
    conventions::{
        CLIENT_DURATION, CLIENT_FIRST_CHUNK, CLIENT_TOKEN_USAGE, ERROR_TYPE, OPERATION_NAME, PROVIDER_NAME,
        REQUEST_MODEL, SERVER_ADDRESS, SERVER_FIRST_TOKEN, SERVER_PORT, TOKEN_TYPE,
    },
    spans::{OPERATION, succeeded},
};

/// What stands for models that no configuration names: clients could otherwise make any number of series.
const OTHER: &str = "other";

/// The bounds that the conventions give for tokens.
const TOKENS: [f64; 14] = [
    1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0,
    67108864.0,
];

/// Those for the times of whole answers, in seconds.
const TIMES: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// Those for the times to their beginnings, in seconds.
const BEGINNINGS: [f64; 16] =
    [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The instruments.
pub(super) struct Numbers {
    provider: SdkMeterProvider,
    tokens: Histogram<u64>,
    duration: Histogram<f64>,
    first_token: Histogram<f64>,
    first_chunk: Histogram<f64>,
    cost: Counter<f64>,
}

impl Numbers {
    /// Sent by an exporter, as often as `OTEL_METRIC_EXPORT_INTERVAL` says: every minute, if it is not set.
    pub(super) fn new(exporter: MetricExporter, resource: Resource, scope: InstrumentationScope) -> Self {
        let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource).build();
        let meter = provider.meter_with_scope(scope);
        let seconds = |name: &'static str, bounds: &[f64]| {
            meter.f64_histogram(name).with_unit("s").with_boundaries(bounds.to_vec()).build()
        };
        Self {
            tokens: meter
                .u64_histogram(CLIENT_TOKEN_USAGE)
                .with_unit("{token}")
                .with_description("Number of input and output tokens used")
                .with_boundaries(TOKENS.to_vec())
                .build(),
            duration: seconds(CLIENT_DURATION, &TIMES),
            first_token: seconds(SERVER_FIRST_TOKEN, &BEGINNINGS),
            first_chunk: seconds(CLIENT_FIRST_CHUNK, &BEGINNINGS),
            cost: meter.f64_counter("wireloom.cost").with_unit("{USD}").build(),
            provider,
        }
    }

    /// Adds a request. One that nobody was asked for is none of a model's.
    pub(super) fn add(&self, ended: &Ended) {
        let Ended { record, trace, duration, listed } = ended;
        let Some(call) = trace.calls.last() else { return };
        let model = if *listed { call.model.clone() } else { OTHER.to_owned() };
        let mut whose = vec![
            KeyValue::new(OPERATION_NAME, OPERATION),
            KeyValue::new(PROVIDER_NAME, call.vendor),
            KeyValue::new(REQUEST_MODEL, model),
        ];
        if let Some((host, port)) = &call.address {
            whose.push(KeyValue::new(SERVER_ADDRESS, host.clone()));
            whose.push(KeyValue::new(SERVER_PORT, i64::from(*port)));
        }
        // The conventions want no guesses.
        if !record.estimated {
            for (kind, tokens) in [("input", record.input), ("output", record.output)] {
                if let Some(tokens) = tokens {
                    self.tokens.record(tokens, &[&whose[..], &[KeyValue::new(TOKEN_TYPE, kind)]].concat());
                }
            }
        }
        if let Some(cost) = record.cost {
            self.cost.add(cost, &whose);
        }
        if let Some(millis) = record.first_byte_ms.filter(|_| succeeded(record)) {
            let seconds = Duration::from_millis(millis).as_secs_f64();
            self.first_token.record(seconds, &whose);
            if record.stream {
                self.first_chunk.record(seconds, &whose);
            }
        }
        if let Some(error) = &record.error {
            whose.push(KeyValue::new(ERROR_TYPE, error.clone()));
        }
        self.duration.record(duration.as_secs_f64(), &whose);
    }

    /// Sends what is there.
    pub(super) fn flush(&self) {
        if let Err(error) = self.provider.force_flush() {
            tracing::debug!(%error, "numbers could not be sent");
        }
    }
}
