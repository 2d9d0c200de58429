//! The framing of streamed answers: where one message ends and the next begins.
//!
//! [`Frames`] does no input or output itself. It is fed the bytes of each read and gives every frame that is whole,
//! as text that lies in those very bytes wherever that is possible. How the stream was cut into reads never changes
//! the frames that come out.

mod array;
mod elements;
mod lines;
mod messages;

use std::fmt;
use std::str;

use bytes::Bytes;

pub use elements::Elements;

use self::{array::Array, lines::Lines, messages::Messages};

/// The most bytes that one frame may have, so that an upstream which never ends a frame cannot take all the memory.
pub const MAX_FRAME: usize = 16 << 20;

/// The way in which a stream is divided into frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events, as the HTML standard defines them.
    Sse,
    /// One JSON text per line.
    Ndjson,
    /// The elements of one JSON array.
    JsonArray,
    /// Binary messages with headers, lengths and checksums, each with JSON in it. They are read, never written.
    EventStream,
}

impl Framing {
    /// The media type of a stream that is framed so.
    pub fn content_type(self) -> &'static str {
        match self {
            Framing::Sse => "text/event-stream",
            Framing::Ndjson => "application/x-ndjson",
            Framing::JsonArray => "application/json",
            Framing::EventStream => "application/octet-stream",
        }
    }

    /// Bytes that mean nothing to whoever reads the stream, where there are such.
    pub fn comment(self) -> Option<Bytes> {
        (self == Framing::Sse).then(|| Bytes::from_static(b":\n\n"))
    }
}

/// One message of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The name that the event was given, if it has one. Only server-sent events have names.
    pub event: Option<&'a str>,
    /// The content of the frame. It is empty for an event whose only data line is empty.
    pub data: &'a str,
}

/// Why a stream cannot be divided into frames. The stream is of no use after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A frame has more than [`MAX_FRAME`] bytes.
    TooLong,
    /// The text of a frame is not valid UTF-8.
    NotUtf8,
    /// The lengths or checksums of a binary message contradict it, or it ends too early.
    Corrupt,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::TooLong => write!(f, "a frame of the stream is longer than {} MiB", MAX_FRAME >> 20),
            FrameError::NotUtf8 => f.write_str("a frame of the stream is not valid utf-8"),
            FrameError::Corrupt => f.write_str("a message of the stream was damaged or cut off on its way"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Divides a stream into frames. Between two reads it keeps only the frame that is not yet whole.
#[derive(Debug)]
pub struct Frames(Kind);

#[derive(Debug)]
enum Kind {
    Lines(Lines),
    Array(Array),
    Messages(Messages),
}

impl Frames {
    /// Begins a new stream.
    pub fn new(framing: Framing) -> Self {
        Frames(match framing {
            Framing::Sse | Framing::Ndjson => Kind::Lines(Lines::new(framing)),
            Framing::JsonArray => Kind::Array(Array::default()),
            Framing::EventStream => Kind::Messages(Messages::default()),
        })
    }

    /// Feeds the bytes of one read and gives every frame that is whole now to `each`.
    ///
    /// # Errors
    ///
    /// Fails when a frame is too long, damaged, or its text is not valid UTF-8. The frames before it have been given by
    /// then, and the stream must not be fed any further.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        match &mut self.0 {
            Kind::Lines(lines) => lines.push(bytes, each),
            Kind::Array(array) => array.push(bytes, &mut each),
            Kind::Messages(messages) => messages.push(bytes, &mut each),
        }
    }

    /// Ends the stream. A last frame is given even if its blank line, or the end of its last line, never came.
    ///
    /// # Errors
    ///
    /// Fails when that last frame is too long or its text is not valid UTF-8, and when a message is cut off.
    pub fn finish(&mut self, mut each: impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        match &mut self.0 {
            Kind::Lines(lines) => lines.finish(each),
            Kind::Array(array) => array.finish(&mut each),
            Kind::Messages(messages) => messages.finish(),
        }
    }
}

/// Gives one frame as text. Only whole frames come here, so a character cut between two reads does no harm.
fn give(event: Option<&[u8]>, data: &[u8], each: &mut impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
    let text = |bytes| str::from_utf8(bytes).map_err(|_| FrameError::NotUtf8);
    each(Frame { event: event.map(text).transpose()?, data: text(data)? });
    Ok(())
}
