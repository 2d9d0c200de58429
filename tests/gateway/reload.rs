//! The configuration changes while the gateway runs.

use std::{
    fs,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    CHAT, MESSAGES, chat_answer, question,
    streams::{STREAM, across, ending, opening, word},
    support::{
        gateway::{Gateway, config},
        http::PATIENCE,
        sse::events,
        upstream::Upstream,
    },
};

/// Puts a new file in the place of the configuration, as editors do.
fn replace(gateway: &Gateway, text: &str) {
    let new = gateway.home().join("config.json5~");
    fs::write(&new, text).unwrap();
    fs::rename(new, gateway.home().join("config.json5")).unwrap();
}

fn standing(gateway: &Gateway) -> Value {
    gateway.get("/health", &[]).json()["config"].clone()
}

/// Waits until the configuration stands so.
#[track_caller]
fn stands(gateway: &Gateway, is_so: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let standing = standing(gateway);
        if is_so(&standing) {
            return standing;
        }
        assert!(Instant::now() < end, "{standing}\n{}", gateway.logged());
        thread::sleep(Duration::from_millis(10));
    }
}

fn is_number(number: u64) -> impl Fn(&Value) -> bool {
    move |standing| standing["generation"] == number
}

/// A configuration whose only model has this name.
fn with_model(upstream: &Upstream, model: &str) -> Value {
    let mut config = config(upstream);
    config["Providers"][0]["models"] = json!([model]);
    config["Router"]["default"] = format!("chat,{model}").into();
    config
}

fn models(gateway: &Gateway) -> String {
    gateway.get("/v1/models", &[]).json()["data"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_file_in_the_place_of_another_is_taken_over() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    replace(&gateway, &with_model(&upstream, "second").to_string());
    stands(&gateway, is_number(2));
    assert_eq!(models(&gateway), "chat,second");
    // Written in place, too.
    fs::write(gateway.home().join("config.json5"), with_model(&upstream, "third").to_string()).unwrap();
    stands(&gateway, |standing| standing["generation"].as_u64() > Some(2) && standing["error"].is_null());
    assert_eq!(models(&gateway), "chat,third");
    gateway.post(MESSAGES, &[], question("any", false));
    assert_eq!(upstream.only().json()["model"], "third");
    assert!(gateway.log().contains("the configuration is taken over"));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_elsewhere_is_seen() {
    use std::os::unix::fs::symlink;
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let home = gateway.home();
    let publish = |name: &str| {
        fs::create_dir(home.join(name)).unwrap();
        fs::write(home.join(name).join("config.json5"), with_model(&upstream, name).to_string()).unwrap();
        symlink(name, home.join("data~")).unwrap();
        fs::rename(home.join("data~"), home.join("data")).unwrap();
    };
    publish("one");
    symlink("data/config.json5", home.join("config~")).unwrap();
    fs::rename(home.join("config~"), home.join("config.json5")).unwrap();
    stands(&gateway, is_number(2));
    for (name, number) in [("two", 3), ("three", 4)] {
        publish(name);
        stands(&gateway, is_number(number));
        assert_eq!(models(&gateway), format!("chat,{name}"));
    }
}

#[test]
fn a_broken_file_is_told_and_the_old_one_goes_on() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let secret = "sk-never-to-be-shown";
    let broken = format!("{{ PORT: 'x',\n  Providers: [{{ name: 'chat', api_key: '{secret}' }}],\n  HOST: 5 }}");
    replace(&gateway, &broken);
    let standing = stands(&gateway, |standing| !standing["error"].is_null());
    assert_eq!(standing["generation"], 1);
    let error = standing["error"].as_str().unwrap();
    assert!(error.contains("config.json5:1:9: error[C005]") && error.contains("config.json5:3:9: error["), "{error}");
    let answer = gateway.post(MESSAGES, &[], question("any", false));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    replace(&gateway, &config(&upstream).to_string());
    // It is what runs already, and is taken over all the same: so the error is gone.
    let standing = stands(&gateway, is_number(2));
    assert!(standing["error"].is_null(), "{standing}");
    let log = gateway.log();
    assert!(log.contains("config.json5:1:9: error[C005]") && log.contains("number 1 goes on"), "{log}");
    assert!(!log.contains(secret) && !standing.to_string().contains(secret), "{log}");
}

#[test]
fn what_needs_a_restart_is_told() {
    let gateway = Gateway::start(&config(&Upstream::json(200, "")));
    let mut other = config(&Upstream::json(200, ""));
    (other["LOG_LEVEL"], other["LOG_FILE"]) = ("debug".into(), "own.log".into());
    other["HOST"] = "localhost".into();
    replace(&gateway, &other.to_string());
    stands(&gateway, is_number(2));
    let log = gateway.log();
    assert!(log.contains("HOST, LOG_FILE changed, which needs a restart"), "{log}");
}

#[test]
fn variables_beside_the_file_count_and_may_change() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    let mut other = config(&upstream);
    other["Providers"][0]["api_key"] = "$RELOAD_TEST_KEY".into();
    replace(&gateway, &other.to_string());
    let standing = stands(&gateway, |standing| !standing["error"].is_null());
    assert!(standing["error"].as_str().unwrap().contains("`RELOAD_TEST_KEY` is not set"), "{standing}");
    for (number, key) in [(2, "key-of-the-file-1"), (3, "key-of-the-file-2")] {
        fs::write(gateway.home().join(".env"), format!("RELOAD_TEST_KEY={key}\n")).unwrap();
        stands(&gateway, |standing| standing["generation"].as_u64() >= Some(number) && standing["error"].is_null());
        gateway.post(MESSAGES, &[], question("any", false));
        assert_eq!(upstream.asked().last().unwrap().header("authorization"), Some(&*format!("Bearer {key}")));
    }
    assert!(!gateway.log().contains("key-of-the-file"));
}

