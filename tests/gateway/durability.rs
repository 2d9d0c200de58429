//! A disk that fails stops what is kept of requests, and never requests.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    CHAT, chat_answer, question,
    support::{
        gateway::{Gateway, config},
        http::PATIENCE,
        upstream::Upstream,
    },
};

#[track_caller]
fn becomes(gateway: &Gateway, condition: &str) {
    let end = Instant::now() + PATIENCE;
    while gateway.get("/health", &[]).json()["records"] != condition {
        assert!(Instant::now() < end, "{}", gateway.logged());
        assert_eq!(gateway.post(CHAT, &[], question("any", false)).status(), 200);
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn records_are_kept_again_once_the_disk_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("place");
    fs::write(&place, "no folder").unwrap();
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    config["records"] = json!({ "path": place.join("records.db") });
    let gateway = Gateway::start(&config);
    becomes(&gateway, "failing");
    let text = gateway.get("/metrics", &[]).text();
    assert!(text.contains("wireloom_records_failing 1"), "{text}");
    assert!(gateway.logged().contains("records cannot be kept"), "{}", gateway.logged());
    assert_eq!(gateway.get("/health", &[]).json()["status"], "ok");
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    becomes(&gateway, "kept");
    assert!(gateway.get("/metrics", &[]).text().contains("wireloom_records_failing 0"));
    assert!(gateway.logged().contains("records are kept again"), "{}", gateway.logged());
    assert_eq!(gateway.post(CHAT, &[], question("the-last", false)).status(), 200);
    let end = Instant::now() + PATIENCE;
    while !gateway.get("/api/requests", &[]).text().contains("the-last") {
        assert!(Instant::now() < end);
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_full_disk_is_told() {
    // The first write beyond so many blocks fails as on a full disk.
    let config = config(&Upstream::json(200, chat_answer().to_string()));
    let gateway = Gateway::start_behind("trap '' XFSZ; ulimit -f 40", &config);
    becomes(&gateway, "failing");
    assert_eq!(gateway.post(CHAT, &[], question("any", false)).status(), 200);
}

#[test]
fn where_nothing_is_to_be_kept_health_says_so() {
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    config["records"] = json!({ "enabled": false });
    assert_eq!(Gateway::start(&config).get("/health", &[]).json()["records"], "off");
}

/// A pipe that nobody reads is the slowest of disks.
#[cfg(unix)]
#[test]
fn a_log_that_cannot_be_written_keeps_no_request_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("loom.log");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Open at both ends, so that nobody waits for the other.
    let _held = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    (config["LOG_FILE"], config["LOG_LEVEL"]) = (pipe.display().to_string().into(), "trace".into());
    let gateway = Gateway::start(&config);
    let mut client = gateway.connect();
    let longest = (0..500).map(|_| {
        let begun = Instant::now();
        // A refusal is logged, and so is what it says.
        assert_eq!(client.ask("POST", CHAT, &[], b"{").status(), 400);
        begun.elapsed()
    });
    let longest = longest.max().unwrap();
    assert!(longest < Duration::from_secs(5), "{longest:?}");
}
