//! What is kept of requests, whatever becomes of them.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES, chat_answer, delta, question,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, config},
        http::PATIENCE,
        sse::openai,
        upstream::Upstream,
    },
};

/// Usage with cached and reasoning tokens, as OpenAI's API tells it.
fn usage() -> Value {
    json!({
        "prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500,
        "prompt_tokens_details": { "cached_tokens": 600 }, "completion_tokens_details": { "reasoning_tokens": 400 },
    })
}

fn answer_with_usage() -> Value {
    let mut answer = chat_answer();
    answer["usage"] = usage();
    answer
}

fn stream_with_usage() -> String {
    let mut last = delta(json!({}), None);
    (last["choices"], last["usage"]) = (json!([]), usage());
    openai(&[delta(json!({ "role": "assistant", "content": "Hi." }), None), delta(json!({}), Some("stop")), last])
}

/// An upstream that streams to who wants a stream.
fn upstream() -> Upstream {
    Upstream::start(|request, peer| {
        if request.json()["stream"] == true {
            peer.begin(200, &[("content-type", "text/event-stream")]);
            peer.piece(&stream_with_usage());
            peer.end();
        } else {
            let body = answer_with_usage().to_string();
            peer.whole(200, &[("content-type", "application/json")], body.as_bytes());
        }
    })
}

fn priced(upstream: &Upstream) -> Value {
    let mut config = config(upstream);
    config["prices"] = json!({ "chat,Model-1": { "input": 2.0, "output": 10.0, "cache_read": 0.5 } });
    config
}

/// What such a request costs.
const COST: f64 = (400.0 * 2.0 + 600.0 * 0.5 + 500.0 * 10.0) / 1e6;

/// All records, once there are so many; the oldest first.
#[track_caller]
fn records(gateway: &Gateway, headers: &[(&str, &str)], count: usize) -> Vec<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = gateway.get("/api/requests?limit=100000&since=1h&kind=answer", headers);
        assert_eq!(answer.status(), 200, "{}", answer.text());
        let mut records: Vec<Value> = serde_json::from_slice(&answer.body).unwrap();
        if records.len() >= count {
            assert_eq!(records.len(), count, "{records:#?}");
            records.reverse();
            return records;
        }
        assert!(Instant::now() < end, "{} records of {count}: {records:#?}", records.len());
        thread::sleep(Duration::from_millis(20));
    }
}

/// A number of the service's, by the beginning of its line.
#[track_caller]
fn number(gateway: &Gateway, line: &str) -> f64 {
    let text = gateway.get("/metrics", &[]).text();
    let found = text.lines().find_map(|told| told.strip_prefix(line)?.rsplit(' ').next()?.parse().ok());
    found.unwrap_or_else(|| panic!("no {line} in {text}"))
}

#[test]
fn every_request_leaves_a_record_with_its_tokens_and_its_cost() {
    let gateway = Gateway::start(&priced(&upstream()));
    let headers = [("user-agent", "agent/1.2 (test)"), ("x-agent-session-id", "s-1")];
    for path in [MESSAGES, CHAT] {
        for stream in [false, true] {
            assert_eq!(gateway.post(path, &headers, question("any", stream)).status(), 200);
        }
    }
    let records = records(&gateway, &[], 4);
    for (record, (face, stream)) in
        records.iter().zip([("anthropic", false), ("anthropic", true), ("openai-chat", false), ("openai-chat", true)])
    {
        let wanted = json!({
            "key": null, "client": "agent/1.2", "session": "s-1", "face": face, "requested": "any", "provider": "chat",
            "model": "Model-1", "attempts": 1, "stream": stream, "status": 200, "outcome": "completed", "error": null,
            "input": 1000, "cache_read": 600, "cache_write": null, "output": 500, "reasoning": 400,
        });
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(&record[name], value, "{name} of {record:#}");
        }
        assert!((record["cost"].as_f64().unwrap() - COST).abs() < 1e-9, "{record:#}");
        assert!(record["first_byte_ms"].as_u64().unwrap() <= record["duration_ms"].as_u64().unwrap());
        assert!(record["time"].as_str().unwrap().ends_with('Z'));
    }
    // The same over the command line, and added up.
    let lines = gateway.run_beside(&["records", "--format", "jsonl"]);
    assert_eq!(lines.lines().count(), 4);
    assert_eq!(gateway.run_beside(&["records", "--format", "csv"]).lines().count(), 5);
    for (by, name) in [("model", "chat,Model-1"), ("session", "s-1"), ("day", ""), ("key", "")] {
        let totals = gateway.get(&format!("/api/usage?by={by}"), &[]).json();
        let total = &totals[0];
        assert_eq!((&total["requests"], &total["input"], &total["reasoning"]), (&4.into(), &4000.into(), &1600.into()));
        assert!((total["cost"].as_f64().unwrap() - 4.0 * COST).abs() < 1e-9, "{total:#}");
        assert!(total["name"].as_str().unwrap_or_default().contains(name), "{total:#}");
        assert!(gateway.run_beside(&["usage", "--by", by]).contains("4000"));
    }
    let labels = "{provider=\"chat\",model=\"Model-1\",kind=\"cache_read\"}";
    assert!((number(&gateway, &format!("wireloom_tokens_total{labels}")) - 2400.0).abs() < 1e-9);
    assert!(number(&gateway, "wireloom_records_dropped_total").abs() < 1e-9);
    assert!(number(&gateway, "wireloom_requests_in_flight").abs() < 1e-9);
}

