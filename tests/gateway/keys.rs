//! Providers with several keys.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    MESSAGES, chat_answer, failover, question,
    support::{
        gateway::Gateway,
        http::Message,
        upstream::{Peer, Upstream},
    },
};

fn shown(request: &Message) -> String {
    request.header("authorization").unwrap().trim_start_matches("Bearer ").to_owned()
}

fn answer(peer: &mut Peer) {
    peer.whole(200, &[("content-type", "application/json")], chat_answer().to_string().as_bytes());
}

/// A gateway whose provider has three keys, of which one may be refused so.
fn gateway(refused: &'static str, status: u16) -> (Upstream, Gateway) {
    let upstream = Upstream::start(move |request, peer| match shown(request) == refused {
        true => peer.whole(status, &[("retry-after", "60")], b"{}"),
        false => answer(peer),
    });
    let mut config = failover::config(MESSAGES, true, &[&upstream]);
    config["Providers"][0]["api_key"] = "secret-key-0".into();
    config["Providers"][0]["api_keys"] = json!(["secret-key-1", "secret-key-2"]);
    (upstream, Gateway::start(&config))
}

fn ask(gateway: &Gateway, user: Option<&str>, words: &str) -> u16 {
    let mut body: Value = serde_json::from_str(&question("any", false)).unwrap();
    body["messages"][0]["content"] = words.into();
    if let Some(user) = user {
        body["metadata"] = json!({ "user_id": user });
    }
    gateway.post(MESSAGES, &[], body.to_string()).status()
}

#[test]
fn a_session_keeps_its_key_and_sessions_are_spread() {
    let (upstream, gateway) = gateway("none", 200);
    let mut used = BTreeSet::new();
    for number in 0..12 {
        for user in [true, false] {
            let (user, words) = match user {
                true => (Some(format!("session-{number}")), ["a", "b"]),
                false => (None, ["the same beginning"; 2]),
            };
            let before = upstream.asked().len();
            words.iter().for_each(|words| assert_eq!(ask(&gateway, user.as_deref(), words), 200));
            let keys: BTreeSet<String> = upstream.asked()[before..].iter().map(shown).collect();
            assert_eq!(keys.len(), 1, "{keys:?}");
            used.extend(keys);
        }
    }
    assert_eq!(used.len(), 3, "{used:?}");
}

#[test]
fn a_key_that_is_refused_or_limited_is_replaced_at_once_and_left_alone() {
    for status in [401, 402, 403, 429] {
        let (upstream, gateway) = gateway("secret-key-1", status);
        for number in 0..12 {
            assert_eq!(ask(&gateway, Some(&format!("session-{number}")), "Hello?"), 200);
        }
        let asked = upstream.asked();
        let refused = asked.iter().filter(|request| shown(request) == "secret-key-1").count();
        assert_eq!((refused, asked.len()), (1, 13), "{status}");
        assert!(!gateway.log().contains("secret-key"));
    }
}

#[test]
fn a_clients_own_mistake_speaks_against_no_key() {
    for status in [400, 413, 422] {
        let (upstream, gateway) = gateway("secret-key-1", status);
        let mut refused = 0;
        for _ in 0..2 {
            for number in 0..12 {
                refused += usize::from(ask(&gateway, Some(&format!("session-{number}")), "Hello?") == status);
            }
        }
        assert!(refused > 0 && refused % 2 == 0, "each session keeps its key: {refused}");
        assert_eq!(upstream.asked().len(), 24, "nothing is asked twice");
    }
}

#[test]
fn what_is_forbidden_to_all_keys_speaks_against_none() {
    let upstream = Upstream::start(|request, peer| match request.text().contains("forbidden") {
        true => peer.whole(403, &[], b"{}"),
        false => answer(peer),
    });
    let mut config = failover::config(MESSAGES, true, &[&upstream]);
    config["Providers"][0]["api_keys"] = json!(["secret-key-1", "secret-key-2"]);
    let gateway = Gateway::start(&config);
    assert_eq!(ask(&gateway, None, "forbidden"), 403);
    assert_eq!(upstream.asked().len(), 3);
    for number in 0..12 {
        assert_eq!(ask(&gateway, Some(&format!("session-{number}")), "Hello?"), 200);
    }
    assert_eq!(upstream.asked()[3..].iter().map(shown).collect::<BTreeSet<_>>().len(), 3);
}
