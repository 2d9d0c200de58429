//! All kinds of requests at once, for as long as one says, with a configuration that changes meanwhile.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use super::{
    client::{Answer, Client},
    mock::{Mock, text},
    number,
    process::{descriptors, memory, seconds},
    support::gateway::Gateway,
};

const TOOLS: &str = "\"tools\":[{\"name\":\"look\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}}],";

/// So long that its tokens are counted.
static LONG: LazyLock<String> = LazyLock::new(|| "in more words than anyone will ever read ".repeat(5000));

/// How much memory may grow once all caches have seen some of everything.
const GROWTH: u64 = 64 << 20;

#[test]
fn a_storm_loses_nothing() {
    storm(Until::Answers(1000), 8, Duration::from_secs(1));
}

#[test]
#[ignore = "it takes as long as STORM_SECONDS says"]
fn a_storm_as_long_as_one_says() {
    let length = Duration::from_secs(number("STORM_SECONDS", 900));
    storm(Until::Time(length), usize::try_from(number("STORM_CLIENTS", 32)).unwrap(), length / 90);
}

/// How long a storm lasts.
#[derive(Clone, Copy)]
enum Until {
    /// Until so many requests are answered, however long that takes.
    Answers(u64),
    /// For so long.
    Time(Duration),
}

impl Until {
    fn is_over(self, begun: Instant, done: u64) -> bool {
        match self {
            Until::Answers(most) => done >= most,
            Until::Time(length) => begun.elapsed() >= length,
        }
    }
}

/// What a client does: how often of a hundred times, with which model, streamed or not, at which path.
const KINDS: [Kind; 9] = [
    Kind { name: "stream, translated", share: 34, model: "chat,m", stream: true, path: "/v1/messages" },
    Kind { name: "stream, passed through", share: 16, model: "claude,m", stream: true, path: "/v1/messages" },
    Kind { name: "whole, translated", share: 12, model: "chat,m", stream: false, path: "/v1/messages" },
    Kind { name: "whole, passed through", share: 10, model: "chat,m", stream: false, path: "/v1/chat/completions" },
    Kind { name: "tools", share: 10, model: "chat,tools", stream: false, path: "/v1/messages" },
    Kind { name: "busy", share: 6, model: "chat,busy", stream: true, path: "/v1/messages" },
    Kind { name: "cut", share: 4, model: "chat,cut", stream: true, path: "/v1/messages" },
    Kind { name: "left", share: 6, model: "chat,idle", stream: true, path: "/v1/messages" },
    Kind { name: "malformed", share: 2, model: "", stream: false, path: "/v1/messages" },
];

struct Kind {
    name: &'static str,
    share: usize,
    model: &'static str,
    stream: bool,
    path: &'static str,
}

impl Kind {
    /// Asks once; what is wrong with the answer.
    async fn ask(&self, client: &mut Client, number: usize) -> Result<(), String> {
        // No two conversations are alike, and some are long.
        let words = if number.is_multiple_of(50) { LONG.as_str() } else { "in a few words, please" };
        let (model, stream) = (self.model, self.stream);
        let tools = if self.name == "tools" { TOOLS } else { "" };
        let body = format!(
            "{{\"model\":\"{model}\",\"max_tokens\":99,\"stream\":{stream},{tools}\"messages\":[{{\"role\":\"user\",\"content\":\"Question {number}, {words}.\"}}]}}"
        );
        let body = if self.name == "malformed" { "{\"messages\":".to_owned() } else { body };
        let headers = format!("x-claude-code-session-id: session-{}\r\n", number % 5000);
        let broken = |error: std::io::Error| format!("{}: {error}", self.name);
        client.send(self.path, &headers, &body).await.map_err(broken)?;
        if self.name == "left" {
            client.hears("word0").await.map_err(broken)?;
            client.leave();
            return Ok(());
        }
        let answer = client.rest().await.map_err(broken)?;
        match self.is_right(&answer, number) {
            true => Ok(()),
            false => Err(format!("{}: {} {:.600}", self.name, answer.status, answer.body)),
        }
    }

    fn is_right(&self, answer: &Answer, number: usize) -> bool {
        let has = |words: &str| answer.body.contains(words);
        match self.name {
            "busy" => answer.status == 503 && has("Busy."),
            "malformed" => answer.status == 400 && has("invalid_request_error"),
            "tools" => answer.status == 200 && has("\"tool_use\"") && has("\"path\":\"a\""),
            "cut" => answer.status == 200 && has("word0") && has("event: error") && !has("message_stop"),
            _ if !self.stream => answer.status == 200 && has("word39 "),
            _ => answer.status == 200 && has("message_stop") && (!number.is_multiple_of(16) || answer.text() == text()),
        }
    }
}

