//! Names for answers and tool calls that came without one.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// What sets the names of this process apart from those of every other. A conversation may hold names that were made
/// before a restart, or by another gateway.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(SystemTime::now()));

/// How many names have been made.
static MADE: AtomicU64 = AtomicU64::new(0);

/// As many digits as the largest number has in base 36.
const DIGITS: usize = 13;

/// Makes a name that nothing else has, behind a prefix. It is made of the characters that every vendor allows in names.
pub fn mint(prefix: &str) -> String {
    let mut id = String::with_capacity(prefix.len() + 2 * DIGITS);
    id.push_str(prefix);
    push(&mut id, *PROCESS);
    push(&mut id, MADE.fetch_add(1, Ordering::Relaxed));
    id
}

/// Writes a number in base 36, the lowest digit first. Equally many digits for every number keep two numbers in a row
/// from being read as two others.
fn push(id: &mut String, mut number: u64) {
    const BASE: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    for _ in 0..DIGITS {
        id.push(char::from(BASE[(number % 36) as usize]));
        number /= 36;
    }
}
