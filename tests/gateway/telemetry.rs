//! Traces and metrics, as a collector gets them.

use std::{
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{AnyValue, KeyValue, any_value},
    metrics::v1::metric::Data,
    trace::v1::Span,
};
use prost::Message as _;
use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES, chat_answer, delta, question,
    support::{
        gateway::{Gateway, config},
        http::{Message, PATIENCE},
        sse::openai,
        upstream::Upstream,
    },
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A collector that takes everything.
fn collector() -> Upstream {
    Upstream::start(|_, peer| peer.whole(200, &[("content-type", "application/x-protobuf")], b""))
}

/// What a collector got at a path, once it is enough.
#[track_caller]
fn got<T>(
    collector: &Upstream,
    path: &str,
    read: impl Fn(&Message) -> Vec<T>,
    enough: impl Fn(&[T]) -> bool,
) -> Vec<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        let asked = collector.asked();
        let found: Vec<T> = asked.iter().filter(|asked| asked.target() == path).flat_map(&read).collect();
        if enough(&found) {
            return found;
        }
        assert!(Instant::now() < end, "{} at {path} of {} requests", found.len(), asked.len());
        thread::sleep(Duration::from_millis(10));
    }
}

#[track_caller]
fn spans(collector: &Upstream, count: usize) -> Vec<Span> {
    let read = |message: &Message| {
        assert_eq!(message.header("content-type"), Some("application/x-protobuf"));
        let request = ExportTraceServiceRequest::decode(&message.body[..]).unwrap();
        let resource = request.resource_spans[0].resource.as_ref().unwrap();
        assert!(text(&resource.attributes, "service.name").is_some());
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    };
    got(collector, "/v1/traces", read, |found| found.len() >= count)
}

fn value<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a any_value::Value> {
    attributes.iter().find(|pair| pair.key == name)?.value.as_ref()?.value.as_ref()
}

