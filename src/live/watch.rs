//! Seeing that the configuration changes: by its files, and by `SIGHUP`.
//!
//! Folders are watched and not files, for editors put a new file in the place of the old one, and deployments point a
//! symbolic link elsewhere. What happened there is not trusted: the files are read again and compared.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use notify_debouncer_mini::{new_debouncer, notify::RecursiveMode, notify::Watcher};

use super::Live;
#[cfg(unix)]
use crate::process::notify;

/// How long a file is left alone after a change, for many programs write in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// The most links that are followed from one file.
const MOST_LINKS: usize = 16;

/// Takes over what changes, until the process ends. Must be called within a runtime.
pub fn watch(live: &Arc<Live>) {
    on_hang_up(live.clone());
    let live = live.clone();
    let started = thread::Builder::new().name("configuration".into()).spawn(move || {
        if let Err(error) = watch_files(&live) {
            tracing::warn!(%error, "changes of the configuration are not seen by themselves: send SIGHUP after a change");
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "changes of the configuration are not seen by themselves: send SIGHUP after a change");
    }
}

fn watch_files(live: &Live) -> Result<(), notify_debouncer_mini::notify::Error> {
    let (tell, told) = mpsc::channel();
    let mut debouncer = new_debouncer(QUIET, tell)?;
    let mut watched = BTreeSet::new();
    follow(debouncer.watcher(), &mut watched, folders(live))?;
    // Between its first reading and now it may have changed.
    live.reload_if_changed();
    while told.recv().is_ok() {
        live.reload_if_changed();
        // Links may lead elsewhere now, and folders that are new may hold something already. A folder that is gone cannot
        // be watched, and is no reason to stop.
        loop {
            let wanted = folders(live);
            let is_new = wanted != watched;
            let _ = follow(debouncer.watcher(), &mut watched, wanted);
            if !is_new {
                break;
            }
            live.reload_if_changed();
        }
    }
    Ok(())
}

fn follow(
    watcher: &mut (impl Watcher + ?Sized),
    watched: &mut BTreeSet<PathBuf>,
    wanted: BTreeSet<PathBuf>,
) -> Result<(), notify_debouncer_mini::notify::Error> {
    for gone in watched.difference(&wanted) {
        let _ = watcher.unwatch(gone);
    }
    let mut done = Ok(());
    // One that is made anew under its old name is another, so all are asked for each time.
    for folder in &wanted {
        done = watcher.watch(folder, RecursiveMode::NonRecursive).and(done);
    }
    *watched = wanted;
    done
}

/// The folders in which something changes when a file of the configuration does.
fn folders(live: &Live) -> BTreeSet<PathBuf> {
    let files = live.files(&live.origin());
    let folders = files.iter().filter(|file| file.is_dir()).filter_map(|folder| fs::canonicalize(folder).ok());
    files.iter().flat_map(|file| folders_of(file)).chain(folders).collect()
}

/// The folder of a file, or the next above it that is there, and that of each symbolic link on the way to it.
fn folders_of(file: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut add = |path: &Path| {
        let above = path.ancestors().skip(1);
        let folder = |folder: &Path| if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.to_owned();
        found.extend(above.map(folder).find_map(|folder| fs::canonicalize(folder).ok()));
    };
    let mut path = file.to_owned();
    for _ in 0..MOST_LINKS {
        add(&path);
        path.ancestors().skip(1).filter(|above| above.is_symlink()).for_each(&mut add);
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    found
}

/// Takes over the configuration at each `SIGHUP`.
#[cfg(unix)]
fn on_hang_up(live: Arc<Live>) {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::hangup()) {
        Ok(mut hang_up) => {
            tokio::spawn(async move {
                while hang_up.recv().await.is_some() {
                    let live = live.clone();
                    notify::reloading();
                    // What became of it is logged.
                    let done = tokio::task::spawn_blocking(move || live.reload().is_ok()).await;
                    let is_new = matches!(done, Ok(true));
                    notify::ready(if is_new {
                        "the configuration is taken over"
                    } else {
                        "the last configuration goes on"
                    });
                }
            });
        }
        Err(error) => tracing::warn!(%error, "SIGHUP is not heard"),
    }
}

#[cfg(not(unix))]
fn on_hang_up(_live: Arc<Live>) {}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn every_link_on_the_way_is_watched() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(home.path()).unwrap();
        for folder in ["mount", "mount/first", "elsewhere", "current-1"] {
            fs::create_dir(home.join(folder)).unwrap();
        }
        fs::write(home.join("elsewhere/real"), "").unwrap();
        symlink("first", home.join("mount/data")).unwrap();
        symlink("data/config", home.join("mount/config")).unwrap();
        symlink(home.join("elsewhere/real"), home.join("mount/first/config")).unwrap();
        let found = folders_of(&home.join("mount/config"));
        assert_eq!(found, ["elsewhere", "mount", "mount/first"].map(|folder| home.join(folder)).into());
        symlink("current-1", home.join("current")).unwrap();
        let found = folders_of(&home.join("current/config"));
        assert_eq!(found, [home.clone(), home.join("current-1")].into());
    }
}
