//! The pace at which the simulation speaks.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use wireloom_schema::model::{Part, Response, Step, Text};

use super::{FACE, words};
use crate::wire::writer::Writer;

/// The pause between two steps, so that one can watch the answer come.
const PAUSE: Duration = Duration::from_millis(15);

/// How many words one step has.
const GROUP: usize = 3;

/// An answer as the bytes of its steps, one after the other. It goes on only while it is polled, so it ends when the
/// client leaves.
pub(super) struct Stream {
    steps: std::vec::IntoIter<Step<'static>>,
    answer: Response<'static>,
    pace: Interval,
}

impl Stream {
    /// Begins to speak. `with_usage` says whether the tokens are told in a step of their own.
    pub(super) fn new(answer: Response<'static>, with_usage: bool) -> Self {
        let mut pace = interval(PAUSE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (id, model, created) = (answer.id.clone(), answer.model.clone(), answer.created);
        let so_far = Response { id, model, created, ..Response::default() };
        Stream { steps: steps(answer, with_usage).into_iter(), answer: so_far, pace }
    }
}

impl futures_core::Stream for Stream {
    type Item = Result<Vec<u8>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        ready!(self.pace.poll_tick(cx));
        let mut writer = Writer::default();
        // Not every face has a frame for every step, and a pause without a frame before it would be for nothing.
        while writer.out.is_empty() {
            let Some(step) = self.steps.next() else { return Poll::Ready(None) };
            FACE.write_step(&step, &self.answer, &mut writer);
        }
        Poll::Ready(Some(Ok(writer.out)))
    }
}

/// The steps of an answer.
fn steps(answer: Response<'static>, with_usage: bool) -> Vec<Step<'static>> {
    let Response { id, model, parts, finish_reason, stop_sequence, usage, .. } = answer;
    let mut steps = vec![Step::Start { id, model, usage: None }];
    let mut calls = 0;
    for (index, part) in (0..).zip(parts) {
        let index = Some(index);
        match part {
            Part::Reasoning { text, .. } => {
                steps.push(Step::ReasoningOpen { index, text: None });
                steps.extend(groups(&text).map(|text| Step::ReasoningDelta { index, text }));
            }
            Part::Text { text, .. } => {
                steps.push(Step::TextOpen { index, text: None });
                steps.extend(groups(&text).map(|text| Step::TextDelta { index, text }));
            }
            Part::ToolCall { id, name, arguments, .. } => {
                let call = Some(calls);
                calls += 1;
                steps.push(Step::ToolCallOpen {
                    index,
                    call,
                    id: Some(id),
                    name: Some(name),
                    namespace: None,
                    arguments: None,
                });
                let pieces = groups(arguments.text());
                steps.extend(pieces.map(|arguments| Step::ToolCallDelta { index, call, arguments }));
            }
            // The simulation gives no others.
            _ => continue,
        }
        steps.push(Step::Close { index });
    }
    steps.push(Step::Finish { finish_reason, stop_sequence, usage });
    steps.extend(usage.filter(|_| with_usage).map(|usage| Step::Usage { usage }));
    steps.push(Step::End);
    steps
}

fn groups(text: &str) -> impl Iterator<Item = Text<'static>> + use<> {
    words::groups(text, GROUP).into_iter().map(Text::from)
}
