//! What settings of the configuration do to requests: those that no other file here is about.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    BOTH, MESSAGES, chat_answer, question,
    support::{
        gateway::{Gateway, config},
        http::PATIENCE,
        upstream::Upstream,
    },
};

/// A module that sends everything to the provider `other`, if it counts at least so many tokens.
fn router(least: u64) -> String {
    format!(
        "module.exports = async (req, config) => {{
            const known = config.Providers.some((provider) => provider.name === 'other' && !provider.api_key);
            return known && (await req.tokenCount) >= {least} ? 'other,m' : null;
        }};"
    )
}

/// A configuration with a second provider, and a rule that would send everything to the first.
fn two(first: &Upstream, second: &Upstream) -> Value {
    let mut config = config(first);
    let other = json!({
        "name": "other", "api_base_url": format!("http://{}/v1/chat/completions", second.address),
        "api_key": "k", "models": ["m"],
    });
    config["Providers"].as_array_mut().unwrap().push(other);
    config["rules"] = json!([{ "when": "true", "to": "chat,Model-1" }]);
    config
}

#[test]
fn a_custom_router_goes_before_the_rules_and_is_read_again_when_it_changes() {
    let (first, second) =
        (Upstream::json(200, chat_answer().to_string()), Upstream::json(200, chat_answer().to_string()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("router.js");
    fs::write(&path, router(1)).unwrap();
    let mut config = two(&first, &second);
    config["CUSTOM_ROUTER_PATH"] = path.to_str().unwrap().into();
    let gateway = Gateway::start(&config);
    let answer = gateway.post(MESSAGES, &[], question("any", false));
    assert_eq!(answer.header("x-wireloom-route"), Some("scenario=default; provider=other; model=m"));
    assert_eq!(second.only().json()["model"], "m");
    fs::write(folder.path().join("request.json"), question("any", false)).unwrap();
    let told = gateway.run_beside(&["explain", folder.path().join("request.json").to_str().unwrap()]);
    assert!(told.contains("custom router") && told.contains("1. other,m"), "{told}");
    let end = Instant::now() + PATIENCE;
    fs::write(&path, router(1_000_000)).unwrap();
    loop {
        let answer = gateway.post(MESSAGES, &[], question("any", false));
        if answer.header("x-wireloom-route").unwrap().contains("provider=chat") {
            break;
        }
        assert!(Instant::now() < end, "{}", gateway.logged());
        thread::sleep(Duration::from_millis(20));
    }
    fs::write(&path, "module.exports = () => { throw new Error('no idea') }").unwrap();
    while !gateway.logged().contains("no idea") {
        assert_eq!(gateway.post(MESSAGES, &[], question("any", false)).status(), 200, "the usual routes decide");
        assert!(Instant::now() < end, "{}", gateway.logged());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_request_that_would_lose_something_is_refused_if_that_is_wanted() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut lossy: Value = serde_json::from_str(&question("any", false)).unwrap();
    lossy["top_k"] = 5.into();
    let mut config = config(&upstream);
    config["Providers"][0]["transformer"] = json!({ "use": ["openai"] });
    let told = Gateway::start(&config).post(MESSAGES, &[], lossy.to_string());
    assert_eq!((told.status(), told.header("x-wireloom-losses")), (200, Some("top_k")));
    config["on_loss"] = "refuse".into();
    let gateway = Gateway::start(&config);
    let refused = gateway.post(MESSAGES, &[], lossy.to_string());
    assert_eq!(refused.status(), 400, "{}", refused.text());
    assert_eq!(refused.json()["error"]["type"], "invalid_request_error");
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("top_k"), "{}", refused.text());
    assert_eq!(upstream.asked().len(), 1, "only the first gateway has asked");
    assert_eq!(gateway.post(MESSAGES, &[], question("any", false)).status(), 200);
}

#[test]
fn calls_to_other_machines_go_through_the_proxy_but_for_those_that_need_none() {
    let proxy = Upstream::json(200, chat_answer().to_string());
    let mut config = config(&proxy);
    let elsewhere = "http://models.example/v1/chat/completions";
    config["Providers"][0]["api_base_url"] = elsewhere.into();
    config["PROXY_URL"] = format!("http://{}", proxy.address).into();
    let gateway = Gateway::start(&config);
    for path in BOTH {
        assert_eq!(gateway.post(path, &[], question("any", false)).status(), 200);
        assert_eq!(proxy.asked().last().unwrap().target(), elsewhere);
    }
    // This machine's own, and those that are named, are called without it.
    config["NO_PROXY"] = "models.example".into();
    let gateway = Gateway::start(&config);
    assert_eq!(gateway.post(MESSAGES, &[], question("any", false)).status(), 502);
    config["Providers"][0]["api_base_url"] = format!("http://{}/v1/chat/completions", proxy.address).into();
    let gateway = Gateway::start(&config);
    assert_eq!(gateway.post(MESSAGES, &[], question("any", false)).status(), 200);
    assert_eq!(proxy.asked().last().unwrap().target(), "/v1/chat/completions");
}
