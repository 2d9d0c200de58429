//! Who is let in, and with what.

use super::{
    BOTH, CHAT, MESSAGES, chat_answer, question,
    support::{
        gateway::{Gateway, config},
        upstream::Upstream,
    },
    told,
};

const COUNT: &str = "/v1/messages/count_tokens";

#[test]
fn only_who_shows_the_key_is_let_in() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = config(&upstream);
    config["APIKEY"] = "the-key".into();
    let gateway = Gateway::start(&config);
    for path in [MESSAGES, CHAT, COUNT] {
        for header in [("authorization", "Bearer the-key"), ("x-api-key", "the-key")] {
            assert_eq!(gateway.post(path, &[header], question("any", false)).status(), 200, "{header:?} at {path}");
        }
        let wrong: [&[(&str, &str)]; 7] = [
            &[],
            &[("x-api-key", "")],
            &[("x-api-key", "the-ke")],
            &[("x-api-key", "the-key2")],
            &[("x-api-key", "THE-KEY")],
            &[("authorization", "Bearer other")],
            &[("authorization", "Basic the-key")],
        ];
        for headers in wrong {
            let answer = gateway.post(path, headers, question("any", false));
            assert_eq!(answer.status(), 401, "{headers:?} at {path}");
            let (kind, message) = told(path, &answer);
            assert_eq!(kind, "authentication_error");
            assert!(message.contains("APIKEY") && !message.contains("the-key"), "{message}");
        }
    }
    assert_eq!(gateway.get("/v1/models", &[]).status(), 401);
    assert_eq!(gateway.get("/v1/models", &[("x-api-key", "the-key")]).status(), 200);
    assert_eq!(gateway.get("/health", &[]).status(), 200);
    assert_eq!(upstream.asked().len(), 4);
}

#[test]
fn a_body_that_is_no_request_is_refused_with_a_reason() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let bodies: [&[u8]; 11] = [
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b"\"text\"",
        b"{} {}",
        b"{\"model\":\"m\",\"messages\":\"hello\"}",
        b"{\"model\":\"m\",\"messages\":[5]}",
        b"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":5}]}",
        b"{\"model\":\"\xff\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
    ];
    for body in bodies {
        let answer = gateway.post(MESSAGES, &[], body);
        let shown = String::from_utf8_lossy(body);
        assert_eq!(answer.status(), 400, "{shown}: {}", answer.text());
        let (kind, message) = told(MESSAGES, &answer);
        assert_eq!(kind, "invalid_request_error");
        assert!(!message.is_empty());
    }
    // What the gateway does not read itself, the upstream of the same dialect judges.
    for body in bodies.into_iter().filter(|body| body.len() < 10 || std::str::from_utf8(body).is_err()) {
        let answer = gateway.post(CHAT, &[], body);
        assert_eq!(answer.status(), 400, "{}: {}", String::from_utf8_lossy(body), answer.text());
        assert_eq!(told(CHAT, &answer).0, "invalid_request_error");
    }
    assert_eq!(upstream.asked().len(), 0);
}

#[test]
fn a_request_without_messages_is_refused() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    for body in ["{}", "{\"model\":\"m\"}", "{\"model\":\"m\",\"messages\":[]}"] {
        let answer = gateway.post(MESSAGES, &[], body);
        assert_eq!(answer.status(), 400, "{body}: {}", answer.text());
        assert_eq!(told(MESSAGES, &answer).0, "invalid_request_error");
    }
}

#[test]
fn a_body_of_more_than_64_mib_is_refused() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let body = vec![b' '; 65 << 20];
    for path in BOTH {
        let answer = gateway.post(path, &[], &body);
        assert_eq!(answer.status(), 413);
        let (kind, message) = told(path, &answer);
        assert_eq!(kind, "request_too_large");
        assert!(message.contains("64 MiB"), "{message}");
    }
    assert_eq!(upstream.asked().len(), 0);
}

#[test]
fn a_long_conversation_is_taken() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let long = "long ".repeat(4 << 20);
    let body = question("any", false).replace("Hello?", &long);
    for path in BOTH {
        assert_eq!(gateway.post(path, &[], &body).status(), 200);
        assert_eq!(
            upstream.asked().last().unwrap().json()["messages"][0]["content"].as_str().unwrap().len(),
            long.len()
        );
    }
}

#[test]
fn a_connection_goes_on_after_a_refusal() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = config(&upstream);
    config["APIKEY"] = "the-key".into();
    let gateway = Gateway::start(&config);
    let mut client = gateway.connect();
    let body = question("any", false).replace("Hello?", &"long ".repeat(50_000));
    for _ in 0..5 {
        for (target, key, status) in [
            ("/api/event_logging", "the-key", 404),
            ("/api/event_logging/batch", "the-key", 200),
            ("/api/event_logging/batch", "", 401),
            (MESSAGES, "wrong", 401),
            (COUNT, "wrong", 401),
            ("/health", "", 405),
            (MESSAGES, "the-key", 200),
        ] {
            let answer = client.ask("POST", target, &[("x-api-key", key)], body.as_bytes());
            assert_eq!(answer.status(), status, "{target}");
        }
    }
}

#[test]
fn a_client_that_is_refused_need_not_send_the_rest() {
    let gateway = Gateway::start(&config(&Upstream::json(200, "")));
    let mut client = gateway.connect();
    client.wire.write(b"POST /nothing HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nbegin").unwrap();
    let answer = client.wire.message().unwrap().expect("an answer");
    assert_eq!((answer.status(), answer.header("connection")), (404, Some("close")));
}
