//! Writing the frames of a stream as the elements of one JSON array.

use super::lines::value;

/// Makes what templates write in lines, as events or as JSON, elements of one array.
#[derive(Debug, Default)]
pub struct Elements {
    begun: bool,
}

impl Elements {
    /// Takes what was written from `start` on. Only objects are elements: a text that ends a stream of events is none.
    pub fn take(&mut self, out: &mut Vec<u8>, start: usize) {
        let written = out.split_off(start);
        for line in written.split(|byte| *byte == b'\n') {
            let json = value(line, b"data").unwrap_or(line);
            if json.starts_with(b"{") {
                out.extend_from_slice(if self.begun { b",\n" } else { b"[" });
                out.extend_from_slice(json);
                self.begun = true;
            }
        }
    }

    /// Ends the array.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.begun { b"]" } else { b"[]" });
    }
}