#[test]
fn failures_are_recorded_with_their_kind_and_the_key_that_was_shown() {
    let error = "{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_error\"}}";
    let mut config = config(&Upstream::json(429, error));
    config["APIKEY"] = "the-key".into();
    config["keys"] = json!([{ "name": "team", "key": "team-key" }]);
    let gateway = Gateway::start(&config);
    let key = [("x-api-key", "team-key")];
    assert_eq!(gateway.post(MESSAGES, &key, question("any", true)).status(), 429);
    assert_eq!(gateway.post(CHAT, &key, question("any", false)).status(), 429);
    assert_eq!(gateway.post(MESSAGES, &key, "{").status(), 400);
    assert_eq!(gateway.post(MESSAGES, &[("x-api-key", "wrong")], question("any", false)).status(), 401);
    let told = records(&gateway, &[("x-api-key", "the-key")], 3);
    let kinds = [("rate_limit", 429), ("rate_limit", 429), ("invalid_request", 400)];
    for (record, (kind, status)) in told.iter().zip(kinds) {
        assert_eq!((&record["outcome"], &record["error"]), (&"failed".into(), &kind.into()), "{record:#}");
        assert_eq!((&record["status"], &record["key"]), (&status.into(), &"team".into()), "{record:#}");
    }
    let text = serde_json::to_string(&told).unwrap();
    for secret in ["the-key", "team-key", UPSTREAM_KEY, "Hello?"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // Who may only ask models does not see what others asked.
    assert_eq!(gateway.get("/api/requests", &key).status(), 403);
    assert_eq!(gateway.get("/api/usage", &key).status(), 403);
    assert_eq!(gateway.get("/metrics", &key).status(), 403);
}

#[test]
fn a_client_that_leaves_has_taken_the_tokens_that_were_told() {
    let upstream = Upstream::start(|_, peer| {
        let mut first = delta(json!({ "role": "assistant", "content": "Hi." }), None);
        first["usage"] = usage();
        peer.begin(200, &[("content-type", "text/event-stream")]);
        peer.piece(&format!("data: {first}\n\n"));
        assert!(peer.left_within(PATIENCE));
    });
    let gateway = Gateway::start(&priced(&upstream));
    for path in [MESSAGES, CHAT] {
        let mut client = gateway.connect();
        client.begin("POST", path, &[], question("any", true).as_bytes());
        assert!(client.hears("Hi."));
    }
    for record in records(&gateway, &[], 2) {
        assert_eq!((&record["outcome"], &record["status"]), (&"cancelled".into(), &200.into()), "{record:#}");
        assert_eq!((&record["input"], &record["output"]), (&1000.into(), &500.into()), "{record:#}");
        assert!((record["cost"].as_f64().unwrap() - COST).abs() < 1e-9);
    }
}

#[test]
fn a_client_that_leaves_before_the_answer_is_recorded() {
    let upstream = Upstream::start(|_, peer| assert!(peer.left_within(PATIENCE)));
    let gateway = Gateway::start(&config(&upstream));
    let mut client = gateway.connect();
    client.send("POST", MESSAGES, &[], question("any", true).as_bytes());
    let end = Instant::now() + PATIENCE;
    while upstream.asked().is_empty() {
        assert!(Instant::now() < end);
        thread::sleep(Duration::from_millis(5));
    }
    drop(client);
    let record = records(&gateway, &[], 1).remove(0);
    assert_eq!((&record["outcome"], &record["status"]), (&"cancelled".into(), &Value::Null), "{record:#}");
}

#[test]
fn bodies_are_kept_only_when_that_is_asked_for() {
    let holds = |gateway: &mut Gateway, words: &str| {
        assert_eq!(gateway.post(MESSAGES, &[], question("any", true)).status(), 200);
        records(gateway, &[], 1);
        gateway.kill_hard();
        let folder = gateway.home().join(".wireloom");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.into_iter().any(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes()))
    };
    for words in ["Hello?", "message_start"] {
        let mut config = config(&upstream());
        assert!(!holds(&mut Gateway::start(&config), words));
        config["records"] = json!({ "bodies": true });
        assert!(holds(&mut Gateway::start(&config), words), "{words}");
    }
}

