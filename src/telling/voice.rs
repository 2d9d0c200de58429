//! Writing an answer's steps in a face's protocol.

use wireloom_schema::model::{Json, Part, Response, Step, Text};

use super::sources::Sources;
use crate::{
    crossing::{
        Crossing,
        seal::Seal,
        tools::{arguments, input},
    },
    resilience::gate::Beginning,
    specs::Face,
    wire::{frames::Elements, writer::Writer},
};

/// Writes well-formed steps in a face's protocol.
pub(super) struct Voice {
    pub(super) face: Face,
    /// Makes frames elements of an array, if that is how they are wanted.
    pub(super) elements: Option<Elements>,
    pub(super) crossing: Crossing,
    /// The answer as far as its frames retell it.
    pub(super) answer: Response<'static>,
    pub(super) usage_wanted: bool,
    /// The part that is open, as far as it must be known when it is closed.
    pub(super) open: Option<Open>,
    /// A signature that waits for the call that carries it.
    pub(super) signature: Option<Text<'static>>,
    /// The number that the next call has among the calls.
    pub(super) next_call: u64,
    /// Where the answer's words come from.
    pub(super) sources: Sources,
    /// What has been told, until there is content.
    pub(super) beginning: Beginning,
    pub(super) w: Writer,
}

/// A part that is being told.
pub(super) struct Open {
    part: Part<'static>,
    /// A call's number among the calls.
    call: Option<u64>,
    /// The arguments of a call as far as they have come, where they are told whole.
    arguments: String,
    /// Whether any arguments have come.
    has_arguments: bool,
    /// Whether nothing of it is told before it is whole.
    held: bool,
}

impl Voice {
    pub(super) fn tell(&mut self, step: &Step<'_>) {
        if !self.beginning.spoke {
            self.beginning.note(step);
        }
        match step {
            Step::Start { id, model, usage } => {
                let known = |own: &Option<Text<'_>>| own.clone().filter(|text| !text.is_empty()).map(Text::into_owned);
                self.answer.id = known(id).or(self.answer.id.take());
                self.answer.model = known(model).or(self.answer.model.take());
                let (id, model) = (self.answer.id.clone(), self.answer.model.clone());
                self.write(&Step::Start { id, model, usage: *usage });
            }
            Step::Usage { .. } if !self.usage_wanted => {}
            Step::ReasoningOpen { .. } => {
                self.begin(Part::Reasoning { text: Text::default(), signature: None });
                self.write(step);
            }
            Step::TextOpen { .. } => {
                self.tell_signature();
                self.begin(Part::plain(""));
                self.write(step);
            }
            Step::RefusalOpen { .. } => {
                self.begin(Part::Refusal { text: Text::default() });
                self.write(step);
            }
            Step::ReasoningDelta { text, .. } | Step::TextDelta { text, .. } | Step::RefusalDelta { text, .. } => {
                self.append(text);
                self.write(step);
            }
            Step::Citation { citation, .. } => self.sources.add(citation),
            Step::Grounding { grounding } => self.sources.ground(grounding),
            Step::ReasoningSignature { index, signature } => self.sign(*index, signature),
            Step::RedactedReasoning { index, data } => {
                let data = self.crossing.sealed(data.clone());
                self.write(&Step::RedactedReasoning { index: *index, data });
            }
            Step::ToolCallOpen { index, call, id, name, .. } => self.open_call(*index, *call, id, name),
            Step::ToolCallDelta { arguments, .. } => {
                let places = &self.crossing.face.places;
                let keeps = places.whole_parts || places.answer_so_far;
                let Some(open) = &mut self.open else { return };
                open.has_arguments = true;
                if keeps || open.held {
                    open.arguments.push_str(arguments);
                }
                if !open.held {
                    self.write(step);
                }
            }
            Step::CustomToolCall { index, id, name, input } if !self.crossing.face.places.custom_tools => {
                let call = Some(self.next_call);
                self.open_call(*index, call, &Some(id.borrowed()), &Some(name.borrowed()));
                let arguments = arguments(input);
                self.tell(&Step::ToolCallDelta { index: *index, call, arguments: arguments.text().into() });
            }
            Step::CustomToolCall { id, name, input, .. } => {
                if self.crossing.face.places.answer_so_far {
                    let (id, name, input) =
                        (id.clone().into_owned(), name.clone().into_owned(), input.clone().into_owned());
                    self.answer.parts.push(Part::CustomToolCall { id, name, input });
                }
                self.write(step);
            }
            Step::Close { index } => self.close(*index),
            Step::Finish { finish_reason, usage, stop_sequence } => {
                self.tell_signature();
                self.tell_grounding();
                self.answer.finish_reason = *finish_reason;
                self.answer.usage = *usage;
                self.answer.stop_sequence = stop_sequence.clone().map(Text::into_owned);
                let cut_off = finish_reason.is_some_and(|reason| reason.cuts_off());
                match cut_off && self.crossing.face.places.incomplete {
                    true => self.write(&Step::Incomplete { finish_reason: *finish_reason, usage: *usage }),
                    false => self.write(step),
                }
            }
            step => self.write(step),
        }
    }

    fn begin(&mut self, part: Part<'static>) -> &mut Open {
        self.open.insert(Open { part, call: None, arguments: String::new(), has_arguments: false, held: false })
    }