fn config(mock: &Mock, generation: u64) -> Value {
    let provider = |name: &str, path: &str, spec: &str| {
        let url = format!("http://{}{path}", mock.address);
        let models = ["m", "tools", "busy", "cut", "idle"];
        json!({ "name": name, "api_base_url": url, "api_key": "k", "models": models, "transformer": { "use": [spec] } })
    };
    json!({
        "Providers": [
            provider("chat", "/v1/chat/completions", "openai-compatible"), provider("claude", "/v1/messages", "anthropic"),
        ],
        "Router": { "default": "chat,m", "longContext": "chat,m" },
        "rules": [{ "name": format!("rule {generation}"), "when": "tokens > 100000000", "to": "chat,m" }],
        "retry": { "attempts": 1 }, "breaker": { "failures": 1_000_000 }, "LOG_LEVEL": "error",
    })
}

/// How often each kind was asked, and what went wrong.
#[derive(Default)]
struct Tally {
    done: BTreeMap<&'static str, u64>,
    wrong: Vec<String>,
}

fn storm(until: Until, clients: usize, sample: Duration) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mock = Mock::start().await;
        let gateway = Gateway::start(&config(&mock, 0));
        let (process, address) = (gateway.id(), gateway.address);
        let tally = Arc::<Mutex<Tally>>::default();
        let begun = Instant::now();
        let mut running = JoinSet::new();
        for worker in 0..clients {
            let tally = tally.clone();
            running.spawn(async move {
                let mut client = Client::new(address);
                let mut number = worker + 1;
                while !until.is_over(begun, tally.lock().unwrap().done.values().sum()) {
                    // Every worker goes round all kinds in another order.
                    let mut at = (number / clients * 37 + worker * 11) % 100;
                    let kind = KINDS.iter().find(|kind| {
                        let found = at < kind.share;
                        at = at.wrapping_sub(kind.share);
                        found
                    });
                    let kind = kind.expect("shares of a hundred");
                    let asked = kind.ask(&mut client, number).await;
                    let mut tally = tally.lock().unwrap();
                    *tally.done.entry(kind.name).or_default() += 1;
                    if let Err(wrong) = asked {
                        client.leave();
                        tally.wrong.push(wrong);
                    }
                    number += clients;
                }
            });
        }
        let mut samples = Vec::new();
        println!("seconds  MiB  descriptors  processor-seconds  requests");
        while !until.is_over(begun, tally.lock().unwrap().done.values().sum()) || samples.len() < 3 {
            sleep(sample).await;
            let changed = config(&mock, samples.len() as u64).to_string();
            fs::write(gateway.home().join("config.json5"), changed).unwrap();
            let done: u64 = tally.lock().unwrap().done.values().sum();
            let (taken, open, used) = (memory(process), descriptors(process), seconds(process));
            println!("{:7.0}  {:3}  {open:11}  {used:17.1}  {done:8}", begun.elapsed().as_secs_f64(), taken >> 20);
            samples.push(taken);
        }
        while let Some(done) = running.join_next().await {
            done.unwrap();
        }
        sleep(Duration::from_millis(300)).await;
        let tally = tally.lock().unwrap();
        println!("{:#?}, {} wrong; {} descriptors at the end", tally.done, tally.wrong.len(), descriptors(process));
        assert!(
            tally.wrong.is_empty(),
            "{} answers are wrong: {:#?}",
            tally.wrong.len(),
            &tally.wrong[..tally.wrong.len().min(5)]
        );
        assert_eq!(tally.done.len(), KINDS.len(), "{:?}", tally.done);
        // The caches fill in the first third.
        let (early, late) = (samples[samples.len() / 3], *samples.last().unwrap());
        assert!(late < early + GROWTH, "memory grows from {early} to {late}");
        let metrics = tokio::task::block_in_place(|| gateway.get("/metrics", &[]).text());
        let in_flight = metrics.lines().find(|line| line.starts_with("wireloom_requests_in_flight "));
        assert_eq!(in_flight, Some("wireloom_requests_in_flight 0"));
        let health = tokio::task::block_in_place(|| gateway.get("/health", &[]).json());
        assert!(health["config"]["generation"].as_u64().unwrap() > 1, "{health}");
    });
}
