//! Upstreams that fail before they answer, as clients of the other dialect are told.

use std::{
    net::SocketAddr,
    sync::{Mutex, mpsc},
    time::Duration,
};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use super::{
    BOTH, CHAT, MESSAGES, question,
    support::{
        gateway::{Gateway, UPSTREAM_KEY, anthropic_config, config},
        http::PATIENCE,
        upstream::Upstream,
    },
    told,
};

/// The gateway whose upstream speaks the dialect that the client at `path` does not.
fn across(path: &str, upstream: &Upstream) -> Gateway {
    Gateway::start(&across_config(path, upstream))
}

fn across_config(path: &str, upstream: &Upstream) -> Value {
    if path == MESSAGES { config(upstream) } else { anthropic_config(upstream) }
}

fn openai_error(kind: &str) -> Value {
    json!({ "error": { "message": "The upstream's words.", "type": kind, "param": null, "code": "its_code" } })
}

fn anthropic_error(kind: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": "The upstream's words." }, "request_id": "r" })
}

#[test]
fn an_upstreams_error_keeps_its_status_and_words_and_gets_the_clients_type() {
    let cases = [
        (400, "invalid_request_error", "invalid_request_error", "invalid_request_error"),
        (401, "authentication_error", "authentication_error", "authentication_error"),
        (403, "permission_error", "permission_error", "permission_error"),
        (404, "not_found_error", "not_found_error", "not_found_error"),
        (429, "rate_limit_error", "rate_limit_error", "rate_limit_error"),
        (500, "server_error", "api_error", "server_error"),
        (503, "overloaded_error", "overloaded_error", "overloaded_error"),
        (529, "overloaded_error", "overloaded_error", "overloaded_error"),
    ];
    for path in BOTH {
        let upstream = Upstream::start(move |request, peer| {
            // The model's name begins with the status.
            let model = request.json()["model"].as_str().unwrap().to_owned();
            let is_it = |case: &&(u16, _, _, _)| model.starts_with(&case.0.to_string());
            let (status, openai, anthropic, _) = *cases.iter().find(is_it).unwrap();
            let body = if path == MESSAGES { openai_error(openai) } else { anthropic_error(anthropic) };
            let headers = [("content-type", "application/json"), ("retry-after", "17")];
            peer.whole(status, &headers, body.to_string().as_bytes());
        });
        let gateway = across(path, &upstream);
        let provider = if path == MESSAGES { "chat" } else { "claude" };
        for (status, _, anthropic, openai) in cases {
            for stream in [false, true] {
                let answer = gateway.post(path, &[], question(&format!("{provider},{status}-{stream}"), stream));
                assert_eq!(answer.status(), status);
                assert_eq!(answer.header("retry-after"), Some("17"));
                let (kind, message) = told(path, &answer);
                assert_eq!(kind, if path == MESSAGES { anthropic } else { openai }, "{status}");
                assert_eq!(message, format!("{provider}: The upstream's words."));
            }
        }
    }
}

#[test]
fn an_error_without_a_known_form_is_told_with_its_status_and_its_first_words() {
    let html = format!("<html><h1>502 Bad Gateway</h1>{}</html>", "é".repeat(1000));
    let cases = [
        (400, "", "invalid_request_error", "no body"),
        (401, "Unauthorized", "authentication_error", "Unauthorized"),
        (404, "[]", "not_found_error", "[]"),
        (429, "", "rate_limit_error", "no body"),
        (500, "{\"ok\":false}", "api_error", "{\"ok\":false}"),
        (502, html.as_str(), "api_error", "<html><h1>502 Bad Gateway</h1>éé"),
        (529, "null", "overloaded_error", "null"),
    ];
    for (status, body, kind, words) in cases {
        for path in BOTH {
            let owned = body.to_owned();
            let upstream = Upstream::start(move |_, peer| peer.whole(status, &[], owned.as_bytes()));
            let answer = across(path, &upstream).post(path, &[], question("any", true));
            assert_eq!(answer.status(), status);
            let (told_kind, message) = told(path, &answer);
            let kind = if path == CHAT && kind == "api_error" { "server_error" } else { kind };
            assert_eq!(told_kind, kind, "{status}");
            assert!(message.contains(&format!("answered with status {status}: {words}")), "{message}");
            assert!(message.chars().count() < 400);
        }
    }
}

#[test]
fn an_upstream_that_is_not_there_is_a_bad_gateway() {
    for path in BOTH {
        let upstream = Upstream::json(200, "");
        let mut config = across_config(path, &upstream);
        // A port that is taken and not listened on.
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let nobody = socket.local_addr().unwrap().as_socket().unwrap();
        config["Providers"][0]["api_base_url"] = format!("http://user:password@{nobody}/v1").into();
        let answer = Gateway::start(&config).post(path, &[], question("any", true));
        assert_eq!(answer.status(), 502);
        let (_, message) = told(path, &answer);
        assert!(message.starts_with(&format!("cannot connect to {nobody}: ")), "{message}");
    }
}

