//! `wireloom start --detach`.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
};

use serde_json::json;

use super::home::{Done, Home, config, free_port, signal, until};

#[test]
fn it_comes_back_once_requests_are_taken_and_says_where() {
    let home = Home::new(&config());
    let done = home.run(&["start", "--detach"]).well();
    let (card, address) = (home.card(), home.address());
    let done = done.tells(&[&format!("http://{address}"), &format!("pid {}", home.pid()), "config.json5"]);
    assert_eq!(done.out, "");
    let health = home.health();
    assert_eq!((&health["status"], &health["instance"]), (&json!("ok"), &card["instance"]));
    assert!(card["config"].as_str().unwrap().ends_with(".wireloom/config.json5"), "{card}");
    for file in ["service.json", "service.lock", "service.err"] {
        let mode = fs::metadata(home.file(".wireloom").join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    // It leads a session of its own, so that no terminal takes it along; and it logs to a file.
    let stat = fs::read_to_string(format!("/proc/{}/stat", home.pid())).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    assert!(stat.is_empty() || fields[3] == home.pid().to_string(), "{stat}");
    assert!(card["log"].as_str().unwrap().ends_with(".wireloom/logs/wireloom.log"), "{card}");
}

#[test]
fn a_second_start_says_that_it_runs_already_and_where() {
    let port = free_port();
    let mut config = config();
    config["PORT"] = port.into();
    let home = Home::new(&config);
    let address = home.start();
    let (pid, instance) = (format!("pid {}", home.pid()), home.card()["instance"].clone());
    home.run(&["start", "--detach"]).well().tells(&["runs already", &format!("http://{address}"), &pid]);
    for arguments in [&["start"][..], &["start", "--detach", "--port", &free_port().to_string()]] {
        let done = home.run(arguments).tells(&[&format!("http://{address}"), &pid, "wireloom stop"]);
        assert_eq!(done.code, Some(1), "{done:?}");
    }
    assert_eq!(home.card()["instance"], instance);
    // A file of its own lets another run beside it.
    let other = home.file("other.json");
    let other = ["--pid-file", other.to_str().unwrap()];
    home.run(&[&["start", "-d", "--port", "0"], &other[..]].concat()).well();
    assert_eq!(home.card()["instance"], instance);
    home.run(&[&["stop"], &other[..]].concat()).well().tells(&["has ended"]);
    home.run(&["status"]).well();
}

#[test]
fn defect_54_a_service_that_cannot_serve_ends_and_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config();
    config["PORT"] = taken.local_addr().unwrap().port().into();
    let home = Home::new(&config);
    let address = taken.local_addr().unwrap().to_string();
    for arguments in [&["start"][..], &["start", "--detach"]] {
        let done = home.run(arguments).tells(&[&format!("{address} cannot be listened on")]);
        assert_eq!((done.code, done.out.as_str()), (Some(1), ""), "{done:?}");
        assert!(!home.file(".wireloom/service.json").exists());
        assert_eq!(home.run(&["status"]).code, Some(3));
    }
    let done = home.run(&["start", "--detach", "--host", "0.0.0.0"]).tells(&["did not start", "set APIKEY"]);
    assert_eq!(done.code, Some(1));
    config["HOST"] = 5.into();
    home.configure(&config);
    let done = home.run(&["start", "--detach"]).tells(&["error[C001]"]);
    assert_eq!(done.code, Some(1));
}

#[test]
fn what_a_killed_service_has_left_is_not_taken_for_one() {
    let home = Home::new(&config());
    let address = home.start();
    let pid = home.pid();
    signal("KILL", pid);
    until("it is gone", || TcpStream::connect(address).is_err());
    assert!(home.file(".wireloom/service.json").exists());
    assert_eq!(home.run(&["status"]).code, Some(3));
    home.run(&["stop"]).well().tells(&["does not run"]);
    home.start();
    assert_ne!(home.pid(), pid);
}

#[test]
fn a_process_that_has_got_the_number_is_let_alone() {
    let home = Home::new(&config());
    home.start();
    let mut card = home.card();
    home.run(&["stop"]).well();
    // Were it ended, so would be this test.
    card["pid"] = std::process::id().into();
    home.write(".wireloom/service.json", &card.to_string());
    assert_eq!(home.run(&["status"]).code, Some(3));
    home.run(&["stop"]).well().tells(&["does not run"]);
    home.start();
    assert_ne!(home.card()["pid"], card["pid"]);
}

#[test]
fn of_several_starts_at_once_one_is_the_service() {
    let home = Home::new(&config());
    let starts: Vec<_> = (0..4).map(|_| home.command(["start", "--detach"]).spawn().unwrap()).collect();
    for start in starts {
        let done = Done::from(start.wait_with_output().unwrap()).well();
        done.tells(&[&format!("http://{} (pid {})", home.address(), home.pid())]);
    }
}

#[test]
fn a_home_that_cannot_be_written_does_not_keep_it_from_serving() {
    let home = Home::new(&config());
    home.write("file", "");
    let pid_file = home.file("file/service.json");
    let mut service = home.command(["start", "--pid-file", pid_file.to_str().unwrap()]).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(service.stderr.take().unwrap()));
    let told = lines.next().unwrap().unwrap();
    assert!(told.contains("cannot be written") && told.contains("service.json"), "{told}");
    let listens = lines.next().unwrap().unwrap();
    assert!(listens.contains("listens on"), "{listens}");
    service.kill().unwrap();
    service.wait().unwrap();
}