/// Whoever says a key keeps it out of what is recorded: those of the configuration, and what looks like one.
#[test]
fn no_key_that_is_said_is_kept_with_what_was_said() {
    const TEAM_KEY: &str = "team.word/for-us";
    const PROXY_KEY: &str = "half \"quoted\" words";
    const STRANGERS: [&str; 3] =
        ["sk-ant-api03-0123456789abcdefghij", "Bearer abcdef0123456789", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmVk"];
    let said = [&[UPSTREAM_KEY, "the-main-key", TEAM_KEY, PROXY_KEY, "sk-header-value"][..], &STRANGERS]
        .concat()
        .join(" and ");
    let answer =
        chat_answer().to_string().replace("Hi.", serde_json::to_string(&said).unwrap()[1..].trim_end_matches('"'));
    let mut config = config(&Upstream::json(200, answer));
    config["APIKEY"] = "the-main-key".into();
    config["keys"] = json!([{ "name": "team", "key": TEAM_KEY }]);
    config["Providers"][0]["headers"] = json!({ "x-own": "sk-header-value" });
    config["otlp"] = json!({ "endpoint": "http://127.0.0.1:9", "headers": { "x-otlp": PROXY_KEY } });
    config["records"] = json!({ "bodies": true });
    let mut gateway = Gateway::start(&config);
    let question = json!({
        "model": "sk-ant-api03-0123456789abcdefghij", "max_tokens": 9,
        "messages": [{ "role": "user", "content": format!("Remember {said}, please.") }],
    });
    // The second is longer than what is kept, and ends within a key.
    let start = question.to_string().find("Remember").unwrap();
    let mut long = question.clone();
    long["messages"][0]["content"] = ("x ".repeat(((1 << 20) - start) / 2 - 6) + UPSTREAM_KEY).into();
    for body in [&question, &long] {
        let answer = gateway.post(MESSAGES, &[("x-api-key", TEAM_KEY)], body.to_string());
        assert_eq!(answer.status(), 200, "{}", answer.everything());
        // The client is told all of it.
        assert!(answer.text().contains(UPSTREAM_KEY) && answer.text().contains(TEAM_KEY));
    }
    let records = records(&gateway, &[("x-api-key", "the-main-key")], 2);
    assert_eq!(records[0]["requested"], "********");
    let listed = gateway.run_beside(&["records", "--format", "jsonl"]);
    gateway.kill_hard();
    let files =
        fs::read_dir(gateway.home().join(".wireloom")).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let kept = files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect::<String>() + &listed;
    assert!(kept.contains("Remember ******** and ********") && kept.contains(", please."), "what was said is kept");
    for secret in [
        UPSTREAM_KEY,
        "the-main-key",
        TEAM_KEY,
        "quoted",
        "sk-header",
        "sk-ant",
        "abcdef0123456789",
        "eyJ",
        &UPSTREAM_KEY[..8],
    ] {
        assert!(!kept.contains(secret), "{secret} is kept");
    }
}

#[test]
fn nothing_is_kept_where_that_is_asked_for() {
    let mut config = config(&upstream());
    config["records"] = json!({ "enabled": false });
    let gateway = Gateway::start(&config);
    assert_eq!(gateway.post(MESSAGES, &[], question("any", true)).status(), 200);
    assert_eq!(gateway.get("/api/requests", &[]).status(), 404);
    // The service tells of itself there, and of nothing that it was asked.
    let kept = fs::read_dir(gateway.home().join(".wireloom")).unwrap().map(|entry| entry.unwrap().file_name());
    let kept: Vec<_> = kept.filter(|name| !name.to_string_lossy().starts_with("service.")).collect();
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn records_are_complete_after_a_kill_up_to_the_last_second() {
    let mut gateway = Gateway::start(&config(&upstream()));
    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let body = question("any", true);
    let second_before = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = gateway.connect();
                while !over.load(Ordering::Relaxed) {
                    client.send("POST", MESSAGES, &[], body.as_bytes());
                    match client.wire.message() {
                        Ok(Some(answer)) if answer.status() == 200 => answered.fetch_add(1, Ordering::Relaxed),
                        _ => return,
                    };
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        let before = answered.load(Ordering::Relaxed);
        thread::sleep(Duration::from_secs(1));
        // Killed in full flight; the clients notice.
        kill(&gateway);
        over.store(true, Ordering::Relaxed);
        before
    });
    gateway.kill_hard();
    let lines = gateway.run_beside(&["records", "--format", "jsonl"]);
    let kept = lines.lines().filter(|line| line.contains("\"completed\"")).count();
    let all = answered.load(Ordering::Relaxed);
    assert!(second_before > 2 && kept >= second_before && kept <= all + 4, "{second_before} <= {kept} <= {all}");
}

fn kill(gateway: &Gateway) {
    let status = std::process::Command::new("kill").args(["-9", &gateway.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn an_end_in_good_order_loses_no_record() {
    let mut gateway = Gateway::start(&config(&upstream()));
    for _ in 0..20 {
        assert_eq!(gateway.post(CHAT, &[], question("any", false)).status(), 200);
    }
    gateway.terminate();
    assert_eq!(gateway.ended(), Some(0));
    assert_eq!(gateway.run_beside(&["records", "--format", "jsonl"]).lines().count(), 20);
}

#[test]
fn a_full_disk_stops_records_and_never_requests() {
    // No file may grow beyond so many blocks, and the first write beyond fails as on a full disk.
    let gateway = Gateway::start_behind("trap '' XFSZ; ulimit -f 40", &config(&upstream()));
    requests_go_on(&gateway);
}

#[test]
fn a_folder_that_cannot_be_written_stops_records_and_never_requests() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut config = config(&upstream());
    config["records"] = json!({ "path": file.path().join("records.db") });
    requests_go_on(&Gateway::start(&config));
}

#[track_caller]
fn requests_go_on(gateway: &Gateway) {
    let asked = Arc::new(AtomicUsize::new(0));
    let end = Instant::now() + PATIENCE;
    loop {
        for path in [MESSAGES, CHAT] {
            assert_eq!(gateway.post(path, &[], question("any", true)).status(), 200);
            asked.fetch_add(1, Ordering::Relaxed);
        }
        let dropped = number(gateway, "wireloom_records_dropped_total");
        if dropped > 0.0 {
            break;
        }
        assert!(Instant::now() < end, "no record is dropped");
    }
    let text = gateway.get("/metrics", &[]).text();
    assert!(text.contains("outcome=\"completed\",status=\"200\""), "{text}");
}

#[test]
fn the_numbers_are_such_as_prometheus_reads() {
    let gateway = Gateway::start(&priced(&upstream()));
    for model in ["any", "chat,made-up-1", "chat,made-up-2"] {
        assert_eq!(gateway.post(CHAT, &[], question(model, true)).status(), 200);
    }
    records(&gateway, &[], 3);
    let answer = gateway.get("/metrics", &[]);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        assert!(
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && labels.ends_with('}'),
            "{line}"
        );
        assert!(
            text.contains(&format!(
                "# TYPE {}",
                name.split("_total")
                    .next()
                    .unwrap()
                    .split("_bucket")
                    .next()
                    .unwrap()
                    .split("_sum")
                    .next()
                    .unwrap()
                    .split("_count")
                    .next()
                    .unwrap()
            )),
            "{line}"
        );
    }
    // Clients cannot make series.
    assert!(!text.contains("made-up") && text.contains("model=\"other\""), "{text}");
    assert!(text.contains("wireloom_cost_dollars_total{provider=\"chat\",model=\"Model-1\"}"), "{text}");
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let gateway = Gateway::start(&config(&upstream()));
    for query in
        ["requests?since=soon", "requests?limit=many", "requests?format=table", "usage?by=moon", "usage?since="]
    {
        assert_eq!(gateway.get(&format!("/api/{query}"), &[]).status(), 400, "{query}");
    }
}
