//! What passes do to an answer, whole or as a stream.

use wireloom_schema::model::{ErrorKind, Json, Part, Response, Step, Text};

use super::{arguments::Arguments, exit::Exit, thoughts::Thoughts};
use crate::wire::assembler::Assembler;

/// What one pass does to an answer. It takes the steps of a well-formed answer; what it gives is so too, but for numbers.
#[derive(Clone, Debug)]
pub enum AnswerPass {
    /// Makes reasoning of what stands between tags.
    Thoughts(Thoughts),
    /// Makes text of calls of the tool that answers in words.
    Exit(Exit),
    /// Repairs the arguments of calls.
    Arguments(Arguments),
}

impl AnswerPass {
    fn step(&mut self, step: &Step<'_>, out: &mut impl FnMut(&Step<'_>)) {
        match self {
            AnswerPass::Thoughts(thoughts) => thoughts.step(step, out),
            AnswerPass::Exit(exit) => exit.step(step, out),
            AnswerPass::Arguments(arguments) => arguments.step(step, out),
        }
    }
}

/// What passes do to one answer, in the order in which it goes through them. Often nothing.
#[derive(Clone, Debug, Default)]
pub struct AnswerPasses(Vec<AnswerPass>);

impl AnswerPasses {
    pub(super) fn new(passes: Vec<AnswerPass>) -> Self {
        Self(passes)
    }

    /// Changes a whole answer. Parts that no pass has changed stay as they are, with all that steps do not tell.
    pub fn answer(mut self, response: &mut Response<'_>) {
        if self.0.is_empty() {
            return;
        }
        let mut made = Vec::new();
        let mut take = |step: &Step<'_>| gather(step, &mut made);
        for (number, part) in response.parts.iter().enumerate() {
            tell(part, number as u64, &mut |step| through(&mut self.0, step, &mut take));
        }
        let finish_reason = response.finish_reason;
        through(
            &mut self.0,
            &Step::Finish { finish_reason, stop_sequence: None, usage: None },
            &mut |step| match step {
                Step::Finish { finish_reason, .. } => response.finish_reason = *finish_reason,
                step => take(step),
            },
        );
        let mut parts: Vec<_> = std::mem::take(&mut response.parts).into_iter().map(Some).collect();
        let known = |number: u64| usize::try_from(number).ok();
        for (number, part) in made {
            let Some(of) = known(number).and_then(|number| parts.get_mut(number)) else { continue };
            match part {
                None => response.parts.extend(of.take()),
                Some(part) => response.parts.push(settled(part, of)),
            }
        }
    }
}

/// Sends a step through passes, one behind the other.
fn through(passes: &mut [AnswerPass], step: &Step<'_>, out: &mut impl FnMut(&Step<'_>)) {
    match passes.split_first_mut() {
        None => out(step),
        Some((first, others)) => first.step(step, &mut |step| through(others, step, out)),
    }
}

/// The passes of a stream, and before them what makes its steps well-formed. What they give needs that again.
#[derive(Debug)]
pub struct Passing {
    passes: AnswerPasses,
    assembler: Assembler,
}

impl Passing {
    /// Of a new answer; none where no pass changes answers.
    pub fn new(passes: AnswerPasses) -> Option<Self> {
        (!passes.0.is_empty()).then(|| Self { passes, assembler: Assembler::new() })
    }

    /// Takes one loose step and gives those that it is told as.
    pub fn step(&mut self, step: Step<'_>, out: &mut impl FnMut(Step<'_>)) {
        let Self { passes, assembler } = self;
        assembler.step(step, &mut |step| through(&mut passes.0, step, &mut |step| out(step.clone())));
    }

    /// Ends the answer where the upstream's bytes end.
    pub fn finish(&mut self, out: &mut impl FnMut(Step<'_>)) {
        let Self { passes, assembler } = self;
        assembler.finish(&mut |step| through(&mut passes.0, step, &mut |step| out(step.clone())));
    }

    /// Ends the answer with an error.
    pub fn fail(&mut self, kind: ErrorKind, message: &str, out: &mut impl FnMut(Step<'_>)) {
        let Self { passes, assembler } = self;
        assembler.fail(kind, message, &mut |step| through(&mut passes.0, step, &mut |step| out(step.clone())));
    }

    /// How many steps belonged to nothing that anybody could be told about.
    pub fn unknown(&self) -> u64 {
        self.assembler.unknown()
    }
}

/// A part of a whole answer as steps. Of one that no pass looks into, only the end is told.
fn tell(part: &Part<'_>, number: u64, sink: &mut impl FnMut(&Step<'_>)) {
    let index = Some(number);
    match part {
        Part::Text { text, .. } => {
            sink(&Step::TextOpen { index, text: None });
            if !text.is_empty() {
                sink(&Step::TextDelta { index, text: text.borrowed() });
            }
        }
        Part::ToolCall { id, name, arguments, .. } => {
            let (id, name) = (Some(id.borrowed()), Some(name.borrowed()));
            sink(&Step::ToolCallOpen { index, call: None, id, name, namespace: None, arguments: None });
            let arguments = Text(arguments.embedded());
            sink(&Step::ToolCallDelta { index, call: None, arguments });
        }
        _ => {}
    }
    sink(&Step::Close { index });
}

/// Makes parts of steps again: each with the number of the part that it came from, none where that is to stay.
fn gather(step: &Step<'_>, made: &mut Vec<(u64, Option<Part<'static>>)>) {
    let last = made.last_mut().map(|(number, part)| (*number, part));
    match step {
        Step::TextDelta { index: Some(index), text } => match last {
            Some((number, Some(Part::Text { text: words, .. }))) if number == *index => words.0.to_mut().push_str(text),
            _ => made.push((*index, Some(Part::plain(text.clone().into_owned())))),
        },
        Step::ReasoningDelta { index: Some(index), text } => match last {
            Some((number, Some(Part::Reasoning { text: words, .. }))) if number == *index => {
                words.0.to_mut().push_str(text);
            }
            _ => {
                let text = text.clone().into_owned();
                made.push((*index, Some(Part::Reasoning { text, signature: None })));
            }
        },
        Step::ToolCallDelta { index: Some(index), arguments, .. } => {
            let arguments = Json::from_embedded(arguments.0.clone()).into_owned();
            let (id, name) = (Text::default(), Text::default());
            let call = Part::ToolCall { id, name, arguments, namespace: None, signature: None, cache: None };
            made.push((*index, Some(call)));
        }
        Step::Close { index: Some(index) } if last.as_ref().is_none_or(|(number, _)| number != index) => {
            made.push((*index, None));
        }
        _ => {}
    }
}

/// A part that was made of another, with what steps do not tell of that one; the other itself, if both say the same.
fn settled<'a>(made: Part<'a>, of: &mut Option<Part<'a>>) -> Part<'a> {
    match (made, of.take()) {
        (Part::Text { text, .. }, Some(Part::Text { citations, signature, cache, .. })) => {
            Part::Text { text, citations, signature, cache }
        }
        (Part::Text { text, .. }, Some(Part::ToolCall { signature, .. })) => {
            Part::Text { text, citations: Vec::new(), signature, cache: None }
        }
        (
            Part::ToolCall { arguments, .. },
            Some(Part::ToolCall { id, name, namespace, signature, cache, arguments: before }),
        ) => {
            let same = arguments.embedded() == before.embedded();
            let arguments = if same { before } else { arguments };
            Part::ToolCall { id, name, arguments, namespace, signature, cache }
        }
        // Words are still to come.
        (made, before) => {
            *of = before;
            made
        }
    }
}
