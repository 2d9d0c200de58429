//! What requests cost, whose they were, and what of them is not an answer.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES, chat_answer, delta, question,
    support::{
        gateway::{Gateway, anthropic_config, config},
        http::PATIENCE,
        upstream::Upstream,
    },
};

/// Records of a kind, once there are so many; the oldest first.
#[track_caller]
fn records(gateway: &Gateway, kind: &str, count: usize) -> Vec<Value> {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = gateway.get(&format!("/api/requests?limit=1000&kind={kind}"), &[("x-api-key", "the-key")]);
        assert_eq!(answer.status(), 200, "{}", answer.text());
        let mut records: Vec<Value> = serde_json::from_slice(&answer.body).unwrap();
        if records.len() >= count {
            records.reverse();
            return records;
        }
        assert!(Instant::now() < end, "{} records of {count}: {records:#?}", records.len());
        thread::sleep(Duration::from_millis(20));
    }
}

fn near(told: &Value, wanted: f64) -> bool {
    told.as_f64().is_some_and(|told| (told - wanted).abs() < 1e-12)
}

#[test]
fn what_the_vendor_publishes_is_the_price_unless_the_configuration_says_another() {
    let usage = json!({
        "input_tokens": 1000, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 3000, "output_tokens": 500,
        "cache_creation": { "ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000 },
    });
    let answer = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
        "content": [{ "type": "text", "text": "Hi." }], "stop_reason": "end_turn", "stop_sequence": null, "usage": usage,
    });
    let upstream = Upstream::json(200, answer.to_string());
    let mut config = anthropic_config(&upstream);
    config["Providers"][0]["models"] = json!(["claude-sonnet-4-5", "claude-haiku-4-5"]);
    config["Router"]["default"] = "claude,claude-sonnet-4-5".into();
    config["prices"] =
        json!({ "claude,claude-haiku-4-5": { "input": 100, "output": 0, "cache_read": 0, "cache_write": 0 } });
    let gateway = Gateway::start(&config);
    // Translated, and in the client's own bytes.
    for path in [CHAT, MESSAGES] {
        assert_eq!(gateway.post(path, &[], question("any", false)).status(), 200);
    }
    assert_eq!(gateway.post(MESSAGES, &[], question("claude,claude-haiku-4-5", false)).status(), 200);
    let records = records(&gateway, "answer", 3);
    let published = (1000.0 * 3.0 + 2000.0 * 0.3 + 1000.0 * 3.75 + 2000.0 * 6.0 + 500.0 * 15.0) / 1e6;
    for (record, cost) in records.iter().zip([published, published, 0.1]) {
        assert!(near(&record["cost"], cost), "{cost}: {record:#}");
        assert_eq!((&record["input"], &record["cache_write_1h"]), (&6000.into(), &2000.into()), "{record:#}");
        assert_eq!((&record["finish"], &record["estimated"]), (&"stop".into(), &false.into()), "{record:#}");
    }
}

#[test]
fn the_tokens_of_a_stream_that_its_client_leaves_are_estimated() {
    let words = "Forty bytes of text, as far as one sees.";
    let upstream = Upstream::start(move |request, peer| {
        peer.begin(200, &[("content-type", "text/event-stream")]);
        let frames: &[Value] = &if request.target().contains("messages") {
            let start = json!({ "type": "message_start", "message": {
                "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null,
                "usage": { "input_tokens": 77, "output_tokens": 1 } } });
            let open =
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } });
            let text =
                json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": words } });
            vec![start, open, text.clone(), text.clone(), text]
        } else {
            vec![delta(json!({ "role": "assistant", "content": words }), None); 3]
        };
        for frame in frames {
            let name = frame["type"].as_str().map_or(String::new(), |name| format!("event: {name}\n"));
            peer.piece(&format!("{name}data: {frame}\n\n"));
        }
        assert!(peer.left_within(PATIENCE));
    });
    for (config, told) in [(config(&upstream), None), (anthropic_config(&upstream), Some(77))] {
        let mut config = config;
        let model = config["Router"]["default"].clone();
        config["prices"] = json!({ model.as_str().unwrap(): { "input": 1, "output": 10 } });
        let gateway = Gateway::start(&config);
        for path in [MESSAGES, CHAT] {
            let mut client = gateway.connect();
            client.begin("POST", path, &[], question("any", true).as_bytes());
            let mut heard = String::new();
            while heard.matches("Forty bytes").count() < 3 {
                heard += &String::from_utf8(client.wire.piece().unwrap().unwrap()).unwrap();
            }
        }
        for record in records(&gateway, "answer", 2) {
            assert_eq!((&record["outcome"], &record["estimated"]), (&"cancelled".into(), &true.into()), "{record:#}");
            assert_eq!(record["output"], 30, "{record:#}");
            let input = record["input"].as_u64().unwrap();
            assert!(told.map_or((20..60).contains(&input), |told| input == told), "{record:#}");
            assert!(near(&record["cost"], (input as f64 + 300.0) / 1e6), "{record:#}");
        }
    }
}

