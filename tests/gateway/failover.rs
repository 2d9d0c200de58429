//! Providers that fail, and others that answer in their place.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    BOTH, CHAT, MESSAGES, chat_answer, messages_answer, question,
    streams::{STREAM, ending, ends_with_an_error, opening, word},
    support::{
        gateway::{Gateway, UPSTREAM_KEY},
        http::Message,
        sse::events,
        upstream::{Peer, Upstream},
    },
    told,
};

/// A configuration with providers that speak the dialect of clients at `path`, or the other one: the first is the
/// default, the others stand in for it.
pub(super) fn config(path: &str, across: bool, upstreams: &[&Upstream]) -> Value {
    let is_anthropic = (path == MESSAGES) != across;
    let spec = if is_anthropic { "anthropic" } else { "openai-compatible" };
    let url = if is_anthropic { MESSAGES } else { CHAT };
    let provider = |(number, upstream): (usize, &&Upstream)| {
        json!({
            "name": format!("p{number}"), "api_base_url": format!("http://{}{url}", upstream.address),
            "api_key": UPSTREAM_KEY, "models": ["m"], "transformer": { "use": [spec] },
        })
    };
    let providers: Vec<Value> = upstreams.iter().enumerate().map(provider).collect();
    let others: Vec<String> = (1..upstreams.len()).map(|number| format!("p{number},m")).collect();
    json!({
        "Providers": providers, "Router": { "default": "p0,m" }, "fallback": { "default": others },
        "retry": { "attempts": 1, "backoff_ms": 1 }, "LOG_LEVEL": "debug",
    })
}

/// What answers well.
pub(super) fn good(path: &str, across: bool) -> Upstream {
    let other = if (path == MESSAGES) == across { MESSAGES } else { CHAT };
    Upstream::start(move |request, peer| match request.json()["stream"] == true {
        true => {
            peer.begin(200, &STREAM);
            peer.piece(&(opening(other) + &word(other, "Well.") + &ending(other)));
            peer.end();
        }
        false => {
            let body = if other == MESSAGES { chat_answer() } else { messages_answer() };
            let body = body.to_string().replace("Hi.", "Well.");
            peer.whole(200, &[("content-type", "application/json")], body.as_bytes());
        }
    })
}

#[track_caller]
fn is_served(answer: &Message) {
    assert_eq!(answer.status(), 200, "{}", answer.everything());
    assert!(answer.text().contains("Well."), "{}", answer.everything());
    assert_eq!(answer.text().matches("Well.").count(), 1);
}

/// An error of the dialect whose frames [`opening`] and [`word`] give for that path.
fn error_of(other: &str) -> Value {
    let error = json!({ "type": "overloaded_error", "message": "Too busy." });
    if other == MESSAGES { json!({ "error": error }) } else { json!({ "type": "error", "error": error }) }
}

