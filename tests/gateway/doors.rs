//! Keys with names, pages of browsers, and how much is taken: what must hold so that claude-code-router's holes stay closed.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    BOTH, CHAT, MESSAGES, chat_answer, question,
    support::{
        client::Client,
        gateway::{Gateway, config, refusal},
        upstream::Upstream,
    },
    told,
};

/// Paths at which something is asked, looked at or changed, of this service or of claude-code-router.
const PATHS: [(&str, &str); 14] = [
    ("POST", MESSAGES),
    ("POST", CHAT),
    ("POST", "/v1/messages/count_tokens"),
    ("GET", "/v1/models"),
    ("POST", "/preset/any/v1/messages"),
    ("GET", "/preset/any/providers"),
    ("GET", "/api/config"),
    ("POST", "/api/config"),
    ("GET", "/api/logs/files"),
    ("POST", "/api/restart"),
    ("POST", "/api/update/perform"),
    ("GET", "/providers"),
    ("GET", "/uiANYTHING"),
    ("GET", "/health/x"),
];

fn answering() -> Upstream {
    Upstream::json(200, chat_answer().to_string())
}

fn keyed(upstream: &Upstream, keys: Value) -> Value {
    let mut config = config(upstream);
    config["keys"] = keys;
    config
}

/// Sends headers in place of those that a client sends by itself, but for the length.
fn raw(gateway: &Gateway, method: &str, target: &str, headers: &str, body: &str) -> super::support::http::Message {
    let mut client = gateway.connect();
    let length = body.len();
    let head = format!("{method} {target} HTTP/1.1\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    client.wire.write((head + body).as_bytes()).unwrap();
    client.wire.message().unwrap().expect("an answer")
}

/// Defect 1: without providers it listened everywhere and asked nobody for a key.
#[test]
fn without_providers_or_a_key_nobody_else_reaches_it() {
    for config in [json!({ "HOST": "0.0.0.0" }), json!({ "HOST": "0.0.0.0", "Providers": [] })] {
        let (code, said) = refusal(&config, &["--port", "0"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("APIKEY"), "{said}");
    }
    let gateway = Gateway::start(&json!({ "APIKEY": "the-key", "Providers": [] }));
    for (method, path) in PATHS {
        assert_eq!(gateway.connect().ask(method, path, &[], b"{}").status(), 401, "{method} {path}");
    }
}

/// Defects 8 and 9: paths that only began like public ones were public, and presets worked before they asked for a key.
#[test]
fn every_path_asks_for_the_key_before_it_does_anything() {
    let upstream = answering();
    let gateway = Gateway::start(&keyed(
        &upstream,
        json!([{ "name": "team", "key": "team-key", "scopes": ["inference", "read", "admin"] }]),
    ));
    for (method, path) in PATHS {
        for headers in
            [&[][..], &[("x-api-key", "team-kez")], &[("authorization", "Bearer ")], &[("x-api-key", "team-key2")]]
        {
            let answer = gateway.connect().ask(method, path, headers, question("any", false).as_bytes());
            assert_eq!(answer.status(), 401, "{method} {path} {headers:?}");
            assert!(!answer.everything().contains("team"), "{}", answer.everything());
        }
        let answer =
            gateway.connect().ask(method, path, &[("x-api-key", "team-key")], question("any", false).as_bytes());
        assert_ne!(answer.status(), 401, "{method} {path}");
    }
    // A body that nobody may send is not read for.
    let mut client = gateway.connect();
    client.wire.write(b"POST /v1/messages HTTP/1.1\r\nhost: h\r\ncontent-length: 1000000\r\n\r\n{").unwrap();
    let answer = client.wire.message().unwrap().expect("an answer");
    assert_eq!((answer.status(), answer.header("connection")), (401, Some("close")));
    for path in ["/", "/health", "/health?x"] {
        assert_eq!(gateway.get(path, &[]).status(), 200, "{path}");
    }
    let asked = upstream.asked().len();
    assert_eq!(asked, 2, "one for each path that is a model's");
}

/// Defect 10: any page in a browser could change the service.
#[test]
fn pages_of_others_reach_nothing_where_no_key_is_needed() {
    let upstream = answering();
    let gateway = Gateway::start(&config(&upstream));
    let host = format!("host: {}\r\n", gateway.address);
    let body = question("any", false);
    for (method, path) in PATHS {
        // A name that was made to point at this machine.
        let rebound = raw(&gateway, method, path, "host: evil.example:3456\r\n", &body);
        assert_eq!(rebound.status(), 421, "{method} {path}");
        for headers in ["origin: https://evil.example\r\n", "origin: null\r\n", "sec-fetch-site: cross-site\r\n"] {
            let answer = raw(&gateway, method, path, &[&host, headers].concat(), &body);
            assert_eq!(answer.status(), 403, "{method} {path} {headers}");
            assert!(answer.header("access-control-allow-origin").is_none());
        }
    }
    let preflight = [&*host, "origin: https://evil.example\r\naccess-control-request-method: POST\r\n"].concat();
    assert_eq!(raw(&gateway, "OPTIONS", MESSAGES, &preflight, "").status(), 403);
    assert_eq!(upstream.asked().len(), 0);
    for path in BOTH {
        let own = format!("{host}origin: http://{}\r\nsec-fetch-site: same-origin\r\n", gateway.address);
        assert_eq!(raw(&gateway, "POST", path, &own, &body).status(), 200);
    }
    // And who is at this machine itself does not change it without a key.
    let answer = gateway.post("/api/logs/level", &[], "{\"level\":\"trace\"}");
    assert!([403, 404, 405].contains(&answer.status()), "{}", answer.status());
}

#[test]
fn a_configured_page_may_ask_and_read() {
    let upstream = answering();
    let mut config = config(&upstream);
    config["cors"] = json!({ "origins": ["https://app.example"] });
    let gateway = Gateway::start(&config);
    let page = [("origin", "https://app.example"), ("sec-fetch-site", "cross-site")];
    let answer = gateway.post(CHAT, &page, question("any", false));
    assert_eq!((answer.status(), answer.header("access-control-allow-origin")), (200, Some("https://app.example")));
    let asks = [page[0], ("access-control-request-method", "POST"), ("access-control-request-headers", "x-api-key")];
    let answer = gateway.connect().begin("OPTIONS", CHAT, &asks, &[]);
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.header("access-control-allow-headers"), Some("x-api-key"));
    assert_eq!(gateway.post(CHAT, &[("origin", "https://other.example")], question("any", false)).status(), 403);
}

#[test]
fn a_key_opens_what_it_is_for() {
    let upstream = answering();
    let keys = json!([
        { "name": "ci", "key": "key-of-ci" },
        { "name": "old", "key": "key-of-old", "expires": "2020-01-01" },
        // `printf %s abc | sha256sum`
        { "name": "hashed", "hash": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    ]);
    let gateway = Gateway::start(&keyed(&upstream, keys));
    for path in BOTH {
        for header in [("authorization", "Bearer key-of-ci"), ("x-api-key", "abc"), ("x-goog-api-key", "abc")] {
            assert_eq!(gateway.post(path, &[header], question("any", false)).status(), 200, "{header:?}");
        }
        let answer = gateway.post(path, &[("x-api-key", "key-of-old")], question("any", false));
        let (kind, message) = told(path, &answer);
        assert_eq!((answer.status(), kind.as_str()), (401, "authentication_error"));
        assert!(message.contains("`old` has expired"), "{message}");
    }
    for (method, path) in [("GET", "/metrics"), ("PUT", "/api/logs/level")] {
        let answer = gateway.connect().ask(method, path, &[("x-api-key", "key-of-ci")], &[]);
        assert_eq!(answer.status(), 403, "{path}");
    }
}

#[test]
fn who_asks_too_often_is_told_when_to_ask_again() {
    let upstream = answering();
    let keys =
        json!([{ "name": "slow", "key": "slow", "requests_per_minute": 2 }, { "name": "other", "key": "other" }]);
    for path in BOTH {
        let gateway = Gateway::start(&keyed(&upstream, keys.clone()));
        let ask = |key: &str| gateway.post(path, &[("x-api-key", key)], question("any", false));
        assert_eq!([ask("slow").status(), ask("slow").status()], [200, 200]);
        let answer = ask("slow");
        let (kind, message) = told(path, &answer);
        assert_eq!((answer.status(), kind.as_str()), (429, "rate_limit_error"), "{message}");
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        assert_eq!(ask("other").status(), 200);
    }
}

#[test]
fn the_largest_body_is_configured() {
    let upstream = answering();
    let mut config = config(&upstream);
    config["limits"] = json!({ "body_mb": 1 });
    let gateway = Gateway::start(&config);
    for path in BOTH {
        let answer = gateway.post(path, &[], vec![b' '; (1 << 20) + 1]);
        assert_eq!(answer.status(), 413);
        assert!(told(path, &answer).1.contains("1 MiB"));
    }
}

#[test]
fn one_address_has_so_many_connections() {
    let mut config = config(&answering());
    config["limits"] = json!({ "connections_per_client": 2, "head_seconds": 1 });
    let gateway = Gateway::start(&config);
    let mut held = [gateway.connect(), gateway.connect()];
    for client in &mut held {
        assert_eq!(client.ask("GET", "/health", &[], &[]).status(), 200);
    }
    assert!(Client::connect(gateway.address).wire.closes_within(Duration::from_secs(5)));
    drop(held);
    let end = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        let mut client = gateway.connect();
        client.send("GET", "/health", &[], &[]);
        if matches!(client.wire.message(), Ok(Some(answer)) if answer.status() == 200) {
            break;
        }
        assert!(std::time::Instant::now() < end, "a closed connection still counts");
    }
    // Who does not say what it wants is not waited for.
    let mut slow = gateway.connect();
    slow.wire.write(b"GET /health HTTP/1.1\r\nhost: l").unwrap();
    assert!(slow.wire.closes_within(Duration::from_secs(5)));
    let mut long = gateway.connect();
    let header = format!("GET /health HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(80 << 10));
    let _ = long.wire.write(header.as_bytes());
    assert!(!matches!(long.wire.message(), Ok(Some(answer)) if answer.status() == 200));
}

#[test]
fn answers_keep_browsers_from_making_more_of_them() {
    let gateway = Gateway::start(&config(&answering()));
    for answer in
        [gateway.get("/health", &[]), gateway.get("/nothing", &[]), gateway.post(MESSAGES, &[], question("any", false))]
    {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-security-policy"), Some("frame-ancestors 'none'"));
        assert!(answer.header("access-control-allow-origin").is_none());
    }
}

/// Defects 4 and 5: what was wrong was told with the stack, and providers with their keys.
#[test]
fn mistakes_are_told_without_stacks_or_keys() {
    let gateway = Gateway::start(&config(&Upstream::json(500, "{\"error\":{\"message\":\"boom\"}}")));
    for path in BOTH {
        for body in ["{", "{\"messages\":5}", &question("any", false), &question("nobody,x", true)] {
            let text = gateway.post(path, &[], body).everything();
            for word in ["src/", ".rs", "backtrace", "panicked", "    at ", super::support::gateway::UPSTREAM_KEY] {
                assert!(!text.contains(word), "{word} in {text}");
            }
        }
    }
}
