//! Streams: how frames are told apart.

use crate::document::Origin;

/// How streams are framed.
#[derive(Clone, Debug)]
pub struct Stream {
    /// How frames are told apart.
    pub framing: Framing,
    /// How they are for a face's clients that leave out the query of the stream's path.
    pub bare: Option<(Framing, Origin)>,
    /// Whether a frame may hold several steps.
    pub sparse: bool,
    /// Where a tagged frame has its name; the SSE event line carries it too.
    pub tag: Option<String>,
    /// The text of the frame that ends the stream.
    pub last: Option<String>,
    /// Lists of the common frame: their first element alone counts. All other lists are read whole.
    pub single_lists: Vec<Origin>,
}

/// How frames are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Sse,
    /// A JSON text a line.
    Ndjson,
    /// The elements of one JSON array.
    JsonArray,
    /// Binary messages with headers and checksums.
    EventStream,
}
