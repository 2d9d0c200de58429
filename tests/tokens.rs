//! Counting a long conversation: what is counted, and how fast.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use wireloom::{
    model::{Message, Part, Request, Role},
    tokens::{Encoding, Tokenizer, Tokens, Weights},
};

/// The bytes of the conversation.
const LENGTH: usize = 400_000;

/// What Node counts, text by text as claude-code-router does, but for its failing at words that mean something special,
/// which stand in this program's text. Prints the tokens and the median of seven runs, in
/// microseconds, after one that nobody measures.
const NODE: &str = "
const texts = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'));
const encoding = require('tiktoken').get_encoding('cl100k_base');
const count = () => texts.reduce((sum, text) => sum + encoding.encode_ordinary(text).length, 0);
const tokens = count(), times = [];
for (let run = 0; run < 7; run++) { const begin = performance.now(); count(); times.push(performance.now() - begin); }
console.log(tokens, Math.round(times.sort((a, b) => a - b)[3] * 1000));
";

/// This program's own text, in messages of four thousand letters: prose, tables and code.
fn conversation() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    let mut open: Vec<PathBuf> = vec![root.join("schema/src"), root.join("src")];
    while let Some(folder) = open.pop() {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            match path.is_dir() {
                true => open.push(path),
                false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
                false => {}
            }
        }
    }
    let mut texts = Vec::new();
    let mut length = 0;
    for letters in files.iter().map(|file| fs::read_to_string(file).unwrap().chars().collect::<Vec<_>>()) {
        for piece in letters.chunks(4_000).map(|piece| piece.iter().collect::<String>()) {
            if length < LENGTH {
                length += piece.len();
                texts.push(piece);
            }
        }
    }
    assert!(length >= LENGTH);
    texts
}

fn request(texts: &[String]) -> Request<'_> {
    let mut request = Request::default();
    for (number, text) in texts.iter().enumerate() {
        let role = if number.is_multiple_of(2) { Role::User } else { Role::Assistant };
        request.messages.push(Message { role, parts: vec![Part::plain(text.as_str())] });
    }
    request
}

fn tokenizer() -> Tokenizer {
    Encoding::named("cl100k_base").unwrap().into()
}

#[test]
fn what_is_remembered_counts_as_what_is_new() {
    let texts = conversation();
    let tokens = Tokens::default();
    let counted = tokens.count_now(&request(&texts[..40]), &tokenizer(), &Weights::USUAL);
    assert_eq!(tokens.count_now(&request(&texts[..40]), &tokenizer(), &Weights::USUAL), counted);
    let grown = tokens.count_now(&request(&texts[..41]), &tokenizer(), &Weights::USUAL);
    assert_eq!(Tokens::default().count_now(&request(&texts[..41]), &tokenizer(), &Weights::USUAL), grown);
    assert!(grown > counted);
    // Another tokenizer does not take this one's counts for its own.
    let other = Encoding::named("o200k_base").unwrap().into();
    let fresh = Tokens::default().count_now(&request(&texts[..40]), &other, &Weights::USUAL);
    assert_eq!(tokens.count_now(&request(&texts[..40]), &other, &Weights::USUAL), fresh);
    assert_ne!(fresh, counted);
}

#[tokio::test]
async fn counting_beside_the_streams_gives_the_same() {
    let texts = conversation();
    let (tokens, other) = (Tokens::default(), Tokens::default());
    for length in [1, 20, 21, 60] {
        let request = request(&texts[..length]);
        let beside = tokens.count(&request, &tokenizer(), &Weights::USUAL).await;
        assert_eq!(beside, other.count_now(&request, &tokenizer(), &Weights::USUAL));
    }
}

/// Run it with `cargo test --release --test tokens -- --ignored --nocapture`; it needs Node and npm. Without `--release`
/// its figures say nothing.
#[test]
#[ignore = "a measurement, which other work on the machine disturbs"]
fn a_long_conversation_is_counted_twenty_times_faster_than_in_node() {
    let texts = conversation();
    let whole = request(&texts);
    let turn = request(&texts[..texts.len() - 1]);
    tokenizer().count("the vocabulary is unpacked");
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    let (mut first, mut second, mut counted) = (Vec::new(), Vec::new(), 0);
    for _ in 0..15 {
        let tokens = Tokens::default();
        let begin = Instant::now();
        tokens.count_now(&turn, &tokenizer(), &Weights::USUAL);
        first.push(begin.elapsed());
        let begin = Instant::now();
        counted = tokens.count_now(&whole, &tokenizer(), &Weights::USUAL);
        second.push(begin.elapsed());
    }
    let (first, second) = (median(first), median(second));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("texts.json");
    fs::write(&path, serde_json::to_string(&texts).unwrap()).unwrap();
    let npm =
        Command::new("npm").args(["install", "--silent", "--prefix"]).arg(folder.path()).arg("tiktoken@1").status();
    assert!(npm.unwrap().success());
    let mut node = Command::new("node");
    node.arg("-e").arg(NODE).arg(&path).env("NODE_PATH", folder.path().join("node_modules"));
    let output = node.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (tokens, micros) = said.trim().split_once(' ').unwrap();
    let node = Duration::from_micros(micros.parse().unwrap());
    // Each message has four tokens of its own here.
    assert_eq!(counted - 4 * texts.len() as u64, tokens.parse::<u64>().unwrap());
    println!("{tokens} tokens: tiktoken in Node {node:?}, first turn {first:?}, second turn {second:?}");
    assert!(node >= first * 20, "{node:?} {first:?}");
    assert!(first >= second * 10, "{first:?} {second:?}");
}