    /// Keeps words that are told again when their part is whole.
    fn append(&mut self, words: &str) {
        if let Some(Open { part: Part::Text { .. }, .. }) = &self.open {
            self.sources.text(words);
        }
        let places = &self.crossing.face.places;
        if !(places.whole_parts || places.answer_so_far) {
            return;
        }
        if let Some(Open {
            part: Part::Reasoning { text, .. } | Part::Text { text, .. } | Part::Refusal { text },
            ..
        }) = &mut self.open
        {
            text.0.to_mut().push_str(words);
        }
    }

    fn sign(&mut self, index: Option<u64>, signature: &Text<'_>) {
        let signature = self.crossing.sealed(signature.clone());
        if !self.crossing.face.places.reasoning_signature {
            self.signature = Some(signature);
            return;
        }
        if let Some(Open { part: Part::Reasoning { signature: own, .. }, .. }) = &mut self.open {
            *own = Some(signature.clone());
        }
        self.write(&Step::ReasoningSignature { index, signature });
    }

    /// Tells a signature that no call carries, where the protocol has one for what is no call.
    fn tell_signature(&mut self) {
        if self.crossing.face.places.call_signature
            && let Some(signature) = self.signature.take()
        {
            self.write(&Step::ReasoningSignature { index: None, signature });
        }
    }

    fn open_call(&mut self, index: Option<u64>, call: Option<u64>, id: &Option<Text<'_>>, name: &Option<Text<'_>>) {
        self.next_call = call.unwrap_or(self.next_call) + 1;
        let owned = |text: &Option<Text<'_>>| text.clone().unwrap_or_default().into_owned();
        let (mut id, mut name, mut namespace) = (owned(id), owned(name), None);
        let mut signature = self.signature.take();
        if !self.crossing.face.places.call_signature
            && let Some(signature) = signature.take()
        {
            id = Seal::hide(&id, &signature).into();
        }
        let held = self.crossing.renamed.is_custom(&name);
        if let Some((group, own)) = self.crossing.renamed.grouped(&name) {
            (namespace, name) = (Some(Text::from(group.to_owned())), own.to_owned().into());
        }
        if !held {
            let (id, name) = (Some(id.clone()), Some(name.clone()));
            self.write(&Step::ToolCallOpen { index, call, id, name, namespace: namespace.clone(), arguments: None });
        }
        let part = Part::ToolCall { id, name, arguments: Json::EMPTY, namespace, signature, cache: None };
        let open = self.begin(part);
        (open.call, open.held) = (call, held);
    }

    /// Tells the open part whole, to faces that want it so, and closes it.
    fn close(&mut self, index: Option<u64>) {
        let close = Step::Close { index };
        let Some(mut open) = self.open.take() else { return self.write(&close) };
        if let Part::Text { citations, .. } = &mut open.part {
            *citations = self.cite(index);
        }
        if !open.has_arguments
            && !open.held
            && let Part::ToolCall { .. } = open.part
        {
            // Clients read arguments as JSON, which no text at all is not.
            self.write(&Step::ToolCallDelta { index, call: open.call, arguments: "{}".into() });
        }
        if let Part::ToolCall { id, name, arguments, .. } = &mut open.part {
            match open.held {
                true => {
                    let input = input(&open.arguments);
                    let (id, name) = (std::mem::take(id), std::mem::take(name));
                    open.part = Part::CustomToolCall { id, name, input };
                }
                false => *arguments = Json::from_embedded(std::mem::take(&mut open.arguments).into()),
            }
        }
        let places = &self.crossing.face.places;
        let (whole, retold) = (places.whole_parts || open.held, places.answer_so_far);
        if whole {
            self.write_whole(index, open.call, &open.part);
        }
        if retold {
            self.answer.parts.push(open.part);
        }
        self.write(&close);
    }

    fn write_whole(&mut self, index: Option<u64>, call: Option<u64>, part: &Part<'static>) {
        let step = match part {
            Part::Reasoning { text, signature } => {
                Step::Reasoning { index, text: text.borrowed(), signature: signature.as_ref().map(Text::borrowed) }
            }
            Part::Text { text, citations, .. } => {
                Step::Text { index, text: text.borrowed(), citations: citations.clone() }
            }
            Part::Refusal { text } => Step::Refusal { index, text: text.borrowed() },
            Part::ToolCall { id, name, arguments, namespace, signature, .. } => Step::ToolCall {
                index,
                call,
                id: Some(id.borrowed()),
                name: Some(name.borrowed()),
                arguments: arguments.borrowed(),
                namespace: namespace.as_ref().map(Text::borrowed),
                signature: signature.as_ref().map(Text::borrowed),
            },
            Part::CustomToolCall { id, name, input } => {
                Step::CustomToolCall { index, id: id.borrowed(), name: name.borrowed(), input: input.borrowed() }
            }
            _ => return,
        };
        self.write(&step);
    }

    pub(super) fn write(&mut self, step: &Step<'_>) {
        let start = self.w.out.len();
        self.face.write_step(step, &self.answer, &mut self.w);
        if let Some(elements) = &mut self.elements {
            elements.take(&mut self.w.out, start);
        }
    }
}
