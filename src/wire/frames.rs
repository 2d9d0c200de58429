//! The framing of streamed answers: where one message ends and the next begins.
//!
//! [`Frames`] does no input or output itself. It is fed the bytes of each read and gives every frame that is whole,
//! as text that lies in those very bytes wherever that is possible. How the stream was cut into reads never changes
//! the frames that come out.

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::str;

use memchr::{memchr, memchr2};

/// The most bytes that one frame may have, so that an upstream which never ends a frame cannot take all the memory.
pub const MAX_FRAME: usize = 16 << 20;

/// The byte order mark that a stream may begin with.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The way in which a stream is divided into frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events, as the HTML standard defines them.
    Sse,
    /// One JSON text per line.
    Ndjson,
}

impl Framing {
    /// The media type of a stream that is framed so.
    pub fn content_type(self) -> &'static str {
        match self {
            Framing::Sse => "text/event-stream",
            Framing::Ndjson => "application/x-ndjson",
        }
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
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::TooLong => write!(f, "a frame of the stream is longer than {} MiB", MAX_FRAME >> 20),
            FrameError::NotUtf8 => f.write_str("a frame of the stream is not valid utf-8"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Divides a stream into frames. Between two reads it keeps only the frame that is not yet whole.
#[derive(Debug)]
pub struct Frames {
    framing: Framing,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// The lines that have come of a frame whose blank line has not.
    held: Event<'static>,
    /// Whether the last read ended with a carriage return, so that a line feed now belongs to it.
    after_cr: bool,
    /// Whether the first line has been seen, which is the only one that may begin with a byte order mark.
    begun: bool,
}

impl Frames {
    /// Begins a new stream.
    pub fn new(framing: Framing) -> Self {
        Frames { framing, line: Vec::new(), held: Event::default(), after_cr: false, begun: false }
    }

    /// Feeds the bytes of one read and gives every frame that is whole now to `each`.
    ///
    /// # Errors
    ///
    /// Fails when a frame is too long or its text is not valid UTF-8. The frames before it have been given by then,
    /// and the stream must not be fed any further.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        // The event refers to the read and to the line that the last read began, so both outlive it here.
        let mut carried = mem::take(&mut self.line);
        let first = if carried.is_empty() {
            None
        } else {
            // Only the new bytes are searched for the end of a line that was cut.
            let Some((line, after)) = self.cut(rest) else {
                return self.keep(carried, rest);
            };
            carried.extend_from_slice(line);
            rest = after;
            Some(&carried)
        };
        let mut event: Event<'_> = mem::take(&mut self.held);
        if let Some(line) = first {
            self.line(line, &mut event, &mut each)?;
        }
        while let Some((line, after)) = self.cut(rest) {
            rest = after;
            self.line(line, &mut event, &mut each)?;
        }
        self.held = event.into_owned();
        carried.clear();
        self.keep(carried, rest)
    }

    /// Ends the stream. A last frame is given even if its blank line, or the end of its last line, never came.
    ///
    /// # Errors
    ///
    /// Fails when that last frame is too long or its text is not valid UTF-8.
    pub fn finish(&mut self, mut each: impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        let carried = mem::take(&mut self.line);
        let mut event = mem::take(&mut self.held);
        if !carried.is_empty() {
            self.line(&carried, &mut event, &mut each)?;
        }
        event.give(&mut each)
    }

    /// Cuts the first whole line off and gives it together with what follows its end.
    fn cut<'a>(&mut self, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let end = match self.framing {
            Framing::Sse => memchr2(b'\n', b'\r', bytes)?,
            // A carriage return is white space to JSON, so only the line feed ends a line.
            Framing::Ndjson => memchr(b'\n', bytes)?,
        };
        let (line, after) = (&bytes[..end], &bytes[end + 1..]);
        if bytes[end] == b'\n' {
            return Some((line, after));
        }
        // Whether this carriage return has a line feed may be known only with the next read, but the line is whole.
        self.after_cr = after.is_empty();
        Some((line, after.strip_prefix(b"\n").unwrap_or(after)))
    }

    /// Takes one whole line into the event, and gives the frame if the line ends it.
    fn line<'a>(
        &mut self,
        mut line: &'a [u8],
        event: &mut Event<'a>,
        each: &mut impl FnMut(Frame<'_>),
    ) -> Result<(), FrameError> {
        if !self.begun {
            self.begun = true;
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        event.size += line.len();
        if event.size > MAX_FRAME {
            return Err(FrameError::TooLong);
        }
        match self.framing {
            Framing::Sse if line.is_empty() => mem::take(event).give(each),
            Framing::Sse => {
                event.field(line);
                Ok(())
            }
            Framing::Ndjson => {
                event.size = 0;
                match line.trim_ascii() {
                    b"" => Ok(()),
                    json => give(None, json, each),
                }
            }
        }
    }

    /// Keeps the beginning of a line for the next read.
    fn keep(&mut self, mut carried: Vec<u8>, rest: &[u8]) -> Result<(), FrameError> {
        let bom = if self.begun { 0 } else { BOM.len() };
        if self.held.size + carried.len() + rest.len() > MAX_FRAME + bom {
            return Err(FrameError::TooLong);
        }
        carried.extend_from_slice(rest);
        self.line = carried;
        Ok(())
    }
}

/// The fields of a server-sent event as far as its lines have come.
#[derive(Debug, Default)]
struct Event<'a> {
    name: Cow<'a, [u8]>,
    data: Option<Cow<'a, [u8]>>,
    /// How many bytes the lines have together, those included that say nothing.
    size: usize,
}

impl<'a> Event<'a> {
    /// Takes the field of one line. Comments, `id`, `retry` and unknown fields mean nothing here.
    fn field(&mut self, line: &'a [u8]) {
        if let Some(value) = value(line, b"data") {
            match &mut self.data {
                Some(data) => {
                    let data = data.to_mut();
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                none => *none = Some(Cow::Borrowed(value)),
            }
        } else if let Some(value) = value(line, b"event") {
            self.name = Cow::Borrowed(value);
        }
    }

    /// Gives the event as a frame, unless it has no data.
    fn give(self, each: &mut impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        match &self.data {
            None => Ok(()),
            Some(data) => give(Some(&*self.name).filter(|name| !name.is_empty()), data, each),
        }
    }

    /// Copies what lies in the read, which ends here while the event does not.
    fn into_owned(self) -> Event<'static> {
        Event {
            name: Cow::Owned(self.name.into_owned()),
            data: self.data.map(|data| Cow::Owned(data.into_owned())),
            size: self.size,
        }
    }
}

/// The value of a line if it has the field of that name. A line without a colon is a field with an empty value.
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    match line.strip_prefix(name)? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}

/// Gives one frame as text. Only whole frames come here, so a character cut between two reads does no harm.
fn give(event: Option<&[u8]>, data: &[u8], each: &mut impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
    let text = |bytes| str::from_utf8(bytes).map_err(|_| FrameError::NotUtf8);
    each(Frame { event: event.map(text).transpose()?, data: text(data)? });
    Ok(())
}
