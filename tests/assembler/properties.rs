//! What holds for every stream.

use proptest::prelude::*;
use wireloom::wire::assembler::Assembler;
use wireloom_schema::model::{ErrorKind, FinishReason, Step, Text, Usage};

use crate::{law::Law, steps::*};

/// A number as upstreams give it or not.
fn number() -> impl Strategy<Value = Option<u64>> {
    prop::sample::select(vec![None, None, Some(0), Some(1), Some(2)])
}

/// A text that may be absent, empty or one of these.
fn word(words: &'static [&'static str]) -> impl Strategy<Value = Option<Text<'static>>> {
    prop::sample::select(words).prop_map(|word| Some(Text::from(word)).filter(|word| **word != *"none"))
}

fn usage_report() -> impl Strategy<Value = Usage> {
    (prop::option::of(0..9_u64), prop::option::of(0..9_u64)).prop_map(|(input, output)| Usage {
        input,
        output,
        ..Usage::default()
    })
}

/// Any step at all but an error and the end. Its words are filled in by [`told_apart`].
fn step() -> impl Strategy<Value = Step<'static>> {
    use FinishReason::{Length, Stop, ToolCalls};
    let any = Text::from("?");
    let word_or_nothing = || prop::option::weighted(0.9, Just(any.clone())).prop_map(Option::unwrap_or_default);
    prop_oneof![
        1 => (word(&["none", "", "a"]), prop::option::of(usage_report()))
            .prop_map(|(id, usage)| Step::Start { id, model: None, usage }),
        1 => (number(), prop::option::of(word_or_nothing()))
            .prop_map(|(index, text)| Step::ReasoningOpen { index, text }),
        2 => (number(), word_or_nothing()).prop_map(|(index, text)| Step::ReasoningDelta { index, text }),
        1 => (number(), word_or_nothing())
            .prop_map(|(index, signature)| Step::ReasoningSignature { index, signature }),
        1 => (number(), word_or_nothing()).prop_map(|(index, data)| Step::RedactedReasoning { index, data }),
        1 => (number(), prop::option::of(word_or_nothing())).prop_map(|(index, text)| Step::TextOpen { index, text }),
        2 => (number(), word_or_nothing()).prop_map(|(index, text)| Step::TextDelta { index, text }),
        1 => number().prop_map(citation),
        1 => number().prop_map(|index| Step::RefusalOpen { index }),
        1 => (number(), word_or_nothing()).prop_map(|(index, text)| Step::RefusalDelta { index, text }),
        4 => (number(), number(), word(&["none", "", "a", "b"]), word(&["none", "", "f", "g"]))
            .prop_map(|(index, call, id, name)| Step::ToolCallOpen { index, call, id, name, namespace: None, arguments: None }),
        6 => (number(), number(), word_or_nothing())
            .prop_map(|(index, call, arguments)| Step::ToolCallDelta { index, call, arguments }),
        2 => number().prop_map(|index| Step::Close { index }),
        1 => (prop::option::of(prop::sample::select(vec![Stop, Length, ToolCalls])), prop::option::of(usage_report()))
            .prop_map(|(finish_reason, usage)| Step::Finish { finish_reason, stop_sequence: None, usage }),
        1 => usage_report().prop_map(|usage| Step::Usage { usage }),
        1 => Just(Step::Ping),
    ]
}

