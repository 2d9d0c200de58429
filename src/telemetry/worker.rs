//! The thread that sends.

use std::{
    collections::HashMap,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use opentelemetry::InstrumentationScope;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SpanData, SpanExporter as _},
};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;
use wireloom_schema::config::OtlpConfig;

use super::{Message, conventions::SCHEMA_URL, numbers::Numbers, sender::Sender, settings::Settings, spans::spans};

/// What the service calls itself, if nothing else does.
const SERVICE: &str = "wireloom";

/// How often it is told that nothing can be sent.
const COMPLAINT: Duration = Duration::from_secs(60);

/// What the thread works with.
pub(super) struct Worker {
    settings: Settings,
    runtime: Handle,
    scope: InstrumentationScope,
    exporter: Option<SpanExporter>,
    numbers: Option<Numbers>,
    dropped: Counter,
    complained: Option<Instant>,
}

impl Worker {
    /// As a configuration and the standard variables of the environment say.
    pub(super) fn new(config: &OtlpConfig, settings: Settings, dropped: Counter) -> Result<Self, String> {
        let sender = Sender::new()?;
        let headers: HashMap<String, String> =
            config.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect();
        let at = |path: &str| config.endpoint.as_ref().map(|base| format!("{}{path}", base.trim_end_matches('/')));
        let resource = resource(config.service.as_deref());
        let scope = InstrumentationScope::builder(SERVICE)
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url(SCHEMA_URL)
            .build();
        let exporter = settings.traces.then(|| {
            let builder = SpanExporter::builder().with_http().with_http_client(sender.clone());
            let builder = builder.with_headers(headers.clone());
            let built = match at("/v1/traces") {
                Some(url) => builder.with_endpoint(url).build(),
                None => builder.build(),
            };
            built.map(|mut exporter| {
                exporter.set_resource(&resource);
                exporter
            })
        });
        let numbers = settings.metrics.then(|| {
            let builder = MetricExporter::builder().with_http().with_http_client(sender.clone());
            let builder = builder.with_headers(headers.clone());
            let built = match at("/v1/metrics") {
                Some(url) => builder.with_endpoint(url).build(),
                None => builder.build(),
            };
            built.map(|exporter| Numbers::new(exporter, resource.clone(), scope.clone()))
        });
        let told = |error: opentelemetry_otlp::ExporterBuildError| error.to_string();
        let (exporter, numbers) = (exporter.transpose().map_err(told)?, numbers.transpose().map_err(told)?);
        let runtime = sender.runtime().clone();
        Ok(Self { settings, runtime, scope, exporter, numbers, dropped, complained: None })
    }

    /// Works until nobody can send anything any more.
    pub(super) fn work(mut self, receiver: &Receiver<Message>) {
        let (mut batch, mut due) = (Vec::new(), None::<Instant>);
        loop {
            let message = match due {
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => receiver.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match message {
                Ok(Message::Ended(ended)) => {
                    self.numbers.iter().for_each(|numbers| numbers.add(&ended));
                    if self.exporter.is_some() && ended.trace.sampled {
                        batch.append(&mut spans(&ended, &self.scope));
                        due = due.or_else(|| Instant::now().checked_add(self.settings.delay));
                    }
                    if batch.len() < self.settings.batch {
                        continue;
                    }
                    self.send(&mut batch);
                }
                Ok(Message::Flush(done)) => {
                    self.send(&mut batch);
                    self.numbers.iter().for_each(Numbers::flush);
                    let _ = done.try_send(());
                }
                Err(RecvTimeoutError::Timeout) => self.send(&mut batch),
                Err(RecvTimeoutError::Disconnected) => return self.send(&mut batch),
            }
            due = None;
        }
    }

    fn send(&mut self, batch: &mut Vec<SpanData>) {
        let Some(exporter) = self.exporter.as_ref().filter(|_| !batch.is_empty()) else { return };
        let spans = std::mem::take(batch);
        // A request's own span is the one that a server's kind has.
        let requests = spans.iter().filter(|span| span.span_kind == opentelemetry::trace::SpanKind::Server).count();
        if let Err(error) = self.runtime.block_on(exporter.export(spans)) {
            self.dropped.inc_by(requests as u64);
            if self.complained.is_none_or(|then| then.elapsed() >= COMPLAINT) {
                self.complained = Some(Instant::now());
                tracing::warn!(%error, "traces cannot be sent; requests go on without");
            }
        }
    }
}

/// What sends: its name is that of the configuration, else that of `OTEL_SERVICE_NAME`, else the gateway's own.
fn resource(name: Option<&str>) -> Resource {
    let builder = Resource::builder().with_schema_url([], SCHEMA_URL);
    let told = std::env::var("OTEL_SERVICE_NAME").is_ok_and(|name| !name.is_empty())
        || std::env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|told| told.contains("service.name="));
    match name {
        Some(name) => builder.with_service_name(name.to_owned()).build(),
        None if told => builder.build(),
        None => builder.with_service_name(SERVICE).build(),
    }
}
