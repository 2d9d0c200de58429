//! Calls that are signed: by access tokens, which are asked for over loopback with a key that was made for this test and
//! opens nothing, and by signatures, which another implementation checks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "the gateway's tests use all of it")]
mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, HeaderValue, header};
use reqsign_core::hash::{base64_decode, hex_hmac_sha256, hex_sha256, hmac_sha256};
use serde_json::{Value, json};
use support::upstream::Upstream as Mock;
use wireloom::upstream::{Call, Signer, Timeouts, Upstream};
use wireloom_schema::config::Secret;

/// Made for this test.
const KEY: &str = include_str!("signing/key.pem");

fn call(url: &str) -> Call {
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    Call { url: url.parse().unwrap(), headers, body: "{\"a\":1}".into() }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

/// The call signed.
fn signed(signer: &Signer, url: &str) -> Result<Call, String> {
    let mut call = call(url);
    run(signer.sign(&mut call)).map(|()| call).map_err(|error| error.to_string())
}

fn authorization(call: &Call) -> &str {
    let value = &call.headers[header::AUTHORIZATION];
    assert!(value.is_sensitive());
    value.to_str().unwrap()
}

/// A server that gives out tokens that live so many seconds, numbered.
fn tokens(seconds: u64) -> (Mock, Value) {
    let given = Arc::new(AtomicUsize::new(0));
    let mock = Mock::start(move |_, peer| {
        std::thread::sleep(Duration::from_millis(100));
        let number = given.fetch_add(1, Ordering::SeqCst) + 1;
        let token = json!({ "access_token": format!("token-{number}"), "expires_in": seconds, "token_type": "Bearer" });
        peer.whole(200, &[("content-type", "application/json")], token.to_string().as_bytes());
    });
    let account = account(&format!("http://{}/token", mock.address));
    (mock, account)
}

fn account(token_uri: &str) -> Value {
    json!({
        "type": "service_account", "project_id": "p-1", "private_key": KEY, "client_email": "a@p-1.invalid",
        "token_uri": token_uri,
    })
}

/// The claims of the assertion that a token was asked for with.
fn claims(body: &str) -> Value {
    let assertion = body.split('&').find_map(|pair| pair.strip_prefix("assertion=")).unwrap();
    let claims = assertion.split('.').nth(1).unwrap().replace("%3D", "").replace('=', "");
    let padded = claims.replace('-', "+").replace('_', "/");
    serde_json::from_slice(&base64_decode(&format!("{padded}{}", &"==="[..(4 - padded.len() % 4) % 4])).unwrap())
        .unwrap()
}

#[test]
fn many_calls_at_once_ask_for_one_token() {
    let (mock, account) = tokens(3600);
    let signer = Signer::gcp(&Secret::new(account.to_string()), None).unwrap();
    run(async {
        let one = || async {
            let mut call = call("https://h/v1");
            signer.sign(&mut call).await.unwrap();
            assert_eq!(authorization(&call), "Bearer token-1");
        };
        tokio::join!(one(), one(), one(), one(), one(), one());
    });
    let asked = mock.only();
    assert_eq!(asked.target(), "/token");
    let claims = claims(&asked.text());
    assert_eq!(claims["iss"], "a@p-1.invalid");
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
    assert!(claims["aud"].as_str().unwrap().ends_with("/token"));
    assert!(!format!("{signer:?}").contains("PRIVATE KEY"));
}

#[test]
fn a_token_is_asked_for_anew_shortly_before_it_expires() {
    let (mock, account) = tokens(22);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), account.to_string()).unwrap();
    let signer = Signer::gcp(&Secret::new("unused"), file.path().to_str()).unwrap();
    run(async {
        for (token, wait) in [("token-1", 0), ("token-1", 0), ("token-2", 2500)] {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let mut call = call("https://h/v1");
            signer.sign(&mut call).await.unwrap();
            assert_eq!(authorization(&call), format!("Bearer {token}"));
        }
    });
    assert_eq!(mock.asked().len(), 2);
}

#[test]
fn a_refused_account_is_told_without_its_key() {
    let mock = Mock::json(400, "{\"error\":\"invalid_grant\"}");
    let account = account(&format!("http://{}/token", mock.address)).to_string();
    let signer = Signer::gcp(&Secret::new(account), None).unwrap();
    let error = signed(&signer, "https://h/v1?key=secret").err().unwrap();
    assert!(error.starts_with("cannot sign the request to h:443: "), "{error}");
    assert!(!error.contains("secret") && !error.contains("PRIVATE"), "{error}");
    for broken in ["{", "{\"type\":\"service_account\"}"] {
        let error = Signer::gcp(&Secret::new(broken), None).unwrap_err();
        assert!(error.starts_with("its service account cannot be used"), "{error}");
    }
    assert!(Signer::gcp(&Secret::new(""), Some("/not/there.json")).is_err());
}

