//! The elements of one JSON array, which come one after the other while the array is being written.

use std::mem;

use memchr::memchr2;

use super::{Frame, FrameError, MAX_FRAME, give};

/// Divides a JSON array into its elements. What stands outside of any array is taken for an element, too: an error
/// comes alone.
#[derive(Debug, Default)]
pub(super) struct Array {
    /// The beginning of an element whose end has not come yet.
    element: Vec<u8>,
    /// How many lists and objects are open in it.
    depth: usize,
    place: Place,
    /// Whether the array has begun.
    begun: bool,
}

/// Where in the text it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Between elements.
    #[default]
    Between,
    /// In an element, outside of any string.
    Inside,
    /// In a string of it.
    Text,
    /// Behind a backslash in a string.
    Escape,
    /// In a number or word that is an element itself.
    Scalar,
}

impl Array {
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        // The element's beginning within this read.
        let (mut begin, mut at) = (0, 0);
        while let Some(byte) = bytes.get(at).copied() {
            match self.place {
                Place::Between => {
                    begin = at;
                    match byte {
                        b',' | b']' | b' ' | b'\n' | b'\r' | b'\t' => {}
                        b'[' | 0xEF | 0xBB | 0xBF if !self.begun => self.begun |= byte == b'[',
                        b'{' | b'[' => (self.place, self.depth) = (Place::Inside, 1),
                        b'"' => self.place = Place::Text,
                        _ => self.place = Place::Scalar,
                    }
                }
                Place::Inside => match byte {
                    b'"' => self.place = Place::Text,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth -= 1;
                        if self.depth == 0 {
                            self.end(&bytes[begin..=at], each)?;
                        }
                    }
                    _ => {}
                },
                Place::Text => match memchr2(b'"', b'\\', &bytes[at..]) {
                    None => at = bytes.len() - 1,
                    Some(skipped) => {
                        at += skipped;
                        match (bytes[at], self.depth) {
                            (b'\\', _) => self.place = Place::Escape,
                            (_, 0) => self.end(&bytes[begin..=at], each)?,
                            _ => self.place = Place::Inside,
                        }
                    }
                },
                Place::Escape => self.place = Place::Text,
                Place::Scalar => {
                    if matches!(byte, b',' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                        self.end(&bytes[begin..at], each)?;
                    }
                }
            }
            at += 1;
        }
        match self.place {
            Place::Between => Ok(()),
            _ => self.keep(&bytes[begin..]),
        }
    }

    /// What is left was cut off; whoever reads it will say so.
    pub(super) fn finish(&mut self, each: &mut impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        match self.place {
            Place::Between => Ok(()),
            _ => self.end(&[], each),
        }
    }

    /// Gives the element that ends with these bytes.
    fn end(&mut self, bytes: &[u8], each: &mut impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        (self.place, self.depth) = (Place::Between, 0);
        if self.element.is_empty() {
            return match bytes.len() > MAX_FRAME {
                true => Err(FrameError::TooLong),
                false => give(None, bytes, each),
            };
        }
        self.keep(bytes)?;
        let mut element = mem::take(&mut self.element);
        give(None, &element, each)?;
        element.clear();
        self.element = element;
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        if self.element.len() + bytes.len() > MAX_FRAME {
            return Err(FrameError::TooLong);
        }
        self.element.extend_from_slice(bytes);
        Ok(())
    }
}
