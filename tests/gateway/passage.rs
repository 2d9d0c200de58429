//! Clients in front of an upstream of their own dialect.

use super::{
    CHAT, MESSAGES,
    streams::{STREAM, across, ending, ends_with_an_error, opening, word},
    support::{
        gateway::{Gateway, UPSTREAM_KEY, anthropic_config, config},
        upstream::Upstream,
    },
};

/// An answer in an unusual spelling, which a translation would not keep.
const ODD: &str = "{ \"id\" : \"1\",\t\"extra\":1.50, \"content\": [ ] , \"note\": \"\\u00e9\" }\r\n";

#[test]
fn an_option_shows_the_key_as_a_bearer() {
    let upstream = Upstream::json(200, "{}");
    let mut config = anthropic_config(&upstream);
    config["Providers"][0]["transformer"]["use"] = serde_json::json!([["Anthropic", { "UseBearer": true }]]);
    let gateway = Gateway::start(&config);
    gateway.post(MESSAGES, &[], "{}");
    let asked = upstream.only();
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {UPSTREAM_KEY}").as_str()));
    assert_eq!(asked.header("x-api-key"), None);
    assert!(!gateway.log().contains("no effect"));
}

#[test]
fn the_configured_query_stays_beside_the_clients() {
    let upstream = Upstream::json(200, "{}");
    let mut config = anthropic_config(&upstream);
    let url = format!("http://{}/v1/messages?edition=2&beta=false", upstream.address);
    config["Providers"][0]["api_base_url"] = url.into();
    let gateway = Gateway::start(&config);
    gateway.post("/v1/messages?beta=true&x=%20y", &[], "{}");
    assert_eq!(upstream.only().target(), "/v1/messages?edition=2&beta=false&x=%20y");
}

#[test]
fn a_request_of_the_upstreams_own_dialect_passes_through_but_for_model_and_key() {
    let body = "{ \"stream\" : false,\n \"future_field\": [1.0, 1e3],\"model\":\"claude-x\", \"messages\": [ ] }";
    let upstream = Upstream::start(|_, peer| {
        let headers = [("content-type", "application/json; charset=utf-8"), ("request-id", "r1"), ("x-limit", "5")];
        peer.whole(200, &headers, ODD.as_bytes());
    });
    let gateway = Gateway::start(&anthropic_config(&upstream));
    let headers = [
        ("x-api-key", "client-key"),
        ("authorization", "Bearer client-token"),
        ("cookie", "client-cookie"),
        ("anthropic-beta", "new-feature-2026-01-01,other"),
        ("anthropic-version", "2026-05-05"),
    ];
    let answer = gateway.post("/v1/messages?beta=true&x=%20y", &headers, body);

    let asked = upstream.only();
    assert_eq!(asked.target(), "/v1/messages?beta=true&x=%20y");
    assert_eq!(asked.text(), body.replace("claude-x", "Model-1"));
    assert_eq!(asked.header("x-api-key"), Some(UPSTREAM_KEY));
    assert_eq!(asked.header("anthropic-beta"), Some("new-feature-2026-01-01,other"));
    assert_eq!(asked.header("anthropic-version"), Some("2026-05-05"));
    assert!(!asked.everything().contains("client-"), "{}", asked.everything());

    assert_eq!((answer.status(), answer.text().as_str()), (200, ODD));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!((answer.header("request-id"), answer.header("x-limit")), (Some("r1"), Some("5")));
}

#[test]
fn a_stream_of_the_clients_own_dialect_passes_through_byte_by_byte() {
    let stream = ": a comment\r\nevent:odd\r\ndata: {\"a\": 1.50}\r\n\r\nevent: new\ndata:x\n\ndata: [DONE]\n\n";
    let upstream = Upstream::events(stream);
    let gateway = Gateway::start(&config(&upstream));
    let body =
        "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"\\u0041\"}],\"top_k\":3}";
    let answer = gateway.post(CHAT, &[("authorization", "Bearer client-key")], body);
    assert_eq!((answer.status(), answer.text().as_str()), (200, stream));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let asked = upstream.only();
    assert_eq!(asked.text(), body.replace("\"m\"", "\"Model-1\""));
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {UPSTREAM_KEY}").as_str()));
}

#[test]
fn an_error_of_the_clients_own_dialect_passes_through_with_its_headers() {
    let error = "{\"type\":\"error\", \"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"} }";
    let upstream = Upstream::start(move |_, peer| {
        peer.whole(529, &[("content-type", "application/json"), ("retry-after", "7")], error.as_bytes());
    });
    let gateway = Gateway::start(&anthropic_config(&upstream));
    let answer = gateway.post(MESSAGES, &[], super::question("any", true));
    assert_eq!((answer.status(), answer.text().as_str()), (529, error));
    assert_eq!(answer.header("retry-after"), Some("7"));
}

#[test]
fn a_stream_that_passes_through_and_stops_too_soon_ends_with_an_error_behind_its_last_frame() {
    for path in [MESSAGES, CHAT] {
        let other = if path == MESSAGES { CHAT } else { MESSAGES };
        for polite in [true, false] {
            let said = opening(other) + &word(other, "half");
            let sent = said.clone();
            let upstream = Upstream::start(move |_, peer| {
                peer.begin(200, &STREAM);
                peer.piece(&sent);
                if polite { peer.end() } else { peer.cut() }
            });
            let gateway = Gateway::start(&across(other, &upstream));
            let mut client = gateway.connect();
            client.begin("POST", path, &[], super::question("any", true).as_bytes());
            let (text, end) = client.rest();
            end.unwrap();
            let error = text.strip_prefix(said.as_str()).expect("what came is untouched");
            let message = ends_with_an_error(path, error).1;
            assert!(message.contains(if polite { "ended before" } else { "broke off" }), "{message}");
        }
    }
}

#[test]
fn a_stream_that_passes_through_and_stops_within_a_frame_breaks_off() {
    let said = opening(CHAT) + &word(CHAT, "half") + "event: content_block_delta\ndata: {\"ty";
    let sent = said.clone();
    let upstream = Upstream::start(move |_, peer| {
        peer.begin(200, &STREAM);
        peer.piece(&sent);
        peer.end();
    });
    let gateway = Gateway::start(&anthropic_config(&upstream));
    let mut client = gateway.connect();
    client.begin("POST", MESSAGES, &[], super::question("any", true).as_bytes());
    let (text, end) = client.rest();
    assert_eq!(text, said);
    assert!(end.is_err());
}

#[test]
fn a_long_stream_that_passes_through_is_not_touched() {
    for path in [MESSAGES, CHAT] {
        let other = if path == MESSAGES { CHAT } else { MESSAGES };
        let words: String = (0..500).map(|number| word(other, &format!("word {number}"))).collect();
        let stream = opening(other) + &words + &ending(other);
        let upstream = Upstream::events(stream.clone());
        let answer = Gateway::start(&across(other, &upstream)).post(path, &[], super::question("any", true));
        assert!(answer.text() == stream, "{}", answer.text());
    }
}