/// What is signed, as the service sees it.
struct Seen<'s> {
    method: &'s str,
    path: &'s str,
    headers: Vec<(&'s str, &'s str)>,
    digest: &'s str,
}

/// The signature that a service other than S3 computes of what it sees.
fn signature(seen: &Seen<'_>, secret: &str, date: &str, region: &str, service: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let path: String = seen.path.bytes().map(encode).collect();
    let headers: String = seen.headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = seen.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("{}\n{path}\n\n{headers}\n{names}\n{}", seen.method, seen.digest);
    let scope = format!("{}/{region}/{service}/aws4_request", &date[..8]);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex_sha256(canonical.as_bytes()));
    let key = [&date[..8], region, service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, piece| hmac_sha256(&key, piece.as_bytes()));
    hex_hmac_sha256(&key, text.as_bytes())
}

/// The `get-vanilla` case of the test suite that AWS published for Signature Version 4.
#[test]
fn the_checking_implementation_gives_the_published_signature() {
    let date = "20150830T123600Z";
    let headers = vec![("host", "example.amazonaws.com"), ("x-amz-date", date)];
    let digest = hex_sha256(b"");
    let seen = Seen { method: "GET", path: "/", headers, digest: &digest };
    let signature = signature(&seen, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", date, "us-east-1", "service");
    assert_eq!(signature, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

fn upstream() -> Upstream {
    Upstream::new(Timeouts::default()).unwrap()
}

#[test]
fn a_signature_is_the_one_that_the_service_computes() {
    let paths = ["/", "/model/m-1/say", "/model/m-v1:0/say", "/model/arn:x:y%2Fz%20%C3%A9/say-on"];
    for (key, session) in [("AKID:s/e+c", None), ("AKID:s/e+c:to:ken==", Some("to:ken=="))] {
        let signer = Signer::sigv4(&Secret::new(key), "loom", "north-1", &upstream()).unwrap();
        for path in paths {
            let call = signed(&signer, &format!("https://loom.north-1.invalid{path}")).unwrap();
            assert_eq!(call.url.path(), path);
            let said = authorization(&call);
            let header = |name: &str| call.headers.get(name).map(|value| value.to_str().unwrap());
            let (date, digest) = (header("x-amz-date").unwrap(), header("x-amz-content-sha256").unwrap());
            assert_eq!(digest, hex_sha256(&call.body));
            assert_eq!(header("x-amz-security-token"), session);
            let mut headers = vec![
                ("content-type", "application/json"),
                ("host", "loom.north-1.invalid"),
                ("x-amz-content-sha256", digest),
            ];
            headers.push(("x-amz-date", date));
            headers.extend(session.map(|session| ("x-amz-security-token", session)));
            let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
            let seen = Seen { method: "POST", path, headers, digest };
            let signature = signature(&seen, "s/e+c", date, "north-1", "loom");
            let scope = format!("{}/north-1/loom/aws4_request", &date[..8]);
            let wanted =
                format!("AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders={names}, Signature={signature}");
            assert_eq!(said, wanted, "{path}");
            assert!(!format!("{:?}{signer:?}", call.headers).contains("s/e+c"));
        }
    }
}

#[test]
fn an_api_key_is_shown_as_it_is() {
    let signer = Signer::sigv4(&Secret::new("api-key-1=="), "loom", "north-1", &upstream()).unwrap();
    let call = signed(&signer, "https://h/").unwrap();
    assert_eq!(authorization(&call), "Bearer api-key-1==");
    assert_eq!(call.headers.len(), 2);
}

#[test]
fn a_signed_call_arrives_as_it_was_signed() {
    let mock = Mock::json(200, "{}");
    let signer = Signer::sigv4(&Secret::new("AKID:secret"), "loom", "north-1", &upstream()).unwrap();
    let url = format!("http://{}/model/a%2Fb:1/say", mock.address);
    let host = mock.address.to_string();
    run(async {
        let mut call = call(&url);
        signer.sign(&mut call).await.unwrap();
        upstream().send(call).await.unwrap();
    });
    let asked = mock.only();
    let (date, digest) = (asked.header("x-amz-date").unwrap(), asked.header("x-amz-content-sha256").unwrap());
    assert_eq!(digest, hex_sha256(&asked.body));
    let headers = vec![
        ("content-type", "application/json"),
        ("host", host.as_str()),
        ("x-amz-content-sha256", digest),
        ("x-amz-date", date),
    ];
    let seen = Seen { method: "POST", path: "/model/a%2Fb:1/say", headers, digest };
    assert_eq!(asked.target(), seen.path);
    assert_eq!(asked.header("host"), Some(host.as_str()));
    let signature = signature(&seen, "secret", date, "north-1", "loom");
    assert!(asked.header("authorization").unwrap().ends_with(&signature));
}
