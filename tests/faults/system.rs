//! What the machine may run short of, or change its mind about.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    clients::{config, goes_on, model, well},
    dialect::{ALL, Dialect},
    support::{client::Client, gateway::Gateway, http::PATIENCE},
};

#[test]
fn without_descriptors_it_waits_and_goes_on_when_there_are_some() {
    let gateway = Gateway::start_behind("ulimit -n 64", &config(&well()));
    let mut first = gateway.connect();
    assert_eq!(first.ask("GET", "/health", &[], &[]).status(), 200);
    // The system takes these connections, the gateway cannot.
    let held: Vec<Client> = (0..150).map(|_| gateway.connect()).collect();
    let end = Instant::now() + PATIENCE;
    while !gateway.logged().contains("accept connection failed") {
        assert!(Instant::now() < end, "there are enough descriptors");
        thread::sleep(Duration::from_millis(5));
    }
    // Who is in is served, as far as nothing new is needed for it.
    assert_eq!(first.ask("GET", "/health", &[], &[]).status(), 200);
    for face in ALL {
        let model = super::clients::model(face);
        let answer =
            first.ask("POST", &face.path(&model, false), &[], face.question(&model, false).to_string().as_bytes());
        // A descriptor that something else gives back serves whoever comes first.
        if answer.status() == 200 {
            continue;
        }
        let message = answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer.status(), 502, "{}", answer.everything());
        assert!(message.starts_with("cannot connect to ") && message.ends_with("(os error 24)"), "{message}");
        assert_eq!(answer.json(), face.error("internal", &message));
    }
    drop(held);
    goes_on(&gateway);
    let log = gateway.log();
    let complaints = log.lines().filter(|line| line.contains("accept connection failed")).count();
    // One each ten milliseconds at most.
    assert!((1..10_000).contains(&complaints), "{complaints} complaints");
}

#[test]
fn of_descriptors_it_takes_as_many_as_it_may() {
    let gateway = Gateway::start_behind("ulimit -Sn 64", &config(&well()));
    let mut held: Vec<Client> = (0..150).map(|_| gateway.connect()).collect();
    for client in &mut held {
        assert_eq!(client.ask("GET", "/health", &[], &[]).status(), 200);
    }
    goes_on(&gateway);
}

#[test]
#[cfg(target_os = "linux")]
fn a_quiet_clients_machine_is_asked_whether_it_is_still_there() {
    let gateway = Gateway::start(&config(&well()));
    let mut client = gateway.connect();
    assert_eq!(client.ask("GET", "/health", &[], &[]).status(), 200);
    let connections = fs::read_to_string("/proc/net/tcp").unwrap();
    // The gateway's own end, established: its address, its peer, its state, its queues, and which timer is set.
    let own = format!("0100007F:{:04X}", gateway.address.port());
    let fields = |line: &str| line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let ends = connections.lines().map(fields).filter(|fields| fields[0] == own && fields[2] == "01");
    let timers: Vec<String> = ends.map(|fields| fields[4].clone()).collect();
    assert!(timers.iter().any(|timer| timer.starts_with("02:")), "{timers:?}");
}

/// What lets a program see another time of day than it is: Debian's package `faketime`.
const FAKETIME: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"];

#[test]
fn a_clock_that_is_set_changes_nothing_but_the_time_of_day() {
    let Some(library) = FAKETIME.iter().find(|path| Path::new(path).exists()) else {
        assert!(std::env::var_os("CI").is_none(), "faketime is not installed: see .ci/run");
        eprintln!("skipped: faketime is not installed");
        return;
    };
    let mut config = config(&well());
    config["APIKEY"] = "main".into();
    config["keys"] = json!([
        { "name": "slow", "key": "slow", "requests_per_minute": 1 }, { "name": "soon", "key": "soon", "expires": "2031-01-01" },
    ]);
    let line = format!(
        "echo +0 > \"$HOME/clock\"; export LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE=\"$HOME/clock\" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1"
    );
    let gateway = Gateway::start_behind(&line, &config);
    let set = |clock: &str| fs::write(gateway.home().join("clock"), clock).unwrap();
    let ask = |key: &str| {
        let (face, model) = (Dialect::Anthropic, model(Dialect::Chat));
        let body = face.question(&model, false).to_string();
        gateway.post(&face.path(&model, false), &[("x-api-key", key)], body)
    };
    assert_eq!((ask("slow").status(), ask("soon").status()), (200, 200));
    set("-3000d");
    assert_eq!((ask("slow").status(), ask("soon").status()), (429, 200));
    set("+4000d");
    assert_eq!(ask("soon").status(), 401);
    // Ten years have earned nothing.
    let answer = ask("slow");
    let wait: u64 = answer.header("retry-after").expect("a wait").parse().unwrap();
    assert!(answer.status() == 429 && wait <= 61, "{}", answer.everything());
    set("+0");
    assert_eq!((ask("slow").status(), ask("soon").status()), (429, 200));
    // They are written half a second later.
    let end = Instant::now() + PATIENCE;
    let records = loop {
        let records = gateway.get("/api/requests?since=1990-01-01", &[("x-api-key", "main")]).json();
        match records.as_array() {
            Some(records) if records.len() >= 4 => break records.clone(),
            _ => assert!(Instant::now() < end, "{records}"),
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert!(
        records.iter().all(|record| record["duration_ms"].as_u64().is_some_and(|taken| taken < 60_000)),
        "{records:?}"
    );
    let times: Vec<&str> = records.iter().map(|record| record["time"].as_str().unwrap()).collect();
    assert!(times.first() > times.last(), "the newest is the first: {times:?}");
}
