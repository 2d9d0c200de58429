//! The end of a session's transcript, a file of JSON lines that may be of hundreds of megabytes.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use serde::Deserialize;

/// How much of its end is read, in bytes: more only if that is not enough.
const WINDOWS: [u64; 4] = [64 << 10, 512 << 10, 2 << 20, 8 << 20];

/// What the model answered last.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LastAnswer {
    /// The model.
    pub(super) model: Option<String>,
    /// The tokens of all that it read.
    pub(super) input: Option<u64>,
    /// The tokens of its answer.
    pub(super) output: Option<u64>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default, rename = "type")]
    kind: String,
    /// Whether an agent below the session said it.
    #[serde(default, rename = "isSidechain")]
    aside: bool,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    model: Option<String>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

/// The last answer in a transcript.
pub(super) fn last_answer(path: &Path) -> Option<LastAnswer> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    for window in WINDOWS {
        let start = length.saturating_sub(window);
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut end = Vec::new();
        (&file).take(window).read_to_end(&mut end).ok()?;
        if let Some(found) = last_in(&end, start == 0) {
            return Some(found);
        }
        if start == 0 {
            return None;
        }
    }
    None
}

/// The last answer in the end of a transcript, of which the first line may be a rest.
fn last_in(end: &[u8], is_whole: bool) -> Option<LastAnswer> {
    let lines: Vec<&[u8]> = end.split(|byte| *byte == b'\n').collect();
    let whole = lines.get(usize::from(!is_whole)..).unwrap_or_default();
    whole.iter().rev().find_map(|line| answer(line))
}

fn answer(line: &[u8]) -> Option<LastAnswer> {
    let Line { kind, aside, message: Some(Message { model, usage }) } = serde_json::from_slice(line).ok()? else {
        return None;
    };
    // What the client says in the model's place is no answer.
    let model = model.filter(|model| !model.starts_with('<'))?;
    if kind != "assistant" || aside {
        return None;
    }
    let input = usage.as_ref().map(|usage| {
        let parts = [usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens];
        parts.into_iter().flatten().fold(0, u64::saturating_add)
    });
    Some(LastAnswer { model: Some(model), input, output: usage.and_then(|usage| usage.output_tokens) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::{io::Write, time::Instant};

    use super::*;

    const ANSWER: &str = r#"{"type":"assistant","message":{"model":"m-1","usage":{"input_tokens":5,"cache_read_input_tokens":1000,"output_tokens":7}}}"#;

    #[test]
    fn the_last_answer_of_the_session_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let aside = ANSWER.replace("m-1", "m-2").replace("{\"type", "{\"isSidechain\":true,\"type");
        let synthetic = ANSWER.replace("m-1", "<synthetic>");
        std::fs::write(&path, format!("{}\n{ANSWER}\n{aside}\n{synthetic}\nnot json\n", ANSWER.replace("m-1", "old")))
            .unwrap();
        let found = last_answer(&path).unwrap();
        assert_eq!(found, LastAnswer { model: Some("m-1".into()), input: Some(1005), output: Some(7) });
    }

    #[test]
    fn a_large_transcript_is_read_from_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let mut file = File::create(&path).unwrap();
        // A hole, which takes no room on the disk: a hundred megabytes in one line.
        file.set_len(100 << 20).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        write!(file, "\n{ANSWER}\n{}\n", "x".repeat(100 << 10)).unwrap();
        drop(file);
        let begun = Instant::now();
        assert_eq!(last_answer(&path).unwrap().model.as_deref(), Some("m-1"));
        assert!(begun.elapsed().as_millis() < 500, "{:?}", begun.elapsed());
        assert_eq!(last_answer(&folder.path().join("missing")), None);
    }
}
