//! Many streams that have begun and wait: what each of them takes, and that all of them end well.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use super::{
    client::Client,
    mock::{Mock, text},
    number,
    process::{allow, descriptors, memory},
    support::gateway::Gateway,
};

/// How many connections are made at the same moment: the system lets so many wait.
const AT_ONCE: usize = 100;

/// A few hundred streams, each with no more memory than that, in a build without optimizations.
#[test]
fn idle_streams_take_little_and_end_well() {
    let (each, _) = hold(300);
    assert!(each < 200 << 10, "{each} bytes for each stream");
}

/// As many as one says.
#[test]
#[ignore = "it takes many descriptors"]
fn idle_streams_as_many_as_one_says() {
    let count = usize::try_from(number("IDLE_STREAMS", 10_000)).unwrap();
    let (each, told) = hold(count);
    println!("{told}");
    assert!(each < 100 << 10, "{each} bytes for each stream");
}

/// Holds so many streams; the bytes that each of them takes, and all that was seen.
fn hold(count: usize) -> (u64, String) {
    allow(count as u64 * 2 + 1000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mock = Mock::start().await;
        let provider = |name: &str, path: &str, spec: &str| {
            let url = format!("http://{}{path}", mock.address);
            json!({ "name": name, "api_base_url": url, "api_key": "k", "models": ["idle"], "transformer": { "use": [spec] } })
        };
        let gateway = Gateway::start(&json!({
            "Providers": [
                provider("chat", "/v1/chat/completions", "openai-compatible"), provider("claude", "/v1/messages", "anthropic"),
            ],
            "LOG_LEVEL": "warn",
        }));
        // Half of them are translated, the others pass through.
        let ask = |number: usize| {
            let provider = if number.is_multiple_of(2) { "chat" } else { "claude" };
            let messages = json!([{ "role": "user", "content": format!("Question {number}") }]);
            json!({ "model": format!("{provider},idle"), "max_tokens": 99, "stream": true, "messages": messages }).to_string()
        };
        let process = gateway.id();
        // What is there once, whoever asks, is not the streams'.
        let mut streams: JoinSet<Client> = JoinSet::new();
        let mut held = Vec::with_capacity(count + AT_ONCE);
        let begin = |streams: &mut JoinSet<Client>, number: usize| {
            let (address, body) = (gateway.address, ask(number));
            streams.spawn(async move {
                let mut client = Client::new(address);
                client.send("/v1/messages", "", &body).await.expect("a connection");
                client.hears("word0").await.expect("a first word");
                client
            });
        };
        (0..AT_ONCE).for_each(|number| begin(&mut streams, number));
        while let Some(client) = streams.join_next().await {
            held.push(client.unwrap());
        }
        let (before, open) = (memory(process), descriptors(process));
        let begun = Instant::now();
        for number in 0..count {
            begin(&mut streams, number);
            if streams.len() >= AT_ONCE {
                held.push(streams.join_next().await.unwrap().unwrap());
            }
        }
        while let Some(client) = streams.join_next().await {
            held.push(client.unwrap());
        }
        let opened = begun.elapsed();
        assert_eq!(mock.waiting.load(Ordering::Relaxed), count + AT_ONCE);
        sleep(Duration::from_millis(200)).await;
        let (after, opened_descriptors) = (memory(process), descriptors(process));
        let each = after.saturating_sub(before) / count as u64;
        mock.go.send(true).unwrap();
        let begun = Instant::now();
        let mut ended: JoinSet<String> = JoinSet::new();
        for mut client in held {
            ended.spawn(async move {
                let answer = client.rest().await.expect("the rest");
                assert_eq!(answer.status, 200);
                assert!(answer.body.contains("message_stop"), "{answer:?}");
                answer.text()
            });
        }
        let said = text();
        while let Some(text) = ended.join_next().await {
            assert_eq!(text.unwrap(), said);
        }
        let told = format!(
            "{count} streams: opened in {opened:.1?}, {each} bytes each (from {before} to {after}), {} descriptors each, all ended whole in {:.1?}; afterwards {} bytes",
            (opened_descriptors - open) as f64 / count as f64,
            begun.elapsed(),
            memory(process),
        );
        (each, told)
    })
}