type Fault = (&'static str, fn(&str, &mut Peer));

/// What may go wrong before a client has heard anything.
const FAULTS: [Fault; 9] = [
    ("500", |_, peer| peer.whole(500, &[], b"oops")),
    ("429", |_, peer| peer.whole(429, &[("retry-after", "60")], b"{}")),
    ("401", |_, peer| peer.whole(401, &[], b"{}")),
    ("404", |_, peer| peer.whole(404, &[], b"{}")),
    ("529", |_, peer| peer.whole(529, &[], b"{}")),
    ("no answer", |_, peer| peer.cut()),
    ("an error behind success", |other, peer| {
        peer.whole(200, &[("content-type", "application/json")], error_of(other).to_string().as_bytes());
    }),
    ("no content", |other, peer| {
        peer.begin(200, &STREAM);
        peer.piece(&opening(other));
        peer.cut();
    }),
    ("an error as the first frame", |other, peer| {
        peer.begin(200, &STREAM);
        let event = if other == MESSAGES { "" } else { "event: error\n" };
        peer.piece(&format!("{event}data: {}\n\n", error_of(other)));
        peer.end();
    }),
];

#[test]
fn another_provider_answers_in_place_of_one_that_fails() {
    for path in BOTH {
        for across in [true, false] {
            let other = if (path == MESSAGES) == across { MESSAGES } else { CHAT };
            let bad = Upstream::start(move |request, peer| {
                let number: usize = request.header("x-fault").unwrap().parse().unwrap();
                FAULTS[number].1(other, peer);
            });
            let good = good(path, across);
            for (number, (name, _)) in FAULTS.iter().enumerate() {
                let mut config = config(path, across, &[&bad, &good]);
                config["Providers"][0]["headers"] = json!({ "X-Fault": number.to_string() });
                let gateway = Gateway::start(&config);
                let streams = if number >= 7 { &[true][..] } else { &[true, false] };
                for stream in streams {
                    let answer = gateway.post(path, &[], question("any", *stream));
                    assert_eq!(answer.status(), 200, "{name} at {path}, across {across}: {}", answer.everything());
                    is_served(&answer);
                }
            }
        }
    }
}

#[test]
fn a_clients_own_mistake_is_asked_once() {
    for path in BOTH {
        for across in [true, false] {
            let bad = Upstream::json(400, error_of(CHAT).to_string().replace("overloaded", "invalid_request"));
            let good = good(path, across);
            let answer = Gateway::start(&config(path, across, &[&bad, &good])).post(path, &[], question("any", false));
            assert_eq!(answer.status(), 400);
            bad.only();
            assert!(good.asked().is_empty());
        }
    }
}

#[test]
fn behind_the_first_content_nothing_is_replayed() {
    for path in BOTH {
        for across in [true, false] {
            let other = if (path == MESSAGES) == across { MESSAGES } else { CHAT };
            let bad = Upstream::start(move |_, peer| {
                peer.begin(200, &STREAM);
                peer.piece(&(opening(other) + &word(other, "half")));
                peer.cut();
            });
            let good = good(path, across);
            let answer = Gateway::start(&config(path, across, &[&bad, &good])).post(path, &[], question("any", true));
            assert!(answer.text().contains("half"));
            ends_with_an_error(path, &answer.text());
            assert!(good.asked().is_empty());
        }
    }
}

#[test]
fn an_empty_answer_is_better_than_none() {
    for path in BOTH {
        for across in [true, false] {
            let other = if (path == MESSAGES) == across { MESSAGES } else { CHAT };
            let empty = move || Upstream::events(opening(other) + &ending(other));
            let (first, second, good) = (empty(), Upstream::json(500, ""), good(path, across));
            let answer =
                Gateway::start(&config(path, across, &[&first, &second])).post(path, &[], question("any", true));
            assert_eq!(answer.status(), 200, "{}", answer.everything());
            events(&answer.text());
            assert_eq!(second.asked().len(), 1);
            is_served(&Gateway::start(&config(path, across, &[&first, &good])).post(path, &[], question("any", true)));
        }
    }
}

#[test]
fn when_nobody_answers_the_client_is_told_who_was_asked_and_when_to_come_again() {
    for path in BOTH {
        let first = Upstream::start(|_, peer| peer.whole(429, &[("retry-after", "30")], b"slow down"));
        let second = Upstream::start(|_, peer| peer.whole(429, &[("retry-after", "20")], b""));
        let gateway = Gateway::start(&config(path, true, &[&first, &second]));
        for _ in 0..2 {
            let answer = gateway.post(path, &[], question("any", true));
            assert_eq!(answer.status(), 429, "{}", answer.everything());
            let (kind, message) = told(path, &answer);
            assert_eq!(kind, "rate_limit_error");
            assert!(message.contains("p0,m: r") && message.contains("p1,m: r"), "{message}");
            let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((15..=20).contains(&wait), "{wait}");
        }
        // They have asked to be left alone.
        first.only();
        second.only();
    }
}

#[test]
fn a_call_is_made_again_after_the_wait_that_is_asked_for() {
    let asked = AtomicUsize::new(0);
    let upstream = Upstream::start(move |_, peer| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => peer.whole(503, &[("retry-after-ms", "60")], b""),
        _ => peer.whole(200, &[("content-type", "application/json")], chat_answer().to_string().as_bytes()),
    });
    let mut config = config(MESSAGES, true, &[&upstream]);
    config["retry"]["attempts"] = 2.into();
    let gateway = Gateway::start(&config);
    let begun = Instant::now();
    assert_eq!(gateway.post(MESSAGES, &[], question("any", false)).status(), 200);
    assert!(begun.elapsed() >= Duration::from_millis(60));
    assert_eq!(upstream.asked().len(), 2);
    let log = gateway.log();
    assert!(log.contains("an attempt fails") && log.contains("overloaded"), "{log}");
}
