//! What a process takes of the machine, as Linux tells it.

use std::fs;

/// Bytes of memory that a process has in use now.
pub(crate) fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Its open descriptors.
pub(crate) fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

/// Seconds of a processor's time that it has used.
pub(crate) fn seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let ticks: Vec<f64> = rest.split(' ').skip(11).take(2).map(|ticks| ticks.parse().unwrap()).collect();
    // A hundred in each second, on every machine that Linux runs on.
    (ticks[0] + ticks[1]) / 100.0
}

/// Lets this process have so many descriptors, if the system allows it.
pub(crate) fn allow(descriptors: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let maximum = maximum.map(|maximum| maximum.max(descriptors));
    let current = current.map(|current| current.max(descriptors));
    let set = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    set.expect("the system allows fewer descriptors: raise the limit, as with `ulimit -n`");
}
