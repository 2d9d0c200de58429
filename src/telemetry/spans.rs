//! The spans of a request that has ended: one for itself, and one for each call to a provider.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, SpanId, StringValue, Value,
    trace::{SpanContext, SpanKind, Status, TraceState},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::records::{Outcome, Record};

use super::{
    Ended,
    conventions::{
        CACHE_CREATION_TOKENS, CACHE_READ_TOKENS, CONVERSATION_ID, ERROR_TYPE, FINISH_REASONS, INPUT_TOKENS,
        OPERATION_NAME, OUTPUT_TOKENS, PROVIDER_NAME, REASONING_TOKENS, REQUEST_MODEL, REQUEST_STREAM, RESPONSE_MODEL,
        SERVER_ADDRESS, SERVER_PORT, STATUS_CODE, TIME_TO_FIRST_CHUNK,
    },
    trace::{Called, Trace},
};

/// What a request for an answer is called.
pub(super) const OPERATION: &str = "chat";

/// The spans of a request, its own first.
pub(super) fn spans(ended: &Ended, scope: &InstrumentationScope) -> Vec<SpanData> {
    let Ended { record, trace, duration, .. } = ended;
    let begun = UNIX_EPOCH + Duration::from_millis(u64::try_from(record.time).unwrap_or_default());
    let parent = trace.parent.as_ref();
    let status = match &record.error {
        Some(error) => Status::error(error.clone()),
        None => Status::Unset,
    };
    let own = Piece {
        id: trace.span,
        parent: parent.map_or(SpanId::INVALID, SpanContext::span_id),
        is_remote: parent.is_some(),
        kind: SpanKind::Server,
        name: named(record.model.as_deref().or(record.requested.as_deref())),
        times: (begun, begun + *duration),
        attributes: of_request(record, trace),
        status,
    };
    let mut spans = vec![own.span(trace, scope)];
    for call in &trace.calls {
        let start = begun + call.begun;
        let piece = Piece {
            id: call.span,
            parent: trace.span,
            is_remote: false,
            kind: SpanKind::Client,
            name: named(Some(&call.model)),
            times: (start, call.end.map_or(begun + *duration, |end| start + end.took)),
            attributes: of_call(call),
            status: call.end.map_or(Status::Unset, |end| Status::error(end.error)),
        };
        spans.push(piece.span(trace, scope));
    }
    spans
}

/// What is this span's own.
struct Piece {
    id: SpanId,
    parent: SpanId,
    is_remote: bool,
    kind: SpanKind,
    name: Cow<'static, str>,
    times: (SystemTime, SystemTime),
    attributes: Vec<KeyValue>,
    status: Status,
}

impl Piece {
    fn span(self, trace: &Trace, scope: &InstrumentationScope) -> SpanData {
        SpanData {
            span_context: SpanContext::new(trace.id, self.id, trace.flags(), false, TraceState::NONE),
            parent_span_id: self.parent,
            parent_span_is_remote: self.is_remote,
            span_kind: self.kind,
            name: self.name,
            start_time: self.times.0,
            end_time: self.times.1,
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: self.status,
            instrumentation_scope: scope.clone(),
        }
    }
}

fn named(model: Option<&str>) -> Cow<'static, str> {
    model.map_or(OPERATION.into(), |model| format!("{OPERATION} {model}").into())
}

/// Attributes, as far as they are known.
struct Known(Vec<KeyValue>);

impl Known {
    fn add(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        self.0.extend(value.map(|value| KeyValue::new(name, value)));
    }
}

fn number(number: Option<u64>) -> Option<i64> {
    number.map(|number| i64::try_from(number).unwrap_or(i64::MAX))
}

/// What the conventions say of an answer, and what is the gateway's own.
fn of_request(record: &Record, trace: &Trace) -> Vec<KeyValue> {
    let mut known = Known(vec![KeyValue::new(OPERATION_NAME, OPERATION)]);
    let last = trace.calls.last();
    known.add(PROVIDER_NAME, last.map(|call| call.vendor));
    known.add(REQUEST_MODEL, record.model.clone());
    known.add(RESPONSE_MODEL, trace.model.clone());
    known.add(REQUEST_STREAM, Some(record.stream));
    known.add(CONVERSATION_ID, record.session.clone());
    let reasons = record.finish.map(|reason| Value::Array(Array::String(vec![StringValue::from(reason)])));
    known.add(FINISH_REASONS, reasons);
    known.add(INPUT_TOKENS, number(record.input));
    known.add(OUTPUT_TOKENS, number(record.output));
    known.add(CACHE_READ_TOKENS, number(record.cache_read));
    known.add(CACHE_CREATION_TOKENS, number(record.cache_write));
    known.add(REASONING_TOKENS, number(record.reasoning));
    let first = record.first_byte_ms.filter(|_| record.stream).map(|millis| millis as f64 / 1e3);
    known.add(TIME_TO_FIRST_CHUNK, first);
    known.add(ERROR_TYPE, record.error.clone());
    known.add(STATUS_CODE, record.status.map(i64::from));
    last.iter().for_each(|call| address(call, &mut known));
    known.add("wireloom.provider", record.provider.clone());
    known.add("wireloom.face", Some(record.face.clone()));
    known.add("wireloom.requested_model", record.requested.clone());
    known.add("wireloom.client", record.client.clone());
    known.add("wireloom.key", record.key.clone());
    known.add("wireloom.scenario", record.scenario.clone());
    known.add("wireloom.rule", record.rule.clone());
    known.add("wireloom.attempts", Some(i64::from(record.attempts)));
    known.add("wireloom.outcome", Some(record.outcome.name()));
    known.add("wireloom.cost", record.cost);
    known.add("wireloom.estimated", Some(true).filter(|_| record.estimated));
    known.add("wireloom.losses", record.losses.clone());
    known.0
}

fn address(call: &Called, known: &mut Known) {
    if let Some((host, port)) = &call.address {
        known.add(SERVER_ADDRESS, Some(host.clone()));
        known.add(SERVER_PORT, Some(i64::from(*port)));
    }
}

fn of_call(call: &Called) -> Vec<KeyValue> {
    let mut known = Known(Vec::new());
    known.add(PROVIDER_NAME, Some(call.vendor));
    known.add(REQUEST_MODEL, Some(call.model.clone()));
    known.add("wireloom.provider", Some(call.provider.clone()));
    address(call, &mut known);
    let end = call.end;
    known.add(ERROR_TYPE, end.map(|end| end.status.map_or(end.error.to_owned(), |status| status.to_string())));
    known.add(STATUS_CODE, end.and_then(|end| end.status).map(i64::from));
    known.0
}

/// Whether a request has ended well, as far as its provider is concerned.
pub(super) fn succeeded(record: &Record) -> bool {
    record.outcome != Outcome::Failed
}
