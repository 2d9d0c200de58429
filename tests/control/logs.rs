//! `wireloom logs`.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
};

use serde_json::json;

use super::home::{Home, config};

fn line(level: &str, message: &str) -> String {
    let fields = json!({ "message": message, "status": 404 });
    json!({ "timestamp": "2026-11-24T20:00:00Z", "level": level, "fields": fields, "target": "wireloom" }).to_string()
        + "\n"
}

#[test]
fn the_last_lines_are_told_over_the_files_and_by_level() {
    let home = Home::new(&config());
    let done = home.run(&["logs"]).tells(&["nothing is logged yet", "wireloom.log"]);
    assert_eq!(done.code, Some(2));
    home.write(".wireloom/logs/wireloom.log.2", &line("ERROR", "oldest"));
    home.write(".wireloom/logs/wireloom.log.1", &(line("WARN", "older") + &line("DEBUG", "detail")));
    home.write(".wireloom/logs/wireloom.log", &(line("INFO", "old") + &line("WARN", "new") + "not json\n"));
    let told = |arguments: &[&str]| home.run(&[&["logs"], arguments].concat()).well().out;
    let all = told(&[]);
    let messages: Vec<_> = all.lines().map(|line| line.split_whitespace().nth(2).unwrap_or(line)).collect();
    assert_eq!(messages, ["oldest", "older", "detail", "old", "new", "not json"], "{all}");
    assert!(all.starts_with("2026-11-24T20:00:00Z ERROR oldest status=404\n"), "{all}");
    assert_eq!(told(&["--lines", "2"]).lines().count(), 2);
    let grave = told(&["--level", "warn", "-n", "2"]);
    assert!(grave.lines().count() == 2 && grave.contains("older") && grave.contains("new"), "{grave}");
    let json = told(&["--json", "--level", "info", "-n", "1"]);
    assert_eq!(json, line("WARN", "new"));
    assert_eq!(home.run(&["logs", "--level", "loud"]).code, Some(2));
}

#[test]
fn what_comes_is_told_also_when_the_next_file_begins() {
    let home = Home::new(&config());
    let path = home.write(".wireloom/logs/wireloom.log", &line("INFO", "first"));
    let mut logs = home.command(["logs", "-f", "--level", "info"]).spawn().unwrap();
    let mut lines = BufReader::new(logs.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().contains("first"));
    let add = |text: &str| fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
    add(&(line("INFO", "second") + &line("TRACE", "unheard")));
    assert!(next().contains("second"));
    add(&line("INFO", "third"));
    fs::rename(&path, home.file(".wireloom/logs/wireloom.log.1")).unwrap();
    fs::write(&path, line("INFO", "fourth")).unwrap();
    assert!(next().contains("third"));
    assert!(next().contains("fourth"));
    add(&line("INFO", "fifth"));
    assert!(next().contains("fifth"));
    logs.kill().unwrap();
    logs.wait().unwrap();
}

#[test]
fn those_of_a_service_in_the_background_are_found() {
    let mut config = config();
    config["LOG_FILE"] = "mine.log".into();
    let home = Home::new(&config);
    home.start();
    assert_eq!(home.connect().ask("GET", "/nothing", &[], &[]).status(), 404);
    super::home::until("it is logged", || {
        home.run(&["logs", "--level", "warn"]).out.contains("there is nothing at GET /nothing")
    });
    assert!(home.file(".wireloom/logs/mine.log").exists());
    home.run(&["stop"]).well();
    assert!(home.run(&["logs"]).well().out.contains("there is nothing at GET /nothing"));
}