#[test]
fn what_is_refused_and_what_is_counted_leaves_records_that_are_no_answers() {
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    config["APIKEY"] = "the-key".into();
    config["keys"] = json!([{ "name": "eye", "key": "eye-key", "scopes": ["read"] }]);
    config["limits"] = json!({ "body_mb": 1 });
    let gateway = Gateway::start(&config);
    let agent = ("user-agent", "agent/3");
    let post = |path: &str, key: &str, body: String| gateway.post(path, &[("x-api-key", key), agent], body).status();
    assert_eq!(post(MESSAGES, "wrong", question("any", false)), 401);
    assert_eq!(post(CHAT, "eye-key", question("any", false)), 403);
    assert_eq!(post("/nowhere", "the-key", question("any", false)), 404);
    assert_eq!(post(&format!("{MESSAGES}/count_tokens"), "the-key", question("any", false)), 200);
    assert_eq!(post(MESSAGES, "the-key", "x".repeat(2 << 20)), 413);
    assert_eq!(post(MESSAGES, "the-key", question("any", false)), 200);
    let refused = records(&gateway, "refusal", 3);
    for (record, (face, status, error)) in refused.iter().zip([
        ("anthropic", 401, "authentication"),
        ("openai-chat", 403, "permission"),
        ("anthropic", 404, "not_found"),
    ]) {
        assert_eq!((&record["status"], &record["error"]), (&status.into(), &error.into()), "{record:#}");
        assert_eq!((&record["client"], &record["outcome"]), (&"agent/3".into(), &"failed".into()), "{record:#}");
        assert!(status == 404 || record["face"] == face, "{record:#}");
    }
    let counted = records(&gateway, "count", 1).remove(0);
    let found = (&counted["provider"], &counted["model"], &counted["key"], &counted["status"]);
    assert_eq!(found, (&"chat".into(), &"Model-1".into(), &"APIKEY".into(), &200.into()), "{counted:#}");
    assert!(counted["input"].as_u64().unwrap() > 0 && counted["cost"].is_null(), "{counted:#}");
    let answers = records(&gateway, "answer", 2);
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&413.into(), &200.into()));
    // Totals are those of answers.
    let totals = gateway.get("/api/usage?by=key", &[("x-api-key", "the-key")]).json();
    assert_eq!((totals.as_array().unwrap().len(), &totals[0]["requests"]), (1, &2.into()), "{totals:#}");
    assert_eq!(gateway.get("/api/requests?kind=other", &[("x-api-key", "the-key")]).status(), 400);
}

#[test]
fn a_flood_of_refusals_is_counted_and_does_not_fill_the_records() {
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    config["APIKEY"] = "the-key".into();
    let gateway = Gateway::start(&config);
    let mut client = gateway.connect();
    for _ in 0..300 {
        assert_eq!(client.ask("GET", "/v1/models", &[("x-api-key", "guess")], &[]).status(), 401);
    }
    assert_eq!(gateway.post(CHAT, &[("authorization", "Bearer the-key")], question("any", false)).status(), 200);
    records(&gateway, "answer", 1);
    let kept = records(&gateway, "refusal", 100).len();
    assert!((100..=140).contains(&kept), "{kept}");
    let metrics = gateway.get("/metrics", &[("x-api-key", "the-key")]).text();
    let counted: f64 = metrics
        .lines()
        .filter(|line| line.starts_with("wireloom_requests_total{kind=\"refusal\"") && line.contains("status=\"401\""))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!((counted - 300.0).abs() < 1e-9, "{metrics}");
    assert!(metrics.contains("wireloom_records_dropped_total 0"), "{metrics}");
}

#[test]
fn usage_is_added_up_by_project_and_by_several_things_together() {
    let gateway = Gateway::start(&config(&Upstream::json(200, chat_answer().to_string())));
    let folder = gateway.home().join(".claude/projects/-work-loom");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("s-1.jsonl"), "{}\n").unwrap();
    for session in ["s-1", "s-1", "../s-1"] {
        let headers = [("x-claude-code-session-id", session)];
        assert_eq!(gateway.post(MESSAGES, &headers, question("any", false)).status(), 200);
    }
    let records = records(&gateway, "answer", 3);
    let projects: Vec<&Value> = records.iter().map(|record| &record["project"]).collect();
    assert_eq!(projects, [&json!("-work-loom"), &json!("-work-loom"), &Value::Null]);
    let totals = gateway.get("/api/usage?by=project", &[]).json();
    let requests =
        |name: Value| totals.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["requests"].clone();
    assert_eq!((requests(json!("-work-loom")), requests(Value::Null)), (json!(2), json!(1)), "{totals:#}");
    let both = gateway.get("/api/usage?by=model,project", &[]).json();
    assert_eq!(both[0]["name"], "chat,Model-1 | -work-loom", "{both:#}");
    assert_eq!(both[1]["name"], "chat,Model-1 | -", "{both:#}");
    let told = gateway.run_beside(&["usage", "--by", "day,project"]);
    assert!(told.lines().any(|line| line.contains(" | -work-loom")), "{told}");
}