#[cfg(unix)]
#[test]
fn a_signal_reads_the_file_again_and_connections_stay() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let gateway = Gateway::start(&config(&upstream));
    for number in 2..5 {
        assert_eq!(gateway.post(MESSAGES, &[], question("any", false)).status(), 200);
        gateway.signal("HUP");
        stands(&gateway, is_number(number));
    }
    assert_eq!((upstream.asked().len(), upstream.connections()), (3, 1));
}

#[cfg(unix)]
#[test]
fn a_stream_ends_as_it_began() {
    let (goes, go) = mpsc::channel::<()>();
    let go = Mutex::new(go);
    let upstream = Upstream::start(move |_, peer| {
        peer.begin(200, &STREAM);
        peer.piece(&(opening(MESSAGES) + &word(MESSAGES, "first")));
        go.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        peer.piece(&(word(MESSAGES, "last") + &ending(MESSAGES)));
        peer.end();
    });
    let gateway = Gateway::start(&across(MESSAGES, &upstream));
    let mut client = gateway.connect();
    client.begin("POST", MESSAGES, &[], question("any", true).as_bytes());
    assert!(client.hears("first"));
    // The provider is gone from the new configuration, and the answer goes on.
    replace(&gateway, &with_model(&Upstream::json(200, ""), "other").to_string());
    stands(&gateway, is_number(2));
    goes.send(()).unwrap();
    let (text, end) = client.rest();
    assert!(text.contains("last") && text.contains("message_stop") && end.is_ok(), "{text} {end:?}");
}

#[test]
fn the_length_of_a_session_is_remembered() {
    let upstream = Upstream::json(200, chat_answer().to_string());
    let mut config = config(&upstream);
    config["Providers"][0]["models"] = json!(["Model-1", "long"]);
    config["rules"] = json!([{ "when": "last_tokens > 5", "to": "chat,long" }]);
    let gateway = Gateway::start(&config);
    let ask = || {
        gateway.post(MESSAGES, &[("session-id", "s-1")], question("any", false));
        upstream.asked().last().unwrap().json()["model"].clone()
    };
    assert_eq!((ask(), ask()), (json!("Model-1"), json!("long")));
    config["Providers"][0]["models"] = json!(["Model-1", "long", "third"]);
    replace(&gateway, &config.to_string());
    stands(&gateway, is_number(2));
    assert_eq!(ask(), "long");
}

