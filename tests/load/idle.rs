//! Many streams that have begun and wait: what each of them takes, and that all of them end well.

use std::{
    net::SocketAddr,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use memchr::memmem;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use super::{
    client::{Answer, Client},
    mock::{Mock, text},
    number,
    process::{allow, descriptors, memory, seconds},
    support::gateway::Gateway,
};

/// How many connections are made at the same moment: the system lets so many wait.
const AT_ONCE: usize = 100;

/// How many streams share a connection, of clients that speak HTTP/2: a server need not allow more than a hundred.
const SHARE: usize = 100;

/// A few hundred streams, each with no more memory than that, in a build without optimizations.
#[test]
fn idle_streams_take_little_and_end_well() {
    let (each, _) = hold(300, 150);
    assert!(each < 200 << 10, "{each} bytes for each stream");
}

/// As many as one says, so many of them over shared connections. Each takes a descriptor for its upstream, and one for its
/// client if it has a connection of its own.
#[test]
#[ignore = "it takes many descriptors"]
fn idle_streams_as_many_as_one_says() {
    let count = usize::try_from(number("IDLE_STREAMS", 10_000)).unwrap();
    let (each, told) = hold(count, usize::try_from(number("IDLE_SHARED", count as u64 / 2)).unwrap());
    println!("{told}");
    assert!(each < 100 << 10, "{each} bytes for each stream");
}

/// A stream that has begun.
enum Stream {
    /// With a connection of its own.
    Own(Client),
    /// Over a shared connection, with what has come of it.
    Shared(reqwest::Response, Vec<u8>),
}

impl Stream {
    async fn own(address: SocketAddr, body: String) -> Self {
        let mut client = Client::new(address);
        client.send("/v1/messages", "", &body).await.expect("a connection");
        client.hears("word0").await.expect("a first word");
        Self::Own(client)
    }

    async fn shared(client: reqwest::Client, address: SocketAddr, body: String) -> Self {
        let asked = client.post(format!("http://{address}/v1/messages")).body(body);
        let mut response = asked.send().await.expect("an answer");
        assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));
        let mut read = Vec::new();
        while memmem::find(&read, b"word0").is_none() {
            read.extend(response.chunk().await.expect("a first word").expect("a first word"));
        }
        Self::Shared(response, read)
    }

    /// All of it, once it has ended.
    async fn rest(self) -> Answer {
        match self {
            Self::Own(mut client) => client.rest().await.expect("the rest"),
            Self::Shared(mut response, mut read) => {
                while let Some(chunk) = response.chunk().await.expect("the rest") {
                    read.extend(chunk);
                }
                Answer { status: 200, body: String::from_utf8(read).unwrap() }
            }
        }
    }
}

/// Holds so many streams, so many of them over shared connections, and lets them end, three times; the bytes that each takes, and
/// all that was seen.
fn hold(count: usize, shared: usize) -> (u64, String) {
    allow((count + count - shared + count / SHARE) as u64 + 500);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mock = Mock::start().await;
        let gateway = Gateway::start(&config(&mock));
        // What is there once, whoever asks, is not the streams'.
        wave(&mock, &gateway, AT_ONCE, AT_ONCE / 2).await;
        let process = gateway.id();
        let (before, open) = (memory(process), descriptors(process));
        let first = wave(&mock, &gateway, count, shared).await;
        let second = wave(&mock, &gateway, count, shared).await;
        let third = wave(&mock, &gateway, count, shared).await;
        // The first leave behind connections to upstreams, and holes in the heap; all who come later fit into those.
        let most = second.held + second.held / 10 + (16 << 20);
        assert!(third.held < most, "{} bytes, then {}, then {}", first.held, second.held, third.held);
        let each = first.held.saturating_sub(before) / count as u64;
        let told = format!(
            "{count} streams, {shared} of them over shared connections: {each} bytes each (from {before} to {}), {} descriptors, {:.2} s of a processor in a second of silence, opened in {:.1?}, all ended whole in {:.1?}; the second time {} bytes, the third {}, and in the end {}",
            first.held,
            first.descriptors - open,
            first.idle,
            first.opened,
            first.ended,
            second.held,
            third.held,
            memory(process),
        );
        (each, told)
    })
}

/// What was seen while so many streams were held.
struct Seen {
    held: u64,
    descriptors: usize,
    idle: f64,
    opened: Duration,
    ended: Duration,
}

async fn wave(mock: &Mock, gateway: &Gateway, count: usize, shared: usize) -> Seen {
    let (process, address) = (gateway.id(), gateway.address);
    let connection = || reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let connections: Vec<reqwest::Client> = (0..=shared / SHARE).map(|_| connection()).collect();
    let mut opening: JoinSet<Stream> = JoinSet::new();
    let mut held = Vec::with_capacity(count);
    let begun = Instant::now();
    mock.waiting.store(0, Ordering::Relaxed);
    mock.go.send(false).unwrap();
    for number in 0..count {
        match number < shared {
            true => opening.spawn(Stream::shared(connections[number / SHARE].clone(), address, ask(number))),
            false => opening.spawn(Stream::own(address, ask(number))),
        };
        if opening.len() >= AT_ONCE {
            held.push(opening.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(stream) = opening.join_next().await {
        held.push(stream.unwrap());
    }
    let opened = begun.elapsed();
    assert_eq!(mock.waiting.load(Ordering::Relaxed), count);
    sleep(Duration::from_millis(200)).await;
    let (taken, descriptors, used) = (memory(process), descriptors(process), seconds(process));
    sleep(Duration::from_secs(1)).await;
    let idle = seconds(process) - used;
    mock.go.send(true).unwrap();
    let begun = Instant::now();
    let mut ending: JoinSet<Answer> = JoinSet::new();
    held.into_iter().for_each(|stream| _ = ending.spawn(stream.rest()));
    let said = text();
    while let Some(answer) = ending.join_next().await {
        let answer = answer.unwrap();
        assert!(answer.status == 200 && answer.body.contains("message_stop"), "{answer:?}");
        assert_eq!(answer.text(), said);
    }
    Seen { held: taken, descriptors, idle, opened, ended: begun.elapsed() }
}

fn config(mock: &Mock) -> Value {
    let provider = |name: &str, path: &str, spec: &str| {
        let url = format!("http://{}{path}", mock.address);
        json!({ "name": name, "api_base_url": url, "api_key": "k", "models": ["idle"], "transformer": { "use": [spec] } })
    };
    let chat = provider("chat", "/v1/chat/completions", "openai-compatible");
    json!({ "Providers": [chat, provider("claude", "/v1/messages", "anthropic")], "LOG_LEVEL": "warn" })
}

/// A request for a stream. Half of them are translated, the others pass through.
fn ask(number: usize) -> String {
    let provider = if number.is_multiple_of(2) { "chat" } else { "claude" };
    let messages = json!([{ "role": "user", "content": format!("Question {number}") }]);
    json!({ "model": format!("{provider},idle"), "max_tokens": 99, "stream": true, "messages": messages }).to_string()
}
