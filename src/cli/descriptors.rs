//! How many files and connections the process may have open.

/// The most that is asked for: two for each of half a million streams.
#[cfg(unix)]
const MOST: u64 = 1 << 20;

/// Asks the system for as many descriptors as this process may have. Each stream takes two, one for its client and one
/// for its upstream, and most systems begin with 1024 for the sake of programs that are older than `poll`.
pub(super) fn ask_for_more() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let wanted = maximum.map_or(MOST, |maximum| maximum.min(MOST));
        if current.is_some_and(|current| current < wanted) {
            // A system that refuses leaves it as it was.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
        }
    }
}
