//! Translating an answer, whole or as a stream.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use wireloom_schema::model::{ErrorKind, Part, Response, Step, Text};

use crate::{
    refusal::Refusal,
    relay::{Flow, Source},
    specs::{Face, Provider},
    upstream::{Body, UpstreamError},
    wire::{
        assembler::Assembler,
        frames::{FrameError, Frames},
        stream::Head,
        writer::Writer,
    },
};

/// A stream of a provider's frames that comes out as a face's frames. What arrived in one read leaves in one write.
pub struct Translation {
    body: Body,
    batch: Vec<Bytes>,
    frames: Frames,
    provider: Provider,
    telling: Telling,
}

impl Translation {
    /// Of an answer's body. `head` is what is told until the provider tells better.
    pub fn new(face: Face, provider: Provider, head: Head<'static>, usage_wanted: bool, body: Body) -> Self {
        let frames = Frames::new(provider.facts().framing);
        let telling = Telling::new(face, head, usage_wanted, Writer::default());
        Self { body, batch: Vec::new(), frames, provider, telling }
    }

    /// Translates what has arrived.
    fn take_batch(&mut self) {
        let Self { batch, frames, provider, telling, .. } = self;
        for bytes in batch.drain(..) {
            let pushed = frames.push(&bytes, |frame| telling.frame(*provider, frame.data));
            if let Err(error) = pushed {
                telling.broken(error);
            }
        }
    }

    /// Translates what is left when the provider has said all.
    fn take_end(&mut self) {
        let Self { frames, provider, telling, .. } = self;
        if let Err(error) = frames.finish(|frame| telling.frame(*provider, frame.data)) {
            telling.broken(error);
        }
        telling.end();
    }
}

impl Source for Translation {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_batch(cx, &mut self.batch)) {
                Ok(ended) => {
                    self.take_batch();
                    if ended {
                        self.take_end();
                    }
                }
                Err(error) => {
                    self.take_batch();
                    self.telling.fail(&error);
                }
            }
            // Behind an end or an error nothing follows; dropping the body ends the upstream's work.
            let over = self.telling.assembler.is_over();
            if !self.telling.voice.w.out.is_empty() {
                out.push(self.telling.written());
            }
            if over || !out.is_empty() {
                return Poll::Ready(if over { Flow::Ends } else { Flow::Goes });
            }
        }
    }
}

/// An answer as a face tells it.
struct Telling {
    assembler: Assembler,
    voice: Voice,
    /// Things in frames that the spec does not know.
    unknown: u64,
}

impl Telling {
    fn new(face: Face, head: Head<'static>, usage_wanted: bool, w: Writer) -> Self {
        Self {
            assembler: Assembler::new(),
            voice: Voice { face, head, usage_wanted, silent_call: None, w },
            unknown: 0,
        }
    }

    fn frame(&mut self, provider: Provider, text: &str) {
        if text.trim().is_empty() || self.assembler.is_over() {
            return;
        }
        match provider.read_frame(text, &mut |step| self.step(step)) {
            Ok(unknown) => self.unknown += unknown,
            Err(error) => {
                let message = format!("the upstream sent a frame that cannot be read: {error}");
                self.fail_with(ErrorKind::Internal, &message);
            }
        }
    }

    fn step(&mut self, step: Step<'_>) {
        let Self { assembler, voice, .. } = self;
        assembler.step(step, &mut |step| voice.tell(step));
    }

    fn end(&mut self) {
        let Self { assembler, voice, .. } = self;
        assembler.finish(&mut |step| voice.tell(step));
        let (unknown, losses) = (self.unknown + self.assembler.unknown(), self.voice.w.losses.names());
        if unknown > 0 || !losses.is_empty() {
            tracing::info!(unknown, losses = losses.join(", "), "not all of the answer could be told");
        }
    }

    fn fail(&mut self, error: &UpstreamError) {
        let kind = match error {
            UpstreamError::Timeout { .. } => ErrorKind::Timeout,
            _ => ErrorKind::Internal,
        };
        self.fail_with(kind, &error.to_string());
    }

    fn broken(&mut self, error: FrameError) {
        self.fail_with(ErrorKind::Internal, &format!("the upstream's stream cannot be read: {error}"));
    }

    fn fail_with(&mut self, kind: ErrorKind, message: &str) {
        tracing::warn!(message, "a stream ends with an error");
        let Self { assembler, voice, .. } = self;
        assembler.fail(kind, message, &mut |step| voice.tell(step));
    }

    fn written(&mut self) -> Bytes {
        let capacity = self.voice.w.out.len();
        Bytes::from(std::mem::replace(&mut self.voice.w.out, Vec::with_capacity(capacity)))
    }
}

/// Writes well-formed steps in a face's protocol.
struct Voice {
    face: Face,
    head: Head<'static>,
    usage_wanted: bool,
    /// The open call, by its part's and its own number, while it has no arguments.
    silent_call: Option<(Option<u64>, Option<u64>)>,
    w: Writer,
}

