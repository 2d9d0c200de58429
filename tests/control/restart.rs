//! `wireloom restart`: the service begins anew in its process.

use std::{net::TcpStream, thread, time::Duration};

use serde_json::json;

use super::{
    home::{Home, config, free_port, signal, until},
    stop::{listen, slow, slow_config},
    support::client::Client,
};

#[test]
fn it_begins_anew_with_the_same_number_and_the_configuration_as_it_is_now() {
    let home = Home::new(&config());
    let address = home.start();
    let (pid, instance) = (home.pid(), home.card()["instance"].clone());
    home.run(&["restart"]).well().tells(&["wireloom runs", &format!("pid {pid}")]);
    assert_eq!((home.pid(), home.address()), (pid, address));
    assert_ne!(home.card()["instance"], instance);
    assert_eq!(home.health()["config"]["generation"], 1);
    // Where it listens changes with a restart alone. The old place is given up.
    let port = free_port();
    let mut config = config();
    config["PORT"] = port.into();
    config["limits"] = json!({ "shutdown_seconds": 7 });
    home.configure(&config);
    home.run(&["restart"]).well().tells(&[&format!("127.0.0.1:{port}")]);
    assert_eq!((home.pid(), home.address().port()), (pid, port));
    assert_eq!(home.card()["shutdown_seconds"], 7);
    assert!(TcpStream::connect(address).is_err());
    home.health();
    home.run(&["restart"]).well();
    assert_eq!(home.address().port(), port);
    home.run(&["stop"]).well().tells(&["has ended"]);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn answers_are_finished_and_requests_that_come_meanwhile_wait() {
    let (upstream, goes) = slow();
    let home = Home::new(&slow_config(&upstream, 30));
    let address = home.start();
    let mut client = listen(&home);
    let restart = home.command(["restart"]).spawn().unwrap();
    // Connections are made, and nobody is turned away, before and while it ends.
    let ask = move || Client::connect(address).ask("GET", "/v1/models", &[], &[]).status();
    let asked: Vec<_> = (0..10)
        .map(|_| {
            thread::sleep(Duration::from_millis(20));
            thread::spawn(ask)
        })
        .collect();
    goes.send(()).unwrap();
    let (text, end) = client.rest();
    assert!(text.contains("[DONE]") && end.is_ok(), "{text}");
    drop(client);
    for asked in asked {
        assert_eq!(asked.join().unwrap(), 200);
    }
    assert_eq!(restart.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn with_a_configuration_that_it_could_not_start_with_it_goes_on() {
    let home = Home::new(&config());
    home.start();
    let instance = home.card()["instance"].clone();
    let mut broken = config();
    broken["Router"]["default"] = "q,a".into();
    let mut open = config();
    open["HOST"] = "0.0.0.0".into();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut no_port = config();
    no_port["PORT"] = taken.local_addr().unwrap().port().into();
    for (config, words) in [(broken, "error[C011]"), (open, "APIKEY"), (no_port, "cannot be listened on")] {
        home.configure(&config);
        let done = home.run(&["restart"]).tells(&["goes on as it is", words]);
        assert_eq!(done.code, Some(1), "{done:?}");
        assert_eq!(home.health()["instance"], instance);
    }
    home.configure(&config());
    home.run(&["restart"]).well();
    assert_ne!(home.health()["instance"], instance);
}

#[test]
fn one_that_does_not_run_is_started() {
    let home = Home::new(&config());
    home.run(&["restart"]).well().tells(&["wireloom runs"]);
    home.health();
}

#[test]
fn one_in_a_terminal_begins_anew_there() {
    let home = Home::new(&config());
    let mut service = home.command(["start"]).spawn().unwrap();
    until("it starts", || home.file(".wireloom/service.json").exists());
    let instance = home.card()["instance"].clone();
    for _ in 0..3 {
        home.run(&["restart"]).well();
        assert_eq!(home.pid(), u64::from(service.id()));
    }
    assert_ne!(home.health()["instance"], instance);
    signal("INT", service.id().into());
    assert_eq!(service.wait().unwrap().code(), Some(0));
}
