//! A fault of an upstream as it is written: what it does with each request, and what its clients must be told.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    dialect::Dialect,
    support::{http::PATIENCE, upstream::Peer},
};

/// The most bytes that the gateway may take of a body without an end.
const MOST: usize = 600 << 20;

/// One fault.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The name of its file.
    #[serde(skip)]
    pub(crate) name: String,
    /// What the upstream does, in this order; then it closes the connection.
    does: Vec<Step>,
    /// How long it is waited for.
    #[serde(default)]
    pub(crate) timeouts: Value,
    /// What clients are told, by who asks: `stream` or `whole`, and `along` (in the upstream's own dialect) or `across`.
    /// The closest counts; who is not named does not ask.
    expect: BTreeMap<String, Expected>,
}

/// One thing that an upstream does.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Step {
    /// Sends text. `{opening}`, `{word}`, `{ending}` and `{answer}` stand for those of its dialect.
    Send(String),
    /// Sends bytes, in hexadecimal digits.
    Bytes(String),
    /// Sends text as one chunk.
    Chunk(String),
    /// Sends text byte by byte.
    Drip(String),
    /// Sends text again and again, until the gateway has had enough.
    Forever(String),
    /// Sends text again and again, with some time between.
    Slowly(String),
    /// Does nothing, until the gateway leaves.
    Hang,
    /// Closes the connection so that all that is on its way is lost.
    Reset,
}

/// What a client must be told.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// The status; 200 if it is missing.
    pub(crate) status: Option<u16>,
    /// What the answer says before all else.
    pub(crate) heard: Option<String>,
    /// The kind of the error that it is, or that ends it, and its words. `{upstream}` stands for the address, `{name}` for
    /// the provider's name.
    pub(crate) error: Option<(String, String)>,
    /// Whether the connection breaks.
    #[serde(default)]
    pub(crate) breaks: bool,
}

/// All that there are.
pub(crate) fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/upstreams");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let case: Case = json5::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let known =
            |key: &String| key.split(' ').all(|word| ["stream", "whole", "along", "across", "any"].contains(&word));
        assert!(!case.expect.is_empty() && case.expect.keys().all(known), "{}: nobody is expected", path.display());
        Case { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), ..case }
    };
    files.iter().map(read).collect()
}

impl Case {
    /// What a client is told that asks so, if any does.
    pub(crate) fn expected(&self, stream: bool, across: bool) -> Option<Expected> {
        let (how, way) = (if stream { "stream" } else { "whole" }, if across { "across" } else { "along" });
        let keys = [format!("{how} {way}"), how.to_owned(), way.to_owned(), "any".to_owned()];
        keys.iter().find_map(|key| self.expect.get(key)).cloned()
    }

    /// Does what the upstream does; why it could not.
    pub(crate) fn run(&self, dialect: Dialect, peer: &mut Peer) -> Result<(), String> {
        let fill = |text: &str| {
            let text = text.replace("{opening}", &dialect.opening()).replace("{word}", &dialect.word("half"));
            let text = text.replace("{ending}", &dialect.ending()).replace("{answer}", &dialect.answer().to_string());
            said_to_close(&text)
        };
        for step in &self.does {
            match step {
                Step::Send(text) => _ = peer.raw(fill(text).as_bytes()),
                Step::Bytes(digits) => _ = peer.raw(&bytes(digits)),
                Step::Chunk(text) => peer.piece(&fill(text)),
                Step::Drip(text) => {
                    for byte in fill(text).bytes() {
                        peer.raw(&[byte]);
                        thread::sleep(Duration::from_micros(20));
                    }
                }
                Step::Forever(text) => {
                    let text = fill(text).repeat(1 + (64 << 10) / text.len());
                    let (mut sent, end) = (0, Instant::now() + PATIENCE);
                    while peer.raw(text.as_bytes()) {
                        sent += text.len();
                        if sent > MOST || Instant::now() > end {
                            return Err(format!("{sent} bytes are taken, and no end"));
                        }
                    }
                }
                Step::Slowly(text) => {
                    let end = Instant::now() + PATIENCE;
                    while peer.raw(fill(text).as_bytes()) {
                        if Instant::now() > end {
                            return Err("the gateway listens on".into());
                        }
                        thread::sleep(Duration::from_millis(20));
                    }
                }
                Step::Hang if peer.left_within(PATIENCE) => {}
                Step::Hang => return Err("the gateway waits on".into()),
                Step::Reset => peer.reset(),
            }
        }
        peer.cut();
        Ok(())
    }
}

/// What is sent, and in a whole head that the connection closes behind it: else the gateway might use it again just then.
fn said_to_close(text: &str) -> String {
    let is_head = text.starts_with("HTTP/1.1 ") && !text.starts_with("HTTP/1.1 1") && text.contains("\r\n\r\n");
    match text.split_once("\r\n") {
        Some((line, rest)) if is_head => format!("{line}\r\nconnection: close\r\n{rest}"),
        _ => text.to_owned(),
    }
}

fn bytes(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
