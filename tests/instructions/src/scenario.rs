//! What is counted.

use std::hint::black_box;

use wireloom::model::Response;
use wireloom::{
    crossing::Crossing,
    specs::{Face, Provider},
    telling::Telling,
    wire::{frames::Frames, writer::Writer},
};

use crate::input;

/// The bytes of one read of a stream.
const READ: usize = 4096;

/// Some work on some input.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// How many times it is done for the smaller of the two counts.
    pub(crate) times: u32,
    input: fn() -> String,
    work: Work,
    /// The other direction works on what this one makes of the input.
    reverse: bool,
}

#[derive(Clone, Copy)]
enum Work {
    Request,
    Response,
    Stream,
}

/// From whom to whom.
struct Pair {
    face: Face,
    provider: Provider,
}

/// A client of the Anthropic API before a provider with the OpenAI API.
const FORTH: Pair = Pair { face: Face::Anthropic, provider: Provider::OpenaiCompatible };

/// A client of the OpenAI API before a provider with the Anthropic API.
const BACK: Pair = Pair { face: Face::OpenaiChat, provider: Provider::Anthropic };

const fn scenario(
    name: &'static str,
    about: &'static str,
    times: u32,
    input: fn() -> String,
    work: Work,
    reverse: bool,
) -> Scenario {
    Scenario { name, about, times, input, work, reverse }
}

impl Scenario {
    pub(crate) const ALL: [Scenario; 10] = [
        scenario(
            "request-large",
            "a coding agent's request, anthropic to openai",
            5,
            input::large,
            Work::Request,
            false,
        ),
        scenario("request-small", "a short question, anthropic to openai", 200, input::small, Work::Request, false),
        scenario("response", "a whole answer, openai to anthropic", 100, input::answer, Work::Response, false),
        scenario("stream", "2,000 chunks, openai to anthropic", 2, || input::stream(2000, 0), Work::Stream, false),
        scenario(
            "stream-call",
            "200 chunks and a call in 40, openai to anthropic",
            10,
            || input::stream(200, 40),
            Work::Stream,
            false,
        ),
        scenario(
            "request-large-reverse",
            "a coding agent's request, openai to anthropic",
            5,
            input::large,
            Work::Request,
            true,
        ),
        scenario(
            "request-small-reverse",
            "a short question, openai to anthropic",
            200,
            input::small,
            Work::Request,
            true,
        ),
        scenario("response-reverse", "a whole answer, anthropic to openai", 100, input::answer, Work::Response, true),
        scenario(
            "stream-reverse",
            "2,000 chunks, anthropic to openai",
            2,
            || input::stream(2000, 0),
            Work::Stream,
            true,
        ),
        scenario(
            "stream-call-reverse",
            "200 chunks and a call in 40, anthropic to openai",
            10,
            || input::stream(200, 40),
            Work::Stream,
            true,
        ),
    ];

    /// What it works on.
    pub(crate) fn input(&self) -> Result<String, String> {
        let input = (self.input)();
        if !self.reverse {
            return Ok(input);
        }
        String::from_utf8(FORTH.translate(self.work, &input)?).map_err(|error| error.to_string())
    }

    /// Does it once.
    pub(crate) fn work(&self, input: &str) -> Result<(), String> {
        let pair = if self.reverse { &BACK } else { &FORTH };
        let out = pair.translate(self.work, black_box(input))?;
        black_box(out);
        Ok(())
    }
}

impl Pair {
    fn translate(&self, work: Work, input: &str) -> Result<Vec<u8>, String> {
        match work {
            Work::Request => self.request(input),
            Work::Response => self.response(input),
            Work::Stream => self.stream(input),
        }
    }

    fn request(&self, input: &str) -> Result<Vec<u8>, String> {
        let request = self.face.read_request(input).map_err(|error| error.to_string())?;
        let mut w = Writer::with_capacity(input.len() + 1024);
        self.provider.write_request(&request, &mut w);
        Ok(w.out)
    }

    fn response(&self, input: &str) -> Result<Vec<u8>, String> {
        let response = self.provider.read_response(input).map_err(|error| error.to_string())?;
        let mut w = Writer::with_capacity(input.len() + 1024);
        self.face.write_response(&response, &mut w);
        Ok(w.out)
    }

    fn stream(&self, input: &str) -> Result<Vec<u8>, String> {
        let mut frames = Frames::new(self.provider.facts().framing);
        let (id, model, created) = (Some("answer".into()), Some("model".into()), Some(1_700_000_000));
        let known = Response { id, model, created, ..Response::default() };
        let crossing = Crossing::plain(self.face.facts(), self.provider.facts());
        let mut telling = Telling::new(self.face, crossing, known, true, Writer::default());
        // What a read brought leaves in one write, so the buffer is that of a read.
        let mut out = Vec::new();
        for read in input.as_bytes().chunks(READ) {
            frames.push(read, |frame| telling.frame(self.provider, frame.data)).map_err(|error| error.to_string())?;
            out.extend(telling.written().into_iter().flatten());
        }
        match telling.is_over() {
            false => Err("the stream has no end".into()),
            true => Ok(out),
        }
    }
}
