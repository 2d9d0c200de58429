//! What a trace knows of a request while it goes on.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use opentelemetry::{
    SpanId, TraceId,
    propagation::TextMapPropagator,
    trace::{SpanContext, TraceContextExt, TraceFlags},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::gateway::Destination;

use super::{
    STATE,
    settings::{Sampling, new_span, new_trace},
};

/// The trace of one request.
#[derive(Debug)]
pub struct Trace {
    /// The number of the trace.
    pub(super) id: TraceId,
    /// The number of the request's span.
    pub(super) span: SpanId,
    /// The client's span, if it tells one.
    pub(super) parent: Option<SpanContext>,
    /// What the client's tracing passes on.
    state: Option<HeaderValue>,
    /// Whether its spans are sent.
    pub(super) sampled: bool,
    /// The calls to providers.
    pub(super) calls: Vec<Called>,
    /// The model that has answered, as the provider calls it.
    pub(super) model: Option<String>,
}

/// A call to a provider.
#[derive(Debug)]
pub(super) struct Called {
    /// The number of its span.
    pub(super) span: SpanId,
    /// The provider's name in the configuration.
    pub(super) provider: String,
    /// The vendor's name in OpenTelemetry's conventions.
    pub(super) vendor: &'static str,
    /// The model's name there.
    pub(super) model: String,
    /// The host and the port that are called.
    pub(super) address: Option<(String, u16)>,
    /// When it began, since the request came.
    pub(super) begun: Duration,
    /// How it ended, if it has not been answered.
    pub(super) end: Option<CallEnd>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallEnd {
    /// How long it took.
    pub(super) took: Duration,
    /// The status of the answer, where there was one.
    pub(super) status: Option<u16>,
    /// What went wrong, in a few words.
    pub(super) error: &'static str,
}

impl Trace {
    pub(super) fn begin(headers: &HeaderMap, sampling: Sampling) -> Self {
        let told = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        let parent = Some(told.span().span_context().clone()).filter(SpanContext::is_valid);
        let id = parent.as_ref().map_or_else(new_trace, SpanContext::trace_id);
        let state = parent.as_ref().and_then(|_| headers.get(STATE)).cloned();
        let sampled = sampling.takes(id, parent.as_ref().map(SpanContext::trace_flags));
        Self { id, span: new_span(), parent, state, sampled, calls: Vec::new(), model: None }
    }

    pub(super) fn flags(&self) -> TraceFlags {
        if self.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED }
    }

    /// What the latest call tells the provider: the number of the trace, and its own as that of the parent.
    pub(super) fn parent_of_call(&self) -> String {
        let span = self.calls.last().map_or(self.span, |call| call.span);
        format!("00-{}-{}-{:02x}", self.id, span, self.flags().to_u8())
    }

    pub(super) fn state(&self) -> Option<HeaderValue> {
        self.state.clone()
    }

    /// A provider is called, so long after the request came.
    pub fn called(&mut self, destination: &Destination, begun: Duration) {
        let target = &destination.target;
        let facts = target.spec.facts();
        self.calls.push(Called {
            span: new_span(),
            provider: target.name.clone(),
            vendor: facts.vendor,
            model: destination.model.clone(),
            address: target.address().map(|(host, port)| (host.to_owned(), port)),
            begun,
            end: None,
        });
    }

    /// A call has failed: the first of those whose end is not known yet.
    pub fn failed(&mut self, call: usize, took: Duration, status: Option<u16>, error: &'static str) {
        if let Some(call) = self.calls.get_mut(call) {
            call.end = Some(CallEnd { took, status, error });
        }
    }

    /// The model has told its name.
    pub fn served(&mut self, model: &str) {
        self.model.get_or_insert_with(|| model.chars().take(100).collect());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_clients_trace_goes_on() {
        let begin = |parent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", parent.parse().unwrap());
            headers.insert("tracestate", "a=b".parse().unwrap());
            Trace::begin(&headers, Sampling::ALL)
        };
        let trace = begin("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!(trace.id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(trace.sampled && trace.state().is_some() && trace.parent.is_some());
        let told = trace.parent_of_call();
        assert_eq!(told, format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", trace.span));
        for wrong in ["", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "00-0-0-01", "nonsense"] {
            let trace = begin(wrong);
            assert!(trace.parent.is_none() && trace.state().is_none() && trace.id != TraceId::INVALID, "{wrong}");
        }
    }
}
