//! Whole answers as steps.

use wireloom_schema::model::{Part, Response, Step};

/// A whole answer as the steps of a stream.
pub(crate) fn steps(response: Response<'_>, sink: &mut impl FnMut(Step<'_>)) {
    sink(Step::Start { id: response.id, model: response.model, usage: response.usage });
    for (number, part) in response.parts.into_iter().enumerate() {
        let index = Some(number as u64);
        match part {
            Part::Text { text, citations, .. } => {
                sink(Step::TextDelta { index, text });
                for citation in citations {
                    sink(Step::Citation { index, citation, number: None });
                }
            }
            Part::Refusal { text } => sink(Step::RefusalDelta { index, text }),
            Part::RedactedReasoning { data } => sink(Step::RedactedReasoning { index, data }),
            Part::Reasoning { text, signature } => {
                sink(Step::ReasoningDelta { index, text });
                if let Some(signature) = signature {
                    sink(Step::ReasoningSignature { index, signature });
                }
            }
            Part::ToolCall { id, name, arguments, .. } => {
                sink(Step::ToolCallOpen {
                    index,
                    call: None,
                    id: Some(id),
                    name: Some(name),
                    namespace: None,
                    arguments: None,
                });
                sink(Step::ToolCallDelta { index, call: None, arguments: arguments.text().into() });
            }
            Part::CustomToolCall { id, name, input } => sink(Step::CustomToolCall { index, id, name, input }),
            Part::Image { .. }
            | Part::Document { .. }
            | Part::Audio { .. }
            | Part::ToolResult { .. }
            | Part::Native { .. } => {}
        }
        sink(Step::Close { index });
    }
    let Response { finish_reason, stop_sequence, usage, .. } = response;
    if finish_reason.is_some() {
        sink(Step::Finish { finish_reason, stop_sequence, usage });
    }
    sink(Step::End);
}