fn text(attributes: &[KeyValue], name: &str) -> Option<String> {
    match value(attributes, name)? {
        any_value::Value::StringValue(text) => Some(text.clone()),
        any_value::Value::IntValue(number) => Some(number.to_string()),
        any_value::Value::BoolValue(value) => Some(value.to_string()),
        any_value::Value::DoubleValue(number) => Some(number.to_string()),
        any_value::Value::ArrayValue(list) => {
            let texts = list.values.iter().map(|one| match one {
                AnyValue { value: Some(any_value::Value::StringValue(text)) } => text.clone(),
                other => format!("{other:?}"),
            });
            Some(texts.collect::<Vec<_>>().join(","))
        }
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn streaming() -> Upstream {
    Upstream::start(|request, peer| {
        assert_eq!(request.json()["stream"], true);
        let usage = json!({
            "prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500,
            "prompt_tokens_details": { "cached_tokens": 600 }, "completion_tokens_details": { "reasoning_tokens": 400 },
        });
        let mut last = delta(json!({}), None);
        (last["choices"], last["usage"]) = (json!([]), usage);
        let mut first = delta(json!({ "role": "assistant", "content": "Hi." }), None);
        first["model"] = "model-1-of-today".into();
        peer.begin(200, &[("content-type", "text/event-stream")]);
        peer.piece(&openai(&[first, delta(json!({}), Some("stop")), last]));
        peer.end();
    })
}

/// A provider that fails, and behind it one that answers.
fn with_fallback(good: &Upstream, bad: &Upstream) -> Value {
    let mut config = config(good);
    let mut provider = config["Providers"][0].clone();
    provider["name"] = "bad".into();
    provider["api_base_url"] = format!("http://{}/v1/chat/completions", bad.address).into();
    config["Providers"].as_array_mut().unwrap().push(provider);
    config["Router"]["default"] = "bad,Model-1".into();
    config["fallback"] = json!({ "default": ["chat,Model-1"] });
    config["retry"] = json!({ "attempts": 1, "backoff_ms": 1 });
    config["prices"] = json!({ "chat,Model-1": { "input": 2, "output": 10 } });
    config
}

#[test]
fn a_request_and_its_attempts_are_spans_of_the_clients_trace() {
    let (collector, good) = (collector(), streaming());
    let bad = Upstream::json(500, "{\"error\":{\"message\":\"broken\"}}");
    let mut config = with_fallback(&good, &bad);
    let url = format!("http://{}/", collector.address);
    config["otlp"] = json!({ "endpoint": url, "headers": { "x-team": "otlp-secret" }, "propagate": true });
    let fast = "export OTEL_BSP_SCHEDULE_DELAY=20 OTEL_METRIC_EXPORT_INTERVAL=50";
    let gateway = Gateway::start_behind(fast, &config);
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let headers = [("traceparent", parent.as_str()), ("tracestate", "a=b"), ("x-agent-session-id", "s-1")];
    assert_eq!(gateway.post(MESSAGES, &headers, question("any", true)).status(), 200);

    let spans = spans(&collector, 3);
    assert_eq!(spans.len(), 3, "{spans:#?}");
    assert!(spans.iter().all(|span| hex(&span.trace_id) == TRACE));
    let [own, failed, served] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!((hex(&own.parent_span_id), own.kind, own.name.as_str()), (PARENT.into(), 2, "chat Model-1"));
    for (name, wanted) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai-compatible"),
        ("gen_ai.request.model", "Model-1"),
        ("gen_ai.response.model", "model-1-of-today"),
        ("gen_ai.response.finish_reasons", "stop"),
        ("gen_ai.usage.input_tokens", "1000"),
        ("gen_ai.usage.output_tokens", "500"),
        ("gen_ai.usage.cache_read.input_tokens", "600"),
        ("gen_ai.usage.reasoning.output_tokens", "400"),
        ("gen_ai.request.stream", "true"),
        ("gen_ai.conversation.id", "s-1"),
        ("server.address", "127.0.0.1"),
        ("server.port", &good.address.port().to_string()),
        ("http.response.status_code", "200"),
        ("wireloom.provider", "chat"),
        ("wireloom.attempts", "2"),
        ("wireloom.cost", "0.007"),
    ] {
        assert_eq!(text(&own.attributes, name).as_deref(), Some(wanted), "{name} in {own:#?}");
    }
    assert_eq!(text(&own.attributes, "error.type"), None);
    for call in [failed, served] {
        assert_eq!((hex(&call.parent_span_id), call.kind), (hex(&own.span_id), 3), "{call:#?}");
        assert!(own.start_time_unix_nano <= call.start_time_unix_nano && call.end_time_unix_nano > 0);
        assert!(call.start_time_unix_nano <= call.end_time_unix_nano, "{call:#?}");
    }
    assert_eq!(text(&failed.attributes, "error.type").as_deref(), Some("500"), "{failed:#?}");
    assert_eq!(text(&served.attributes, "error.type"), None, "{served:#?}");
    // Each call carries its own span on.
    for (upstream, span) in [(&bad, failed), (&good, served)] {
        let asked = upstream.only();
        let told = format!("00-{TRACE}-{}-01", hex(&span.span_id));
        assert_eq!((asked.header("traceparent"), asked.header("tracestate")), (Some(told.as_str()), Some("a=b")));
    }
    assert!(collector.asked().iter().all(|asked| asked.header("x-team") == Some("otlp-secret")));
    metrics(&collector);
    assert!(!gateway.log().contains("otlp-secret"));
}

#[track_caller]
fn metrics(collector: &Upstream) {
    let read = |message: &Message| {
        let request = ExportMetricsServiceRequest::decode(&message.body[..]).unwrap();
        let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics).collect::<Vec<_>>()
    };
    let found = got(collector, "/v1/metrics", read, |found| !found.is_empty());
    let named = |name: &str| {
        let metric = found.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name} in {found:#?}"));
        match metric.data.as_ref().unwrap() {
            Data::Histogram(histogram) => histogram.data_points.clone(),
            other => panic!("{name}: {other:?}"),
        }
    };
    for (kind, tokens) in [("input", 1000.0), ("output", 500.0)] {
        let points = named("gen_ai.client.token.usage");
        let of_kind = |pair: &[KeyValue]| text(pair, "gen_ai.token.type").as_deref() == Some(kind);
        let point = points.iter().find(|point| of_kind(&point.attributes)).unwrap();
        assert_eq!((point.sum, point.count, point.explicit_bounds.len()), (Some(tokens), 1, 14), "{kind}");
        assert_eq!(text(&point.attributes, "gen_ai.request.model").as_deref(), Some("Model-1"));
    }
    for name in [
        "gen_ai.client.operation.duration",
        "gen_ai.server.time_to_first_token",
        "gen_ai.client.operation.time_to_first_chunk",
    ] {
        let points = named(name);
        assert_eq!((points.len(), points[0].count), (1, 1), "{name}");
        assert!(points[0].sum.unwrap() >= 0.0 && points[0].sum.unwrap() < 20.0, "{name}");
    }
    assert!(found.iter().any(|metric| metric.name == "wireloom.cost"));
}

