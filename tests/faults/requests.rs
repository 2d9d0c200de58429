//! What is no request, or a request that tries to be another, in every protocol.

use std::{fmt::Write as _, io::Write as _};

use serde_json::{Value, json};

use super::{
    clients::{config, goes_on, is_told, model, well},
    dialect::{ALL, Dialect},
    support::{gateway::Gateway, http::PATIENCE},
};

/// What stands for a request at a face, with a name.
type Body = (&'static str, fn(Dialect) -> Vec<u8>);

/// What no protocol knows as a request, whatever else it may be.
const NO_REQUESTS: [Body; 9] = [
    ("nothing", |_| Vec::new()),
    ("half of it", |face| face.question("m", false).to_string().into_bytes()[..20].to_vec()),
    ("a list", |_| b"[]".to_vec()),
    ("a text", |_| b"\"hello\"".to_vec()),
    ("a page", |_| b"<html></html>".to_vec()),
    ("no text", |_| b"{\"model\":\"\xff\xfe\"}".to_vec()),
    ("two of them", |face| face.question("m", false).to_string().repeat(2).into_bytes()),
    ("nothing but brackets", |_| vec![b'['; 1 << 20]),
    ("nothing but braces", |_| b"{\"a\":".repeat(1 << 18)),
];

#[test]
fn what_is_no_request_is_refused_in_every_protocol() {
    let upstream = well();
    let gateway = Gateway::start(&config(&upstream));
    for face in ALL {
        for (name, body) in NO_REQUESTS {
            let answer = gateway.post(&face.path("m", false), &[], body(face));
            assert_eq!(answer.status(), 400, "{face:?}, {name}: {}", answer.everything());
            let told = answer.json();
            let message = told["error"]["message"].as_str().unwrap_or_default();
            assert!(message.starts_with("the body "), "{face:?}, {name}: {told}");
            assert_eq!(told, face.error("invalid_request", message), "{name}");
        }
    }
    assert!(upstream.asked().is_empty());
    goes_on(&gateway);
}

/// A value within so many others.
fn nested(depth: usize, open: &str, close: &str) -> String {
    [open.repeat(depth), "1".to_owned(), close.repeat(depth)].concat()
}

#[test]
fn what_is_nested_deeply_is_refused_or_answered() {
    let gateway = Gateway::start(&config(&well()));
    let depth = 20_000;
    let values = [nested(depth, "[", "]"), nested(depth, "{\"a\":", "}"), nested(depth, "{\"items\":", "}")];
    for face in ALL {
        let question = |to| face.question(&model(to), false);
        for to in [face, face.other()] {
            for value in &values {
                let mut bodies = Vec::new();
                // Where nobody looks, as a message's content, as a tool's schema, as a call's arguments.
                for place in places(face) {
                    let mut body = question(to);
                    place(&mut body);
                    bodies.push(body.to_string().replace("\"DEEP\"", value));
                }
                for body in bodies {
                    let answer = gateway.post(&face.path(&model(to), false), &[], &body);
                    assert!([200, 400].contains(&answer.status()), "{face:?}: {}", answer.everything());
                    if answer.status() == 400 {
                        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
                        is_told(face, &answer, 400, "invalid_request", &message);
                    }
                }
            }
        }
    }
    goes_on(&gateway);
}

/// Puts the word DEEP into a request.
type Place = fn(&mut Value);

/// Where values may be nested in a face's requests.
fn places(face: Dialect) -> Vec<Place> {
    let mut places: Vec<Place> = vec![|body| body["unknown"] = "DEEP".into()];
    places.extend(match face {
        Dialect::Anthropic => [
            (|body| body["messages"][0]["content"] = "DEEP-".into()) as Place,
            |body| body["tools"] = json!([{ "name": "t", "input_schema": "DEEP" }]),
            |body| {
                body["messages"][0] = json!({ "role": "assistant", "content": [
                    { "type": "tool_use", "id": "t1", "name": "t", "input": "DEEP" }] });
            },
        ],
        Dialect::Chat => [
            (|body| body["messages"][0]["content"] = json!(["DEEP"])) as Place,
            |body| {
                body["tools"] = json!([{ "type": "function", "function": { "name": "t", "parameters": "DEEP" } }]);
            },
            |body| {
                body["response_format"] =
                    json!({ "type": "json_schema", "json_schema": { "name": "s", "schema": "DEEP" } })
            },
        ],
        Dialect::Responses => [
            (|body| body["input"] = json!(["DEEP"])) as Place,
            |body| body["tools"] = json!([{ "type": "function", "name": "t", "parameters": "DEEP" }]),
            |body| body["text"] = json!({ "format": { "type": "json_schema", "name": "s", "schema": "DEEP" } }),
        ],
        Dialect::Gemini => [
            (|body| body["contents"][0]["parts"] = json!(["DEEP"])) as Place,
            |body| body["tools"] = json!([{ "functionDeclarations": [{ "name": "t", "parameters": "DEEP" }] }]),
            |body| body["contents"][0]["parts"] = json!([{ "functionCall": { "name": "t", "args": "DEEP" } }]),
        ],
    });
    places
}

#[test]
fn a_packed_body_is_refused_with_what_to_do() {
    let upstream = well();
    let gateway = Gateway::start(&config(&upstream));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for face in ALL {
        packed.write_all(face.question(&model(face), false).to_string().as_bytes()).unwrap();
        for coding in ["gzip", "zstd", "br, gzip"] {
            let headers = [("content-encoding", coding)];
            let answer = gateway.post(&face.path(&model(face), false), &headers, packed.get_ref());
            let message = format!("the body is packed as `{coding}`: send it as it is, without content-encoding");
            is_told(face, &answer, 415, "invalid_request", &message);
        }
        let body = face.question(&model(face), false).to_string();
        let answer = gateway.post(&face.path(&model(face), false), &[("content-encoding", "identity")], body);
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(upstream.asked().len(), ALL.len());
}

#[test]
fn a_head_that_is_too_large_or_no_head_closes_the_connection() {
    let gateway = Gateway::start(&config(&well()));
    let many = (0..200).fold(String::new(), |mut many, number| {
        let _ = write!(many, "x-{number}: 1\r\n");
        many
    });
    let cases = [
        (
            "a long header",
            format!("GET /health HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(80 << 10)),
            431,
        ),
        ("many headers", format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{many}\r\n"), 431),
        ("a long path", format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(80 << 10)), 431),
        ("no header", "GET /health HTTP/1.1\r\nhost\r\n\r\n".to_owned(), 400),
        ("no version", "GET /health HTTP/9.9\r\nhost: localhost\r\n\r\n".to_owned(), 400),
        (
            "two lengths",
            "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello"
                .to_owned(),
            400,
        ),
        (
            "no length",
            "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: five\r\n\r\nhello".to_owned(),
            400,
        ),
    ];
    for (name, text, status) in cases {
        let mut client = gateway.connect();
        let _ = client.wire.write(text.as_bytes());
        let answer = client.wire.message().unwrap().unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status(), status, "{name}: {}", answer.everything());
        assert!(client.wire.closes_within(PATIENCE), "{name}");
    }
    // What is encrypted has come to the wrong door.
    let mut client = gateway.connect();
    client.wire.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
    client.wire.write(&[7; 512]).unwrap();
    assert!(!matches!(client.wire.message(), Ok(Some(answer)) if answer.status() < 400));
    goes_on(&gateway);
}

#[test]
fn a_request_with_two_ends_has_one() {
    // Of two lengths the chunks count, or the request is refused; what follows is no second request that nobody checked.
    let upstream = well();
    let mut config = config(&upstream);
    config["APIKEY"] = "the-key".into();
    let gateway = Gateway::start(&config);
    let hidden = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: the-key\r\ncontent-length: 2\r\n\r\n{}";
    let text = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        5 + hidden.len(),
    );
    let mut client = gateway.connect();
    client.wire.write(text.as_bytes()).unwrap();
    let first = client.wire.message().unwrap().expect("an answer");
    assert!([400, 401].contains(&first.status()), "{}", first.everything());
    assert!(client.wire.closes_within(PATIENCE), "the connection goes on behind a request of two lengths");
    assert!(upstream.asked().is_empty());
}