/// Makes every word of a stream another one: its place.
fn told_apart(mut steps: Vec<Step<'static>>) -> Vec<Step<'static>> {
    for (at, step) in steps.iter_mut().enumerate() {
        let text = match step {
            Step::ReasoningOpen { text: Some(text), .. } | Step::TextOpen { text: Some(text), .. } => text,
            Step::ReasoningDelta { text, .. } | Step::TextDelta { text, .. } | Step::RefusalDelta { text, .. } => text,
            Step::ToolCallDelta { arguments: text, .. } | Step::RedactedReasoning { data: text, .. } => text,
            _ => continue,
        };
        if !text.is_empty() {
            *text = format!("{at};").into();
        }
    }
    steps
}

/// The words and encrypted thoughts of a stream in their order, and how many pieces of arguments it has.
fn sent(steps: &[Step<'_>]) -> (String, usize) {
    let (mut words, mut pieces) = (String::new(), 0);
    for step in steps {
        match step {
            Step::ReasoningOpen { text: Some(text), .. } | Step::TextOpen { text: Some(text), .. } => {
                words.push_str(text);
            }
            Step::ReasoningDelta { text, .. } | Step::TextDelta { text, .. } | Step::RefusalDelta { text, .. } => {
                words.push_str(text);
            }
            Step::RedactedReasoning { data, .. } => words.push_str(data),
            Step::ToolCallDelta { arguments, .. } => pieces += usize::from(!arguments.is_empty()),
            _ => {}
        }
    }
    (words, pieces)
}

/// One part of an answer in good order: a text, or a call with the pieces of its arguments.
#[derive(Clone, Debug)]
enum Whole {
    Text,
    Calls(Vec<usize>),
}

proptest! {
    #[test]
    fn every_answer_is_well_formed_and_nothing_is_lost(steps in prop::collection::vec(step(), 0..60)) {
        let steps = told_apart(steps);
        let mut assembler = Assembler::new();
        let law = Law::of(&mut assembler, steps.iter().cloned().chain([Step::End]));
        prop_assert!(law.over && law.error.is_none());
        let (words, pieces) = sent(&steps);
        let seen: String = law.parts.iter().filter(|part| part.kind != "call").map(|part| &*part.text).collect();
        prop_assert_eq!(seen, words);
        let mut seen = Vec::new();
        for part in law.parts.iter().filter(|part| part.kind == "call") {
            let places: Vec<usize> = part.text.split_terminator(';').map(|place| place.parse().unwrap()).collect();
            prop_assert!(places.is_sorted());
            seen.extend(places);
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), count);
        prop_assert!(pieces - count <= assembler.unknown() as usize);
        prop_assert_eq!(law.finish.map(|finish| finish.2), Some(assembler.usage()));
    }

    #[test]
    fn an_answer_may_break_anywhere(steps in prop::collection::vec(step(), 0..40), failed in any::<bool>()) {
        let mut assembler = Assembler::new();
        let finished = steps.iter().any(|step| matches!(step, Step::Finish { .. }));
        let mut law = Law::of(&mut assembler, steps);
        if failed {
            assembler.fail(ErrorKind::Timeout, "slow", &mut |step| law.see(step));
        } else {
            assembler.finish(&mut |step| law.see(step));
        }
        prop_assert!(law.over && assembler.is_over());
        prop_assert_eq!(law.error.is_some(), failed || !finished);
        assembler.step(text(None, "x"), &mut |step| law.see(step));
    }

    #[test]
    fn calls_side_by_side_come_out_whole(
        parts in prop::collection::vec(
            prop_oneof![Just(Whole::Text), prop::collection::vec(0..5_usize, 1..4).prop_map(Whole::Calls)],
            0..6,
        ),
        order in prop::collection::vec(any::<prop::sample::Index>(), 60),
        tagged in any::<bool>(),
        closes in any::<bool>(),
    ) {
        let (mut steps, mut expected, mut order) = (Vec::new(), Vec::new(), order.into_iter());
        let (mut index, mut number) = (0, 0);
        let mut after_text = false;
        for part in parts {
            let Whole::Calls(calls) = part else {
                steps.push(Step::TextDelta { index: Some(index).filter(|_| tagged), text: "x".into() });
                // Without numbers, texts in a row are one.
                if tagged || !after_text {
                    expected.push(String::new());
                }
                expected.last_mut().unwrap().push('x');
                (index, after_text) = (index + 1, true);
                continue;
            };
            after_text = false;
            let mut queues = Vec::new();
            for pieces in calls {
                let (part, call) = (Some(index).filter(|_| tagged), Some(number).filter(|_| !tagged));
                let (id, name) = (Some(format!("c{number}").into()), Some("f".into()));
                let mut queue = vec![Step::ToolCallOpen { index: part, call, id, name, namespace: None, arguments: None }];
                let words: Vec<String> = (0..pieces).map(|piece| format!("{number}.{piece};")).collect();
                expected.push(words.concat());
                queue.extend(words.into_iter().map(|word| Step::ToolCallDelta {
                    index: part,
                    call,
                    arguments: word.into(),
                }));
                if closes && tagged {
                    queue.push(Step::Close { index: part });
                }
                queues.push(queue.into_iter());
                (index, number) = (index + 1, number + 1);
            }
            // The calls begin in their order; after that, anyone's piece may be next.
            steps.extend(queues.iter_mut().filter_map(Iterator::next));
            while !queues.is_empty() {
                let at = order.next().map_or(0, |place| place.index(queues.len()));
                match queues[at].next() {
                    Some(step) => steps.push(step),
                    None => drop(queues.remove(at)),
                }
            }
        }
        let mut assembler = Assembler::new();
        let law = Law::of(&mut assembler, steps.into_iter().chain([Step::End]));
        let seen: Vec<&str> = law.parts.iter().map(|part| &*part.text).collect();
        prop_assert_eq!(seen, expected);
        prop_assert_eq!(assembler.unknown(), 0);
        let called = law.parts.iter().any(|part| part.kind == "call");
        prop_assert_eq!(assembler.finish_reason(), Some(FinishReason::Stop.given_calls(called)));
    }
}