#[test]
fn the_standard_variables_do_and_an_end_in_good_order_loses_nothing() {
    let collector = collector();
    let upstream = Upstream::json(200, chat_answer().to_string());
    let variables = format!(
        "export OTEL_EXPORTER_OTLP_ENDPOINT=http://{} OTEL_SERVICE_NAME=loom-7 OTEL_BSP_SCHEDULE_DELAY=60000",
        collector.address
    );
    let mut gateway = Gateway::start_behind(&variables, &config(&upstream));
    for path in [CHAT, MESSAGES] {
        assert_eq!(gateway.post(path, &[], question("any", false)).status(), 200);
    }
    assert!(collector.asked().is_empty());
    gateway.terminate();
    assert_eq!(gateway.ended(), Some(0));
    let spans = spans(&collector, 4);
    let own: Vec<&Span> = spans.iter().filter(|span| span.kind == 2).collect();
    assert_eq!((spans.len(), own.len()), (4, 2));
    assert_ne!(own[0].trace_id, own[1].trace_id);
    for span in own {
        assert!(span.parent_span_id.is_empty() && span.trace_id.iter().any(|byte| *byte != 0), "{span:#?}");
        assert_eq!(text(&span.attributes, "gen_ai.usage.output_tokens").as_deref(), Some("2"));
        assert_eq!(text(&span.attributes, "gen_ai.response.finish_reasons").as_deref(), Some("stop"));
    }
    let first = collector.asked().into_iter().find(|asked| asked.target() == "/v1/traces").unwrap();
    let request = ExportTraceServiceRequest::decode(&first.body[..]).unwrap();
    let resource = request.resource_spans[0].resource.clone().unwrap();
    assert_eq!(text(&resource.attributes, "service.name").as_deref(), Some("loom-7"));
    // Without a word of the configuration's, providers learn nothing of the trace.
    assert!(upstream.asked().iter().all(|asked| asked.header("traceparent").is_none()));
}

#[test]
fn what_a_client_does_not_want_sampled_is_not_sent() {
    let collector = collector();
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    config["otlp"] = json!({ "endpoint": format!("http://{}", collector.address), "metrics": false });
    let mut gateway = Gateway::start(&config);
    let quiet = format!("00-{TRACE}-{PARENT}-00");
    assert_eq!(gateway.post(CHAT, &[("traceparent", &quiet)], question("any", false)).status(), 200);
    assert_eq!(gateway.post(CHAT, &[], question("any", false)).status(), 200);
    gateway.terminate();
    assert_eq!(gateway.ended(), Some(0));
    let spans = spans(&collector, 2);
    assert!(spans.len() == 2 && spans.iter().all(|span| hex(&span.trace_id) != TRACE), "{spans:#?}");
    assert!(collector.asked().iter().all(|asked| asked.target() == "/v1/traces"));
}

#[test]
fn a_collector_that_fails_costs_nothing_but_its_telemetry() {
    let collector = Upstream::json(400, "{}");
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    config["otlp"] = json!({ "endpoint": format!("http://{}", collector.address) });
    let gateway = Gateway::start_behind("export OTEL_BSP_SCHEDULE_DELAY=1", &config);
    let end = Instant::now() + PATIENCE;
    loop {
        assert_eq!(gateway.post(CHAT, &[], question("any", false)).status(), 200);
        let text = gateway.get("/metrics", &[]).text();
        if text.lines().any(|line| {
            let count = line.strip_prefix("wireloom_telemetry_dropped_total ");
            count.is_some_and(|count| count.parse::<f64>().unwrap() > 0.0)
        }) {
            return;
        }
        assert!(Instant::now() < end, "{text}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_wrong_collector_is_told_before_the_start() {
    let mut config = config(&Upstream::json(200, "{}"));
    config["otlp"] = json!({ "endpoint": "collector:4318", "propogate": true });
    let (code, said) = super::support::gateway::refusal(&config, &["--port", "0"]);
    assert!(code != Some(0) && said.contains("http://HOST:4318") && said.contains("propagate"), "{said}");
}
