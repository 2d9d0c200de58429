//! Event streams, told and heard.

use serde_json::Value;

/// Events without names, as OpenAI sends them, with the mark of the end.
pub(crate) fn openai(frames: &[Value]) -> String {
    frames.iter().map(|frame| format!("data: {frame}\n\n")).collect::<String>() + "data: [DONE]\n\n"
}

/// Events that are named as their `type`, as Anthropic sends them.
pub(crate) fn anthropic(frames: &[Value]) -> String {
    frames.iter().map(|frame| format!("event: {}\ndata: {frame}\n\n", frame["type"].as_str().unwrap())).collect()
}

/// The data of a stream's events, each of which must be JSON or the mark of the end.
#[track_caller]
pub(crate) fn events(stream: &str) -> Vec<Value> {
    assert!(stream.ends_with("\n\n"), "half an event: {stream:?}");
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}")))
        .collect()
}
