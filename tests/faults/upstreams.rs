//! Upstreams that fail, each in its own way, all in one gateway.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use super::{
    case::{Case, Expected, all},
    dialect::{ALL, Dialect},
    support::{
        gateway::{Gateway, UPSTREAM_KEY},
        upstream::Upstream,
    },
};

/// The header of the key by which an upstream knows which fault it is to have, and in which dialect.
const FAULT: &str = "x-fault";

/// A provider for each fault and each dialect, and one that is well.
fn config(upstream: &Upstream, cases: &[Case]) -> Value {
    let provider = |case: &str, timeouts: &Value, dialect: Dialect| {
        let spec = dialect.spec();
        let name = format!("{case}.{spec}");
        let url = format!("http://{}{}", upstream.address, dialect.base());
        let mut timeouts = timeouts.clone();
        if timeouts.is_null() {
            timeouts = json!({});
        }
        json!({
            "name": name, "api_base_url": url, "api_key": UPSTREAM_KEY, "models": ["m"], "transformer": { "use": [spec] },
            "headers": { FAULT: name }, "timeouts": timeouts,
        })
    };
    let of_case = |case: &Case| ALL.map(|dialect| provider(&case.name, &case.timeouts, dialect));
    let well = ALL.map(|dialect| provider("well", &Value::Null, dialect));
    let providers: Vec<Value> = cases.iter().flat_map(of_case).chain(well).collect();
    // Each request is to show what one call comes to.
    json!({ "Providers": providers, "retry": { "attempts": 1 }, "breaker": { "failures": 10_000 }, "LOG_LEVEL": "warn" })
}

#[test]
fn every_fault_of_an_upstream_is_told_and_the_service_goes_on() {
    let cases = Arc::new(all());
    assert!(cases.len() > 20, "the faults are not found");
    let troubles = Arc::<Mutex<Vec<String>>>::default();
    let (faults, told) = (cases.clone(), troubles.clone());
    let upstream = Upstream::start(move |request, peer| {
        let (name, spec) = request.header(FAULT).unwrap().split_once('.').unwrap();
        let dialect = *ALL.iter().find(|dialect| dialect.spec() == spec).unwrap();
        match faults.iter().find(|case| case.name == name) {
            None => peer.whole(200, &JSON, dialect.answer().to_string().as_bytes()),
            Some(case) => {
                if let Err(trouble) = case.run(dialect, peer) {
                    told.lock().unwrap().push(format!("{name} {spec}: {trouble}"));
                }
            }
        }
    });
    let gateway = Gateway::start(&config(&upstream, &cases));
    let (upstream, gateway) = (&upstream, &gateway);
    thread::scope(|scope| {
        for case in cases.iter() {
            let troubles = troubles.clone();
            scope.spawn(move || {
                for (face, across, stream) in ways() {
                    let dialect = if across { face.other() } else { face };
                    let Some(expected) = case.expected(stream, across) else { continue };
                    let asked = Asked { gateway, upstream, case, face, dialect, stream };
                    if let Err(trouble) = asked.meets(expected) {
                        let what = format!("{} {face:?} to {dialect:?}, stream {stream}: {trouble}", case.name);
                        troubles.lock().unwrap().push(what);
                    }
                }
            });
        }
    });
    for face in ALL {
        let model = format!("well.{},m", face.spec());
        let answer = gateway.post(&face.path(&model, false), &[], face.question(&model, false).to_string());
        assert_eq!((answer.status(), answer.json()), (200, face.answer()), "the service does not go on");
    }
    let troubles = troubles.lock().unwrap();
    let list = troubles.iter().fold(String::new(), |mut list, trouble| {
        let _ = write!(list, "\n\n{trouble}");
        list
    });
    assert!(troubles.is_empty(), "{} answers are not as expected:{list}", troubles.len());
}

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// Each protocol, to its own dialect and to another, whole and streamed.
fn ways() -> impl Iterator<Item = (Dialect, bool, bool)> {
    let both = || [true, false].into_iter();
    ALL.into_iter()
        .flat_map(move |face| both().flat_map(move |across| both().map(move |stream| (face, across, stream))))
}

/// One request.
struct Asked<'a> {
    gateway: &'a Gateway,
    upstream: &'a Upstream,
    case: &'a Case,
    face: Dialect,
    /// What the upstream speaks.
    dialect: Dialect,
    stream: bool,
}

impl Asked<'_> {
    /// Asks; what is not as expected.
    fn meets(&self, expected: Expected) -> Result<(), String> {
        let Self { gateway, upstream, case, face, dialect, stream } = *self;
        let name = format!("{}.{}", case.name, dialect.spec());
        let model = format!("{name},m");
        let mut client = gateway.connect();
        client.send("POST", &face.path(&model, stream), &[], face.question(&model, stream).to_string().as_bytes());
        let head = client.wire.head().map_err(|error| format!("no answer: {error}"))?.ok_or("no answer")?;
        let (mut body, mut end) = (Vec::new(), Ok(()));
        loop {
            match client.wire.piece() {
                Ok(Some(piece)) => body.extend(piece),
                Ok(None) => break,
                Err(error) => {
                    end = Err(error);
                    break;
                }
            }
        }
        let text = String::from_utf8_lossy(&body);
        let Expected { status, heard, error, breaks } = expected;
        let told = || format!("{} {text:?} {end:?}", head.status());
        let same = |what: &str, is: bool| if is { Ok(()) } else { Err(format!("not {what}: {}", told())) };
        let status = status.unwrap_or(200);
        same(&format!("{status}"), head.status() == status)?;
        same(if breaks { "a break" } else { "a proper end" }, end.is_err() == breaks)?;
        let Some((kind, message)) = error else {
            let heard = heard.or((!breaks).then(|| "Well.".into()));
            same("heard", heard.is_none_or(|heard| text.contains(&heard)))?;
            // A whole answer is complete if it can be read.
            let is_json = || serde_json::from_str::<Value>(&text).is_ok();
            let is_complete = if stream { face.is_complete(&text) } else { is_json() };
            return if breaks { Ok(()) } else { same("complete", is_complete) };
        };
        let message = message.replace("{upstream}", &upstream.address.to_string()).replace("{name}", &name);
        if status != 200 {
            let is_json = head.header("content-type") == Some("application/json");
            let found: Value = serde_json::from_str(&text).unwrap_or_default();
            let wanted = face.error(&kind, &message);
            return same(&format!("{wanted}"), is_json && found == wanted);
        }
        let events = || text.lines().filter_map(|line| line.strip_prefix("data: "));
        let last: Value = events().next_back().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
        let wanted = face.error_frame(&last["sequence_number"], &kind, &message);
        same(&format!("{wanted} at the end"), last == wanted && text.ends_with("\n\n"))?;
        same("incomplete", !face.is_complete(&text))?;
        same("heard", heard.is_none_or(|heard| text.contains(&heard)))
    }
}
