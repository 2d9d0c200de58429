//! Passes that find nothing to change leave an answer as it is.

use proptest::{collection::vec, prelude::*, sample::subsequence};
use serde_json::{Value, json};
use wireloom::{crossing::Crossing, specs::Face};

use super::{answer, blocks, events, frames, heard, passes, provider, sent, stream, told, usual_request};

/// All passes that look into answers or requests, with options that change nothing in answers.
const LIST: [&str; 8] = [
    "tooluse",
    "enhancetool",
    "forcereasoning",
    "extrathinktag",
    "cleancache",
    "maxcompletiontokens",
    "streamoptions",
    "reasoning",
];

fn message() -> impl Strategy<Value = Value> {
    let text = "[a-z<>/ \"\\\\\n{}é]{0,30}";
    let unlike_tags = |text: &String| !text.trim_start().starts_with('<');
    let call =
        ("[a-z \"\\\\\n]{0,12}", proptest::option::of(0..99_u32), any::<bool>()).prop_map(|(path, limit, spaced)| {
            let mut arguments = json!({ "file_path": path });
            if let Some(limit) = limit {
                arguments["limit"] = limit.into();
            }
            let text = if spaced { serde_json::to_string_pretty(&arguments).unwrap() } else { arguments.to_string() };
            json!({ "name": "Read", "arguments": text })
        });
    (text.prop_filter("no tags", unlike_tags), text, vec(call, 0..3)).prop_map(|(text, thoughts, calls)| {
        let calls = calls.into_iter().enumerate();
        let calls: Vec<Value> = calls
            .map(|(number, call)| json!({ "id": format!("call_{number}"), "type": "function", "function": call }))
            .collect();
        let mut message = json!({ "role": "assistant", "content": text, "reasoning_content": thoughts });
        if !calls.is_empty() {
            message["tool_calls"] = calls.into();
        }
        message
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_with_nothing_to_change_stays_as_it_is(
        message in message(),
        list in subsequence(LIST.to_vec(), 0..=LIST.len()),
        length in 1..40_usize,
    ) {
        let reason = if message.get("tool_calls").is_some() { "tool_calls" } else { "stop" };
        let answer = answer(message, reason);
        let (_, _, crossing) = sent(&passes(&json!(list)), &usual_request(), "openai-compatible");
        let face = Face::ALL.iter().find(|face| face.facts().name == "anthropic").unwrap();
        let plain = Crossing::plain(face.facts(), provider("openai-compatible").facts());
        prop_assert_eq!(told(&crossing, &answer), told(&plain, &answer));
        let text = stream(&frames(&answer, length));
        let [changed, as_is] = [&crossing, &plain].map(|crossing| blocks(&events(&heard(crossing, [text.as_bytes()]))));
        prop_assert_eq!(changed, as_is);
    }
}
