//! Ending a service, and waiting until it has.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use super::{
    pid_file::{Card, Found, PidFile},
    signal::{self, Signal},
};

/// How much longer than it lets running answers finish a service may take to end.
const MARGIN: Duration = Duration::from_secs(10);

/// How often it is looked whether it has ended.
const BEAT: Duration = Duration::from_millis(50);

/// What became of a service that is told to end.
#[derive(Clone, Debug)]
pub enum Stopped {
    /// There was none.
    Nothing,
    /// It has ended.
    Ended(Card),
    /// It is still there.
    Alive(Card),
}

/// Tells the service of a file to end and waits until it has; `at_once`, without letting running answers finish. `wait`
/// is told how long it has been waited, of how long at most.
///
/// # Errors
/// It cannot be told: it is another user's.
pub fn stop(pid_file: &PidFile, at_once: bool, mut wait: impl FnMut(Duration, Duration)) -> io::Result<Stopped> {
    let (Found::Running(card, _) | Found::Silent(card)) = pid_file.find() else { return Ok(Stopped::Nothing) };
    let is_there = || pid_file.is_held() && pid_file.read().is_some_and(|now| now.instance == card.instance);
    match signal::send(card.pid, Signal::Stop) {
        // It may have ended just now.
        Err(error) if is_there() => return Err(error),
        _ => {}
    }
    let begin = Instant::now();
    let limit = Duration::from_secs(card.shutdown_seconds.into());
    while is_there() {
        let waited = begin.elapsed();
        if waited > limit + MARGIN {
            return Ok(Stopped::Alive(card));
        }
        wait(waited, limit);
        thread::sleep(BEAT);
        if at_once && is_there() {
            // Said twice, it counts at once. Meanwhile it may have ended by itself.
            let _ = signal::send(card.pid, Signal::Stop);
        }
    }
    Ok(Stopped::Ended(card))
}
