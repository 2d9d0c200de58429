//! Telling an answer to a client: loose steps come in, frames of the client's protocol go out.

mod sources;
mod steps;
mod voice;

use bytes::Bytes;
use wireloom_schema::model::{ErrorKind, Response, Step};

use crate::{
    crossing::{Crossing, seal::Signer, thoughts::Thoughts},
    extension::AnswerPass,
    meter::Meter,
    resilience::gate::{Beginning, Opening},
    specs::{Face, Provider},
    transform::Passing,
    wire::{
        assembler::Assembler,
        details::Details,
        frames::{Elements, Framing},
        writer::Writer,
    },
};

pub(crate) use self::steps::steps;
use self::{sources::Sources, voice::Voice};

/// An answer as a face tells it.
pub struct Telling<A = ()> {
    /// What steps go through first.
    pass: A,
    assembler: Assembler,
    /// What the configuration changes in the answer, if anything.
    passing: Option<Passing>,
    voice: Voice,
    thoughts: Option<Thoughts>,
    details: Option<Details>,
    /// Things in frames that the spec does not know.
    unknown: u64,
    /// Hears what it tells of itself.
    meter: Meter,
    /// Whether the upstream has left it incomplete.
    broken: bool,
    framing: Framing,
}

impl Telling {
    /// Of a new answer. `answer` has what is told until the provider tells better.
    pub fn new(
        face: Face,
        framing: Framing,
        mut crossing: Crossing,
        answer: Response<'static>,
        usage_wanted: bool,
        w: Writer,
    ) -> Self {
        let passing = Passing::new(std::mem::take(&mut crossing.passes));
        let sources = Sources::new(face.facts(), crossing.provider);
        let elements = (framing == Framing::JsonArray).then(Elements::default);
        let (thoughts, details) = (crossing.thoughts.take(), crossing.details.take());
        let voice = Voice {
            face,
            elements,
            crossing,
            answer,
            usage_wanted,
            open: None,
            signature: None,
            next_call: 0,
            sources,
            w,
            beginning: Beginning::default(),
        };
        Self {
            pass: (),
            assembler: Assembler::new(),
            passing,
            voice,
            thoughts,
            details,
            unknown: 0,
            meter: Meter::default(),
            broken: false,
            framing,
        }
    }

    /// With a meter that hears it.
    pub fn metered(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// The same through a pass of the user's own.
    pub fn through<A: AnswerPass>(self, pass: A) -> Telling<A> {
        let Self { assembler, passing, voice, thoughts, details, unknown, meter, broken, framing, .. } = self;
        Telling { pass, assembler, passing, voice, thoughts, details, unknown, meter, broken, framing }
    }
}

impl<A: AnswerPass> Telling<A> {
    /// Takes one of the provider's frames.
    pub fn frame(&mut self, provider: Provider, text: &str) {
        if text.trim().is_empty() || self.is_over() {
            return;
        }
        match provider.read_frame(text, &mut |step| self.step(step)) {
            Ok(unknown) => self.unknown += unknown,
            Err(error) => {
                self.fail(ErrorKind::Internal, &format!("the upstream sent a frame that cannot be read: {error}"))
            }
        }
    }

    /// Takes one step.
    pub fn step(&mut self, step: Step<'_>) {
        let Self { pass, assembler, passing, voice, thoughts, details, meter, .. } = self;
        meter.step(&step);
        let step = voice.crossing.names.restored(step);
        let mut passed =
            |step: Step<'_>| pass.step(step, &mut |step| assembler.step(step, &mut |step| voice.tell(step)));
        let mut changed = |step: Step<'_>| match passing {
            Some(passing) => passing.step(step, &mut passed),
            None => passed(step),
        };
        match (details, thoughts) {
            (Some(details), _) => details.step(step, &mut changed),
            (None, Some(thoughts)) => thoughts.step(step, &mut changed),
            (None, None) => changed(step),
        }
    }

    /// Takes a whole answer.
    pub fn response(&mut self, response: Response<'_>) {
        steps(response, &mut |step| self.step(step));
    }

    /// Tells what passes have kept back, where the provider's bytes end.
    pub fn settle(&mut self) {
        let Self { pass, assembler, passing, voice, .. } = self;
        let mut tell = |step: Step<'_>| assembler.step(step, &mut |step| voice.tell(step));
        if let Some(passing) = passing {
            passing.finish(&mut |step| pass.step(step, &mut tell));
        }
        pass.end(&mut tell);
    }

    /// Ends the answer where the provider's bytes end.
    pub fn end(&mut self) {
        self.settle();
        let Self { assembler, voice, .. } = self;
        self.broken |= !assembler.is_over() && assembler.finish_reason().is_none();
        if self.broken {
            self.meter.failed(ErrorKind::Internal);
        }
        assembler.finish(&mut |step| voice.tell(step));
        let before = self.passing.as_ref().map_or(0, Passing::unknown);
        let (unknown, losses) = (self.unknown + before + self.assembler.unknown(), self.voice.w.losses.names());
        if unknown > 0 || !losses.is_empty() {
            tracing::info!(unknown, losses = losses.join(", "), "not all of the answer could be told");
        }
    }

    /// Ends the answer with an error.
    pub fn fail(&mut self, kind: ErrorKind, message: &str) {
        tracing::warn!(message, "a stream ends with an error");
        self.broken = true;
        self.meter.failed(kind);
        let Self { pass, assembler, passing, voice, .. } = self;
        if let Some(passing) = passing {
            let tell =
                &mut |step: Step<'_>| pass.step(step, &mut |step| assembler.step(step, &mut |step| voice.tell(step)));
            passing.fail(kind, message, tell);
        }
        assembler.fail(kind, message, &mut |step| voice.tell(step));
    }

    /// Goes on with what another call to a provider brings, heard by a meter of its own.
    pub fn resume(&mut self, mut crossing: Crossing, meter: Meter) {
        self.passing = Passing::new(std::mem::take(&mut crossing.passes));
        (self.thoughts, self.details) = (crossing.thoughts.take(), crossing.details.take());
        self.voice.crossing = crossing;
        self.meter = meter;
    }

    /// The pass of the user's own.
    pub fn pass(&mut self) -> &mut A {
        &mut self.pass
    }

    /// Who signs what is told now.
    pub fn signer(&self) -> Signer {
        self.voice.crossing.signer
    }

    /// Whether the end or an error has been told.
    pub fn is_over(&self) -> bool {
        self.assembler.is_over()
    }

    /// How its frames are divided.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// How the answer begins.
    pub fn opening(&self) -> Opening {
        self.voice.beginning.opening()
    }

    /// Whether the upstream has left it incomplete.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// What is written and not yet taken, if anything is.
    pub fn written(&mut self) -> Option<Bytes> {
        self.end_array();
        let out = &mut self.voice.w.out;
        let capacity = out.len();
        (capacity > 0).then(|| Bytes::from(std::mem::replace(out, Vec::with_capacity(capacity))))
    }

    /// Ends an array of frames behind the last one.
    fn end_array(&mut self) {
        if self.is_over()
            && let Some(mut elements) = self.voice.elements.take()
        {
            elements.end(&mut self.voice.w.out);
        }
    }

    /// All that was written.
    pub fn into_writer(mut self) -> Writer {
        self.end_array();
        self.voice.w
    }
}