/// Asks for answers, streamed and whole in turn, until it is told to stop; how many came, and what was wrong.
fn load(gateway: &Gateway, stop: &AtomicBool, answered: &AtomicUsize, path: &str) -> (usize, Vec<String>) {
    let mut client = gateway.connect();
    let (mut count, mut wrong) = (0, Vec::new());
    while !stop.load(Ordering::Relaxed) {
        let stream = count % 2 == 0;
        let answer = client.ask("POST", path, &[], question("any", stream).as_bytes());
        let text = answer.text();
        let whole = match (stream, path) {
            (false, _) => text.contains("first") && text.contains("last"),
            (true, CHAT) => text.contains("last") && text.ends_with("data: [DONE]\n\n"),
            (true, _) => {
                text.contains("last") && events(&text).last().is_some_and(|event| event["type"] == "message_stop")
            }
        };
        if answer.status() != 200 || !whole {
            wrong.push(answer.everything());
        }
        count += 1;
        answered.fetch_add(1, Ordering::Relaxed);
    }
    (count, wrong)
}

#[cfg(unix)]
#[test]
fn nothing_is_dropped_across_fifty_reloads_under_load() {
    let mut answer = chat_answer();
    answer["choices"][0]["message"]["content"] = "first last".into();
    let upstream = Upstream::start(move |request, peer| {
        if request.json()["stream"] != true {
            return peer.whole(200, &[("content-type", "application/json")], answer.to_string().as_bytes());
        }
        peer.begin(200, &STREAM);
        peer.piece(&(opening(MESSAGES) + &word(MESSAGES, "first ")));
        thread::sleep(Duration::from_millis(2));
        peer.piece(&(word(MESSAGES, "last") + &ending(MESSAGES)));
        peer.end();
    });
    let mut quiet = config(&upstream);
    quiet["LOG_LEVEL"] = "warn".into();
    let gateway = Gateway::start(&quiet);
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let done = thread::scope(|scope| {
        let loads: Vec<_> = [MESSAGES, CHAT, MESSAGES, CHAT]
            .map(|path| scope.spawn(|| load(&gateway, &stop, &answered, path)))
            .into_iter()
            .collect();
        for number in 2..=51 {
            quiet["Providers"][0]["models"] = json!([format!("model-{number}")]);
            quiet["Router"]["default"] = format!("chat,model-{number}").into();
            // The file is seen by itself, or by the signal, whichever comes first.
            replace(&gateway, &quiet.to_string());
            gateway.signal("HUP");
            let end = Instant::now() + PATIENCE;
            while models(&gateway) != format!("chat,model-{number}") {
                assert!(Instant::now() < end, "{}", gateway.logged());
                thread::sleep(Duration::from_millis(2));
            }
            // Each of the configurations gives some answers.
            let before = answered.load(Ordering::Relaxed);
            while answered.load(Ordering::Relaxed) < before + 8 && Instant::now() < end {
                thread::sleep(Duration::from_millis(1));
            }
        }
        stop.store(true, Ordering::Relaxed);
        loads.into_iter().map(|load| load.join().unwrap()).collect::<Vec<_>>()
    });
    for (count, wrong) in &done {
        assert!(wrong.is_empty() && *count > 50, "{} of {count} failed: {:#?}", wrong.len(), wrong.first());
    }
    let asked: usize = done.iter().map(|(count, _)| count).sum();
    let used: std::collections::BTreeSet<_> =
        upstream.asked().iter().map(|request| request.json()["model"].to_string()).collect();
    assert!(used.len() >= 50, "{asked} requests saw {} configurations", used.len());
}
