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

use notify::{Event, EventKind, RecursiveMode, Watcher, event::AccessKind};

use super::Live;
#[cfg(unix)]
use crate::process::notify as manager;

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

fn watch_files(live: &Live) -> notify::Result<()> {
    let (tell, told) = mpsc::channel();
    let mut watcher = watcher(tell, live.records())?;
    let mut watched = BTreeSet::new();
    follow(&mut watcher, &mut watched, folders(live))?;
    // Between its first reading and now it may have changed.
    live.reload_if_changed();
    while told.recv().is_ok() {
        thread::sleep(QUIET);
        told.try_iter().for_each(drop);
        live.reload_if_changed();
        // Links may lead elsewhere now, and folders that are new may hold something already. A folder that is gone cannot
        // be watched, and is no reason to stop.
        loop {
            let wanted = folders(live);
            let is_new = wanted != watched;
            let _ = follow(&mut watcher, &mut watched, wanted);
            if !is_new {
                break;
            }
            live.reload_if_changed();
        }
    }
    Ok(())
}

/// Tells when something changes in the folders that it is given. That a file is opened is no change: it is opened here
/// after each. Nor is it one that a record is written, which happens all the time, often in the same folder.
fn watcher(tell: mpsc::Sender<()>, records: Option<PathBuf>) -> notify::Result<impl Watcher> {
    notify::recommended_watcher(move |event: notify::Result<Event>| {
        let is_opened = |event: &Event| matches!(event.kind, EventKind::Access(AccessKind::Open(_)));
        let is_recorded = |path: &PathBuf| is_beside(path, records.as_deref());
        if event.is_ok_and(|event| is_opened(&event) || !event.paths.is_empty() && event.paths.iter().all(is_recorded))
        {
            return;
        }
        // Nobody listens any more when the service ends.
        let _ = tell.send(());
    })
}

fn follow(
    watcher: &mut impl Watcher,
    watched: &mut BTreeSet<PathBuf>,
    wanted: BTreeSet<PathBuf>,
) -> notify::Result<()> {
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

/// Whether a path is that of a database by its name, or that of one of the files that it has beside itself.
fn is_beside(path: &Path, database: Option<&Path>) -> bool {
    let names = path.file_name().zip(database.and_then(Path::file_name));
    names.is_some_and(|(name, database)| name.as_encoded_bytes().starts_with(database.as_encoded_bytes()))
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
                    manager::reloading();
                    // What became of it is logged.
                    let done = tokio::task::spawn_blocking(move || live.reload().is_ok()).await;
                    let is_new = matches!(done, Ok(true));
                    manager::ready(if is_new {
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

    #[test]
    fn reading_and_recording_are_no_changes() {
        let home = tempfile::tempdir().unwrap();
        let file = |name: &str| home.path().join(name);
        fs::write(file("config"), "{}").unwrap();
        let (tell, told) = mpsc::channel();
        let mut watcher = watcher(tell, Some(file("records.db"))).unwrap();
        watcher.watch(home.path(), RecursiveMode::NonRecursive).unwrap();
        fs::read(file("config")).unwrap();
        fs::write(file("records.db-wal"), "").unwrap();
        assert!(told.recv_timeout(3 * QUIET).is_err());
        fs::write(file("config"), "{ }").unwrap();
        told.recv().unwrap();
    }

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
