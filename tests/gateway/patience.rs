//! Breakers, places, deadlines, proxies: how long and how often providers are asked.

use std::{
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    CHAT, MESSAGES, chat_answer,
    failover::{config, good},
    question,
    streams::{STREAM, ending, opening, word},
    support::{gateway::Gateway, http::PATIENCE, upstream::Upstream},
    told,
};

#[test]
fn a_provider_that_keeps_failing_is_left_alone_until_one_request_tries_it() {
    let (bad, good) = (Upstream::json(500, ""), good(MESSAGES, true));
    let mut config = config(MESSAGES, true, &[&bad, &good]);
    config["breaker"] = json!({ "failures": 2, "open_ms": 80 });
    let gateway = Gateway::start(&config);
    let ask = || assert_eq!(gateway.post(MESSAGES, &[], question("any", false)).status(), 200);
    let begun = Instant::now();
    (0..6).for_each(|_| ask());
    if begun.elapsed() < Duration::from_millis(70) {
        assert_eq!(bad.asked().len(), 2);
    }
    let before = bad.asked().len();
    thread::sleep(Duration::from_millis(90));
    ask();
    assert_eq!(bad.asked().len(), before + 1);
}

#[test]
fn a_provider_that_is_left_alone_is_asked_when_there_is_nobody_else() {
    let failing = Mutex::new(2);
    let upstream = Upstream::start(move |_, peer| {
        let mut left = failing.lock().unwrap();
        match *left {
            0 => peer.whole(200, &[("content-type", "application/json")], chat_answer().to_string().as_bytes()),
            _ => {
                *left -= 1;
                peer.whole(500, &[], b"");
            }
        }
    });
    let mut config = config(MESSAGES, true, &[&upstream]);
    config["breaker"] = json!({ "failures": 2, "open_ms": 60_000 });
    let gateway = Gateway::start(&config);
    let statuses = [(); 3].map(|()| gateway.post(MESSAGES, &[], question("any", false)).status());
    assert_eq!(statuses, [500, 500, 200]);
}

#[test]
fn requests_wait_for_a_place_and_streams_hold_theirs_until_they_end_or_their_client_leaves() {
    for leaves in [true, false] {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let upstream = Upstream::start(move |request, peer| match request.json()["stream"] == true {
            true => {
                peer.begin(200, &STREAM);
                peer.piece(&(opening(MESSAGES) + &word(MESSAGES, "first")));
                if leaves {
                    peer.left_within(PATIENCE);
                } else {
                    gone.lock().unwrap().recv_timeout(PATIENCE).unwrap();
                    peer.piece(&ending(MESSAGES));
                    peer.end();
                }
            }
            false => peer.whole(200, &[("content-type", "application/json")], chat_answer().to_string().as_bytes()),
        });
        let mut config = config(MESSAGES, true, &[&upstream]);
        config["Providers"][0]["limits"] = json!({ "concurrent": 1, "queue": 1, "queue_ms": 20_000 });
        let gateway = Gateway::start(&config);
        let mut holder = gateway.connect();
        holder.begin("POST", MESSAGES, &[], question("any", true).as_bytes());
        assert!(holder.hears("first"));
        let mut waiting = gateway.connect();
        waiting.send("POST", MESSAGES, &[], question("any", false).as_bytes());
        // One waits already, so this one is refused at once, whichever of the two came first.
        thread::sleep(Duration::from_millis(50));
        let refused = gateway.post(MESSAGES, &[], question("any", false));
        assert_eq!(refused.status(), 529, "{}", refused.everything());
        assert!(told(MESSAGES, &refused).1.contains("all places taken"));
        assert_eq!(upstream.asked().len(), 1);
        match leaves {
            true => drop(holder),
            false => {
                go.send(()).unwrap();
                holder.rest().1.unwrap();
            }
        }
        assert_eq!(waiting.wire.message().unwrap().unwrap().status(), 200);
    }
}

#[test]
fn a_deadline_is_shared_so_that_everyone_has_a_turn() {
    let slow = Upstream::start(|_, peer| assert!(peer.left_within(PATIENCE)));
    let good = good(MESSAGES, true);
    let mut config = config(MESSAGES, true, &[&slow, &good]);
    config["retry"]["deadline_ms"] = 400.into();
    let gateway = Gateway::start(&config);
    assert_eq!(gateway.post(MESSAGES, &[], question("any", true)).status(), 200);
    config["fallback"] = json!({});
    config["retry"]["deadline_ms"] = 100.into();
    let answer = Gateway::start(&config).post(MESSAGES, &[], question("any", true));
    assert_eq!(answer.status(), 504);
    assert!(told(MESSAGES, &answer).1.contains("p0 did not begin to answer"));
}

#[test]
fn a_provider_may_be_waited_for_shorter_than_others() {
    let slow = Upstream::start(|_, peer| assert!(peer.left_within(PATIENCE)));
    let good = good(CHAT, false);
    let mut config = config(CHAT, false, &[&slow, &good]);
    config["Providers"][0]["timeouts"] = json!({ "first_byte_ms": 80 });
    assert_eq!(Gateway::start(&config).post(CHAT, &[], question("any", true)).status(), 200);
}

#[test]
fn a_stream_that_says_nothing_for_long_is_handed_over_with_a_sign_of_life() {
    for across in [true, false] {
        let other = if across { MESSAGES } else { CHAT };
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let slow = Upstream::start(move |_, peer| {
            peer.begin(200, &STREAM);
            gone.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            peer.piece(&(opening(other) + &word(other, "late") + &ending(other)));
            peer.end();
        });
        let mut config = config(MESSAGES, across, &[&slow]);
        config["retry"]["hold_ms"] = 30.into();
        let gateway = Gateway::start(&config);
        let mut client = gateway.connect();
        let head = client.begin("POST", MESSAGES, &[], question("any", true).as_bytes());
        assert_eq!(head.status(), 200);
        assert!(client.hears(":\n\n"));
        go.send(()).unwrap();
        assert!(client.hears("late"));
    }
}

#[test]
fn a_provider_may_have_a_proxy_of_its_own() {
    let proxy = good(MESSAGES, true);
    let upstream = Upstream::json(500, "");
    let mut config = config(MESSAGES, true, &[&upstream]);
    config["Providers"][0]["proxy"] = format!("http://{}", proxy.address).into();
    assert_eq!(Gateway::start(&config).post(MESSAGES, &[], question("any", false)).status(), 200);
    let url = format!("http://{}{CHAT}", upstream.address);
    assert_eq!(proxy.only().target(), url);
    config["Providers"][0]["proxy"] = "direct".into();
    assert_eq!(Gateway::start(&config).post(MESSAGES, &[], question("any", false)).status(), 500);
}

#[test]
fn configured_headers_are_sent_and_win_over_the_clients_own() {
    let upstream = good(MESSAGES, false);
    let mut config = config(MESSAGES, false, &[&upstream]);
    config["Providers"][0]["headers"] = json!({ "Anthropic-Beta": "mine", "X-Team": "loom", "anthropic-version": "" });
    let headers = [("anthropic-beta", "theirs"), ("anthropic-version", "2026-05-05")];
    assert_eq!(Gateway::start(&config).post(MESSAGES, &headers, question("any", false)).status(), 200);
    let asked = upstream.only();
    assert_eq!((asked.header("anthropic-beta"), asked.header("x-team")), (Some("mine"), Some("loom")));
    assert_eq!(asked.header("anthropic-version"), None);
}
