//! The port, the proxies, the disk, and what else runs here.

use std::{
    fs,
    net::{TcpListener, ToSocketAddrs},
    path::Path,
};

use wireloom_schema::config::{Config, RecordsConfig};

use super::{Finding, Surroundings};
use crate::process::{
    health::{self, Health},
    pid_file::PidFile,
    signal::is_alive,
};

/// Less room than this, in bytes, may not do for long.
#[cfg(unix)]
const LITTLE: u64 = 256 << 20;

/// Whether the port is free, or ours.
pub(super) fn port(config: &Config) -> Finding {
    const ABOUT: &str = "port";
    let (host, port) = (config.host.as_str(), config.port);
    let address = match (host, port).to_socket_addrs().map(|mut found| found.next()) {
        Ok(Some(address)) => address,
        Ok(None) | Err(_) => {
            let advice = "set `HOST` to \"127.0.0.1\", or to an address that this machine has";
            return Finding::wrong(ABOUT, format!("HOST `{host}` is not to be found"), advice);
        }
    };
    if port == 0 {
        return Finding::ok(ABOUT, "any port is taken, as PORT is 0");
    }
    match (health::ask(address), TcpListener::bind(address)) {
        (Some(Health { version, config, .. }), _) => match config.error {
            None => Finding::ok(ABOUT, format!("wireloom {version} listens on {address}")),
            Some(_) => {
                let found = format!("wireloom {version} listens on {address}, and goes on with an older configuration");
                Finding::warning(ABOUT, found, "the newer one has mistakes: `wireloom status` shows them")
            }
        },
        (None, Ok(_)) => Finding::ok(ABOUT, format!("{address} is free; wireloom does not run there")),
        (None, Err(error)) => {
            let advice = "end the program that listens there, or set another `PORT`";
            Finding::wrong(ABOUT, format!("{address} cannot be listened on: {error}"), advice)
        }
    }
}

/// What proxies do to calls that stay on this machine.
pub(super) fn proxies(surroundings: &Surroundings, config: &Config) -> Vec<Finding> {
    const ABOUT: &str = "proxy";
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let set: Vec<&str> = names.into_iter().filter(|name| surroundings.variable(name).is_some()).collect();
    let except = ["NO_PROXY", "no_proxy"].iter().find_map(|name| surroundings.variable(name)).unwrap_or_default();
    let spares_us = except.split(',').map(str::trim).any(|host| ["*", "127.0.0.1", "localhost"].contains(&host));
    let mut findings = Vec::new();
    if config.proxy_url.is_some() {
        findings.push(Finding::ok(ABOUT, "providers are called through PROXY_URL"));
    } else if !set.is_empty() {
        findings.push(Finding::ok(ABOUT, format!("providers are called through the proxy of {}", set.join(", "))));
    }
    if !set.is_empty() && !spares_us {
        let found =
            format!("{} is set, and NO_PROXY leaves this machine to the proxy: clients may not reach wireloom", set[0]);
        findings.push(Finding::warning(ABOUT, found, "set NO_PROXY=127.0.0.1,localhost where clients are started"));
    }
    findings
}

/// Whether records can be kept.
pub(super) fn records(config: &RecordsConfig) -> Option<Finding> {
    const ABOUT: &str = "records";
    let Some(path) = crate::records::path(config) else {
        return Some(Finding::warning(
            ABOUT,
            "there is no home folder to keep records in",
            "set HOME, or `records.path`",
        ));
    };
    // The folder may have to be made: the nearest that is there has to let us.
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir())?;
    let trial = folder.join(format!(".wireloom-{:08x}", fastrand::u32(..)));
    if let Err(error) = fs::File::create_new(&trial) {
        let found = format!("records cannot be written below {}: {error}", folder.display());
        return Some(Finding::wrong(ABOUT, found, "give wireloom the right to, or set another `records.path`"));
    }
    let _ = fs::remove_file(&trial);
    match room(folder) {
        Some(room) if room.0 < room.1 => {
            let found = format!("{} has {} MiB left", folder.display(), room.0 >> 20);
            Some(Finding::warning(ABOUT, found, "make room: records and the log stop when there is none"))
        }
        _ => Some(Finding::ok(ABOUT, format!("records can be kept in {}", path.display()))),
    }
}

/// The bytes that are left, and how many should be.
#[cfg(unix)]
fn room(folder: &Path) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some((disk.f_bavail.saturating_mul(disk.f_frsize), LITTLE))
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Whether a service has ended without taking leave.
pub(super) fn pid_file() -> Option<Finding> {
    let file = PidFile::usual()?;
    let card = file.read().filter(|_| !file.is_held())?;
    let found = format!("{} tells of a service that has ended (pid {})", file.path().display(), card.pid);
    Some(Finding::warning(
        "files",
        found,
        "the next `wireloom start` replaces it; `wireloom logs` may tell why it ended",
    ))
}

/// Whether claude-code-router runs as well, or has left its mark.
pub(super) fn predecessor(surroundings: &Surroundings) -> Option<Finding> {
    let path = surroundings.home.as_ref()?.join(".claude-code-router/.claude-code-router.pid");
    let pid: u32 = fs::read_to_string(&path).ok()?.trim().parse().ok()?;
    let shown = path.display();
    Some(match is_alive(pid) {
        true => {
            let advice = "`ccr stop` ends it, so that clients do not go on to use it";
            Finding::warning("files", format!("claude-code-router seems to run, too (pid {pid}, {shown})"), advice)
        }
        false => Finding::warning(
            "files",
            format!("{shown} is of a process that has ended"),
            format!("remove it: rm {shown}"),
        ),
    })
}
