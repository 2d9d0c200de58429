//! Dependencies that are built already. Most of them are the same for the tests and for a binary, and cargo takes those.

use std::{
    fs::{self, File},
    path::Path,
};

/// What else lies in cargo's folders is of our own packages, which the other build has made with other specs.
const OURS: [&str; 3] = ["wireloom", "custom_gateway", "custom-gateway"];

/// What cargo makes of a library. What else lies beside is of tests.
const LIBRARY: [&str; 4] = ["d", "rlib", "rmeta", "so"];

/// Copies them from a profile's folder to another's, with their times, by which cargo knows whether they are fresh.
pub(crate) fn copy(from: &Path, to: &Path) {
    copy_folder(&from.join("build"), &to.join("build"), |_| true);
    copy_folder(&from.join(".fingerprint"), &to.join(".fingerprint"), |_| true);
    copy_folder(&from.join("deps"), &to.join("deps"), |file| {
        file.extension().is_some_and(|extension| LIBRARY.iter().any(|library| extension == *library))
    });
}

fn copy_folder(from: &Path, to: &Path, wanted: fn(&Path) -> bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let (path, copied) = (entry.path(), to.join(&name));
        if OURS.iter().any(|ours| name.contains(ours)) {
            continue;
        }
        if path.is_dir() {
            copy_folder(&path, &copied, wanted);
        } else if wanted(&path) {
            fs::copy(&path, &copied).unwrap();
            File::open(&copied).unwrap().set_modified(entry.metadata().unwrap().modified().unwrap()).unwrap();
        }
    }
}
