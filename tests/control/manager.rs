//! Service managers: sockets that are handed down, and what they are told.

use std::{
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    home::{Home, config, signal, until},
    support::{client::Client, http::PATIENCE},
};

/// A service that is started as systemd does it: with a socket as its file 3.
fn activated(home: &Home, listener: TcpListener) -> Child {
    let plain = home.command(["start"]);
    let mut command = Command::new("sh");
    // The number of the process stays.
    command.args(["-c", "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\""]);
    command.arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(OwnedFd::from(listener)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_socket_that_is_handed_down_is_listened_on_also_after_a_restart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut config = config();
    // Whatever the configuration says: the service manager has the last word.
    config["PORT"] = super::home::free_port().into();
    let home = Home::new(&config);
    // Clients may come before the service is there.
    let mut early = Client::connect(address);
    early.send("GET", "/health", &[], &[]);
    let mut service = activated(&home, listener);
    assert_eq!(early.wire.message().unwrap().unwrap().status(), 200);
    assert_eq!(home.address(), address);
    let instance = home.card()["instance"].clone();
    home.run(&["restart"]).well();
    assert_eq!((home.address(), home.pid()), (address, service.id().into()));
    assert_ne!(home.health()["instance"], instance);
    home.run(&["stop"]).well();
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[test]
fn a_socket_that_others_reach_needs_a_key_too() {
    let home = Home::new(&config());
    let mut service = activated(&home, TcpListener::bind("0.0.0.0:0").unwrap());
    assert_eq!(service.wait().unwrap().code(), Some(1));
}

#[test]
fn it_is_told_what_the_service_does() {
    let home = Home::new(&config());
    let path = home.file("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let hears = |wanted: &str| {
        let mut bytes = [0; 1024];
        loop {
            let length = manager.recv(&mut bytes).unwrap_or_else(|error| panic!("no {wanted}: {error}"));
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if text.lines().any(|line| line == wanted) {
                return text;
            }
        }
    };
    let mut command = home.command(["start"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", Duration::from_millis(600).as_micros().to_string());
    let mut service = command.stderr(Stdio::null()).spawn().unwrap();
    let ready = hears("READY=1");
    assert!(ready.contains(&home.address().to_string()), "{ready}");
    hears("WATCHDOG=1");
    signal("HUP", service.id().into());
    assert!(hears("RELOADING=1").contains("MONOTONIC_USEC="));
    hears("READY=1");
    home.run(&["restart"]).well();
    hears("RELOADING=1");
    hears("READY=1");
    signal("TERM", service.id().into());
    hears("STOPPING=1");
    assert_eq!(service.wait().unwrap().code(), Some(0));
    until("its file is gone", || !home.file(".wireloom/service.json").exists());
}