#[test]
fn an_upstream_that_hangs_up_without_an_answer_is_a_bad_gateway() {
    for path in BOTH {
        let upstream = Upstream::start(|_, peer| peer.cut());
        let answer = across(path, &upstream).post(path, &[], question("any", false));
        assert_eq!(answer.status(), 502);
        assert!(told(path, &answer).1.contains("gave no answer"));
    }
}

#[test]
fn an_upstream_that_stays_silent_is_a_gateway_timeout() {
    for path in BOTH {
        let upstream = Upstream::start(|_, peer| assert!(peer.left_within(PATIENCE)));
        let mut config = across_config(path, &upstream);
        config["API_TIMEOUT_MS"] = 150.into();
        let answer = Gateway::start(&config).post(path, &[], question("any", true));
        assert_eq!(answer.status(), 504);
        let (kind, message) = told(path, &answer);
        assert_eq!(kind, "timeout_error");
        assert!(message.contains("did not begin to answer within 150ms"), "{message}");
    }
}

#[test]
fn an_error_behind_a_status_of_success_is_an_error() {
    for path in BOTH {
        for stream in [false, true] {
            let body =
                if path == MESSAGES { openai_error("rate_limit_error") } else { anthropic_error("rate_limit_error") };
            let upstream = Upstream::json(200, body.to_string());
            let answer = across(path, &upstream).post(path, &[], question("any", stream));
            assert_eq!(answer.status(), 429);
            let (kind, message) = told(path, &answer);
            assert_eq!(kind, "rate_limit_error");
            assert!(message.contains("The upstream's words."), "{message}");
        }
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_a_bad_gateway() {
    for path in BOTH {
        for body in ["", "{}", "{\"id\":", "[1]", "hello"] {
            let upstream = Upstream::json(200, body);
            let answer = across(path, &upstream).post(path, &[], question("any", false));
            assert_eq!(answer.status(), 502, "{body}");
            let (_, message) = told(path, &answer);
            assert!(message.starts_with("the upstream's answer cannot be read"), "{message}");
        }
    }
}

#[test]
fn a_client_that_leaves_before_the_answer_takes_its_request_back() {
    for path in BOTH {
        for across_dialects in [true, false] {
            let (asked, is_asked) = mpsc::channel();
            let (left, has_left) = mpsc::channel();
            let (asked, left) = (Mutex::new(asked), Mutex::new(left));
            let upstream = Upstream::start(move |_, peer| {
                asked.lock().unwrap().send(()).unwrap();
                left.lock().unwrap().send(peer.left_within(Duration::from_secs(2))).unwrap();
            });
            let config = match across_dialects == (path == MESSAGES) {
                true => config(&upstream),
                false => anthropic_config(&upstream),
            };
            let gateway = Gateway::start(&config);
            let mut client = gateway.connect();
            client.send("POST", path, &[], question("any", true).as_bytes());
            is_asked.recv_timeout(PATIENCE).unwrap();
            drop(client);
            assert!(has_left.recv_timeout(PATIENCE).unwrap(), "{path}");
        }
    }
}

#[test]
fn no_error_shows_a_key() {
    let upstream = Upstream::start(|request, peer| {
        let status = request.json()["model"].as_str().unwrap().parse().unwrap();
        peer.whole(status, &[], b"");
    });
    let mut config = config(&upstream);
    config["APIKEY"] = "gateway-secret".into();
    let url = format!("http://user:url-secret@{}/v1?key=query-secret", upstream.address);
    config["Providers"][0]["api_base_url"] = url.into();
    let gateway = Gateway::start(&config);
    let mut seen = String::new();
    for path in BOTH {
        for status in ["400", "401", "500"] {
            let headers = [("authorization", "Bearer gateway-secret"), ("x-api-key", "client-secret")];
            seen += &gateway.post(path, &headers, question(&format!("chat,{status}"), true)).everything();
        }
        seen += &gateway.post(path, &[("x-api-key", "client-secret")], question("any", true)).everything();
        seen += &gateway.post(path, &[("authorization", "Bearer gateway-secret")], "{").everything();
    }
    let log = gateway.log();
    assert!(log.contains("refused"), "nothing is logged: {log}");
    for secret in [UPSTREAM_KEY, "gateway-secret", "client-secret", "url-secret", "query-secret"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn an_answer_that_another_vendor_keeps_cannot_be_continued_by_its_name() {
    let upstream = Upstream::start(|_, peer| peer.whole(500, &[], b"asked"));
    let gateway = Gateway::start(&config(&upstream));
    let request = json!({ "model": "any", "input": "Go on.", "previous_response_id": "resp_1" });
    let answer = gateway.post("/v1/responses", &[], request.to_string());
    assert_eq!(answer.status(), 400);
    let (kind, message) = told("/v1/responses", &answer);
    assert_eq!(kind, "invalid_request_error");
    assert!(message.contains("send the whole conversation"), "{message}");
}
