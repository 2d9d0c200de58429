//! Binary messages: each has its length, headers, a payload, and checksums over both.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::Message;
use bytes::{Buf, BytesMut};

use super::{Frame, FrameError, MAX_FRAME};

/// How many bytes say how long a message is; the checksum of what goes before it is theirs.
const PRELUDE: usize = 12;

/// Divides a stream into messages, and gives the JSON of each with its headers as first keys.
#[derive(Debug, Default)]
pub(super) struct Messages {
    decoder: MessageFrameDecoder,
    /// What has come and is not read yet.
    unread: BytesMut,
    /// Whether the prelude of the message that is coming has been read.
    begun: bool,
    text: String,
}

impl Messages {
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Frame<'_>)) -> Result<(), FrameError> {
        self.unread.extend_from_slice(bytes);
        loop {
            if !self.begun && self.unread.len() >= PRELUDE {
                let length = self.unread.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
                if length as usize > MAX_FRAME {
                    return Err(FrameError::TooLong);
                }
                self.begun = true;
            }
            if !self.begun {
                return Ok(());
            }
            match self.decoder.decode_frame(&mut self.unread).map_err(|_| FrameError::Corrupt)? {
                DecodedFrame::Incomplete => return Ok(()),
                DecodedFrame::Complete(message) => {
                    self.begun = false;
                    each(Frame { event: None, data: self.json(&message)? });
                }
            }
        }
    }

    pub(super) fn finish(&mut self) -> Result<(), FrameError> {
        match self.begun || self.unread.has_remaining() {
            true => Err(FrameError::Corrupt),
            false => Ok(()),
        }
    }

    /// The payload, which is an object, with the headers that tell what it is.
    fn json(&mut self, message: &Message) -> Result<&str, FrameError> {
        let payload = std::str::from_utf8(message.payload()).map_err(|_| FrameError::NotUtf8)?.trim_ascii();
        self.text.clear();
        self.text.push('{');
        let headers = message.headers().iter().filter(|header| is_told(header.name().as_str()));
        for header in headers {
            let Ok(value) = header.value().as_string() else { continue };
            self.comma();
            self.text += &serde_json::Value::from(header.name().as_str()).to_string();
            self.text.push(':');
            self.text += &serde_json::Value::from(value.as_str()).to_string();
        }
        match payload.strip_prefix('{') {
            Some(keys) if keys.trim_ascii_start().starts_with('}') => self.text.push('}'),
            Some(keys) => {
                self.comma();
                self.text += keys;
            }
            None => self.text.push('}'),
        }
        Ok(&self.text)
    }

    fn comma(&mut self) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
    }
}

/// Whether a header says what a message is: all that the framing itself defines, but for the media type.
fn is_told(name: &str) -> bool {
    name.starts_with(':') && name != ":content-type"
}
