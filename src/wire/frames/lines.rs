//! Framings of lines: server-sent events, and one JSON text a line.

use std::{borrow::Cow, mem};

use memchr::{memchr, memchr2};

use super::{Frame, FrameError, Framing, MAX_FRAME, give};

/// The byte order mark that a stream may begin with.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Divides a stream of lines into frames.
#[derive(Debug)]
pub(super) struct Lines {
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

impl Lines {
    /// Begins a new stream.
    pub(super) fn new(framing: Framing) -> Self {
        Lines { framing, line: Vec::new(), held: Event::default(), after_cr: false, begun: false }
    }

    /// Feeds the bytes of one read and gives every frame that is whole now to `each`.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
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
    pub(super) fn finish(&mut self, mut each: impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
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
            _ => memchr(b'\n', bytes)?,
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
            _ => {
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
pub(super) fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    match line.strip_prefix(name)? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}