impl Voice {
    fn tell(&mut self, step: &Step<'_>) {
        match step {
            Step::Start { id, model, usage } => {
                let known = |own: &Option<Text<'_>>| own.clone().filter(|text| !text.is_empty()).map(Text::into_owned);
                self.head.id = known(id).or(self.head.id.take());
                self.head.model = known(model).or(self.head.model.take());
                let (id, model) = (self.head.id.clone(), self.head.model.clone());
                return self.write(&Step::Start { id, model, usage: *usage });
            }
            Step::Usage { .. } if !self.usage_wanted => return,
            Step::ToolCallOpen { index, call, .. } => self.silent_call = Some((*index, *call)),
            Step::ToolCallDelta { .. } => self.silent_call = None,
            Step::Close { .. } => {
                // Clients read arguments as JSON, which no text at all is not.
                if let Some((index, call)) = self.silent_call.take() {
                    self.write(&Step::ToolCallDelta { index, call, arguments: "{}".into() });
                }
            }
            _ => {}
        }
        self.write(step);
    }

    fn write(&mut self, step: &Step<'_>) {
        self.face.write_step(step, &self.head, &mut self.w);
    }
}

/// Translates a stream of which all reads are there already.
pub fn translated<'b>(
    face: Face,
    provider: Provider,
    head: Head<'static>,
    usage_wanted: bool,
    reads: impl IntoIterator<Item = &'b [u8]>,
) -> Writer {
    let mut frames = Frames::new(provider.facts().framing);
    let mut telling = Telling::new(face, head, usage_wanted, Writer::default());
    for read in reads {
        if let Err(error) = frames.push(read, |frame| telling.frame(provider, frame.data)) {
            telling.broken(error);
        }
    }
    if let Err(error) = frames.finish(|frame| telling.frame(provider, frame.data)) {
        telling.broken(error);
    }
    telling.end();
    telling.voice.w
}

/// Translates a whole answer; as a stream of its own if the client wants one and the upstream sent none.
///
/// # Errors
/// A body that is not an answer, or an error behind a status that says success.
pub fn whole(
    face: Face,
    provider: Provider,
    head: &Head<'static>,
    stream: bool,
    usage_wanted: bool,
    body: &[u8],
) -> Result<Bytes, Refusal> {
    let unreadable = |what: &str| Refusal {
        status: Some(http::StatusCode::BAD_GATEWAY),
        ..Refusal::new(ErrorKind::Internal, format!("the upstream's answer cannot be read: {what}"))
    };
    let text = std::str::from_utf8(body).map_err(|_| unreadable("it is not UTF-8"))?;
    let mut response = provider.read_response(text).map_err(|error| unreadable(&error.to_string()))?;
    if response.parts.is_empty() && response.finish_reason.is_none() {
        let told = provider.read_error(text);
        return Err(match told {
            // Some upstreams tell an error with a status of success.
            Some(error) => {
                let kind = error.kind.unwrap_or(ErrorKind::Internal);
                Refusal::new(kind, error.message.to_string())
            }
            None => unreadable("it holds neither an answer nor an error"),
        });
    }
    let called = response.calls_tools();
    response.finish_reason = response.finish_reason.map(|reason| reason.given_calls(called));
    response.id = response.id.take().filter(|id| !id.is_empty()).or(head.id.clone());
    response.model = response.model.take().filter(|model| !model.is_empty()).or(head.model.clone());
    response.created = response.created.or(head.created);
    let mut w = Writer::with_capacity(body.len() + 512);
    match stream {
        false => face.write_response(&response, &mut w),
        true => {
            let mut telling = Telling::new(face, head.clone(), usage_wanted, w);
            steps(response, &mut |step| telling.step(step));
            telling.end();
            w = telling.voice.w;
        }
    }
    if !w.losses.names().is_empty() {
        tracing::info!(
            losses = w.losses.names().join(", "),
            "the client's protocol has no place for all of the answer"
        );
    }
    Ok(Bytes::from(w.out))
}

/// A whole answer as the steps of a stream.
fn steps(response: Response<'_>, sink: &mut impl FnMut(Step<'_>)) {
    sink(Step::Start { id: response.id, model: response.model, usage: response.usage });
    for (number, part) in response.parts.into_iter().enumerate() {
        let index = Some(number as u64);
        match part {
            Part::Text { text, .. } => sink(Step::TextDelta { index, text }),
            Part::Refusal { text } => sink(Step::RefusalDelta { index, text }),
            Part::RedactedReasoning { data } => sink(Step::RedactedReasoning { index, data }),
            Part::Reasoning { text, signature } => {
                sink(Step::ReasoningDelta { index, text });
                if let Some(signature) = signature {
                    sink(Step::ReasoningSignature { index, signature });
                }
            }
            Part::ToolCall { id, name, arguments, .. } => {
                sink(Step::ToolCallOpen { index, call: None, id: Some(id), name: Some(name) });
                sink(Step::ToolCallDelta { index, call: None, arguments: (&*arguments.embedded()).into() });
            }
            Part::Image { .. }
            | Part::Document { .. }
            | Part::Audio { .. }
            | Part::ToolResult { .. }
            | Part::Native { .. } => {}
        }
        sink(Step::Close { index });
    }
    if let Some(finish_reason) = response.finish_reason {
        sink(Step::Finish { finish_reason, stop_sequence: response.stop_sequence, usage: response.usage });
    }
    sink(Step::End);
}
