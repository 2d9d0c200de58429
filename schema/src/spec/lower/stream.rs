//! `stream`: how frames are framed, and what each step's frame looks like.

use crate::{
    diagnostic::Diagnostic,
    document::{Entry, Node, Origin, Value},
    spec::plan::{Framing, Stream},
};

use super::{Lowering, pattern::substitute};

/// The keys of `stream`, with what they are.
pub const STREAM_KEYS: [(&str, &str); 7] = [
    ("framing", "how frames are told apart: sse, ndjson, json-array or event-stream"),
    ("bare", "for faces: the framing for clients that leave out the query of `http.stream`"),
    ("style", "sparse: a frame is a slice of the answer with several steps; tagged: one frame, one step"),
    ("tag", "for tagged streams: the key that names the step; event lines carry it too"),
    ("last", "the text of the frame that ends the stream"),
    (
        "frame",
        "what every frame looks like, with `$delta` where a step's own words go; in tagged streams, keys that every frame has too",
    ),
    ("steps", "what each step looks like"),
];

/// The words of `framing`, with what they mean.
pub const FRAMINGS: [(&str, Framing, &str); 4] = [
    ("sse", Framing::Sse, "server-sent events"),
    ("ndjson", Framing::Ndjson, "one JSON text a line"),
    ("json-array", Framing::JsonArray, "the elements of one JSON array"),
    (
        "event-stream",
        Framing::EventStream,
        "binary messages; each is JSON with its headers as first keys; not for faces",
    ),
];

/// The words of `style`, and whether a frame may then hold several steps.
pub const STYLES: [(&str, bool); 2] = [("sparse", true), ("tagged", false)];

impl Lowering {
    pub(super) fn stream(&mut self, node: Option<&Node>) -> Stream {
        let mut stream = Stream {
            framing: Framing::Sse,
            bare: None,
            sparse: false,
            tag: None,
            last: None,
            single_lists: Vec::new(),
        };
        let Some(node) = node else { return stream };
        self.known_keys(node, STREAM_KEYS.iter().map(|(key, _)| *key));
        for required in ["framing", "style", "steps"] {
            if node.get(required).is_none() {
                let error = Diagnostic::error("S022", &node.origin, format!("`stream` has no `{required}`"));
                self.error(error.label("incomplete").help(format!("add `{required}`")));
            }
        }
        let framings = FRAMINGS.map(|(word, framing, _)| (word, framing));
        if let Some(framing) = node.get("framing").and_then(|node| self.choice(node, &framings)) {
            stream.framing = framing;
        }
        let bare = node.get("bare").and_then(|node| Some((self.choice(node, &framings)?, node.origin.clone())));
        stream.bare = bare;
        if let Some(sparse) = node.get("style").and_then(|node| self.choice(node, &STYLES)) {
            stream.sparse = sparse;
        }
        if let Some(frame) = node.get("frame") {
            lists(frame, &mut stream.single_lists);
        }
        // Within an element of a list, which is read for each, a further list is one slice.
        let steps = node.get("steps").map(Node::entries).unwrap_or_default();
        steps.iter().for_each(|step| nested_lists(&step.node, false, &mut stream.single_lists));
        stream.tag = node.get("tag").and_then(|node| self.text(node));
        stream.last = node.get("last").and_then(|node| self.text(node));
        match (stream.sparse, node.get("frame")) {
            (true, None) if node.get("steps").is_some() => {
                let error = Diagnostic::error("S022", &node.origin, "a sparse stream has no `frame`");
                self.error(error.label("incomplete").help("add `frame`, with `$delta` where a step's own words go"));
            }
            _ => {}
        }
        stream
    }

    /// The steps with their whole frames: in a sparse stream a step's own words stand at `$delta` of the frame, unless
    /// it brings a `$frame` of its own.
    pub(super) fn step_frames(&mut self, stream: &Node) -> Node {
        let empty = || Node { value: Value::Object(Vec::new()), origin: stream.origin.clone() };
        let Some(steps) = stream.get("steps") else { return empty() };
        let style = stream.get("style").and_then(Node::text);
        let frame = match (stream.get("frame"), style) {
            (Some(frame), Some("tagged")) => return with_common_keys(steps, frame),
            (Some(frame), _) => frame,
            // That it lacks is told; what its steps would be is nobody's guess.
            (None, Some("sparse")) => return empty(),
            (None, _) => return steps.clone(),
        };
        let entries = steps.entries().iter().map(|entry| {
            let node = match (entry.node.get("$frame"), entry.key.starts_with('$')) {
                (Some(own), _) => own.clone(),
                (None, true) => entry.node.clone(),
                (None, false) => match &entry.node.value {
                    Value::List(forms) => {
                        let forms = forms.iter().map(|form| substitute(frame, "$delta", form)).collect();
                        Node { value: Value::List(forms), origin: entry.node.origin.clone() }
                    }
                    _ => substitute(frame, "$delta", &entry.node),
                },
            };
            Entry { node, ..entry.clone() }
        });
        Node { value: Value::Object(entries.collect()), origin: steps.origin.clone() }
    }
}

/// Steps of a tagged stream, whose frames all have the keys of the common frame: these are written and not read.
fn with_common_keys(steps: &Node, frame: &Node) -> Node {
    let in_frame = |node: &Node| {
        let Value::Object(entries) = &node.value else { return node.clone() };
        let mut entries = entries.clone();
        match entries.iter_mut().find(|entry| entry.key == "$writes") {
            Some(Entry { node: Node { value: Value::Object(written), .. }, .. }) => {
                written.extend(frame.entries().iter().cloned());
            }
            _ => entries.push(Entry { key: "$writes".into(), at: frame.origin.clone(), node: frame.clone() }),
        }
        Node { value: Value::Object(entries), origin: node.origin.clone() }
    };
    let all = |node: &Node| Node {
        value: Value::List(node.elements().iter().map(in_frame).collect()),
        origin: node.origin.clone(),
    };
    let entries = steps.entries().iter().map(|entry| {
        let node = match &entry.node.value {
            _ if entry.key.starts_with('$') => entry.node.clone(),
            Value::List(_) => all(&entry.node),
            _ => in_frame(&entry.node),
        };
        let Value::Object(entries) = node.value else { return Entry { node, ..entry.clone() } };
        let around = |key: &str| ["$before", "$then"].contains(&key);
        let is_list = |node: &Node| matches!(node.value, Value::List(_));
        let entries = entries.into_iter().map(|inner| match around(&inner.key) && is_list(&inner.node) {
            true => Entry { node: all(&inner.node), ..inner },
            false => inner,
        });
        let node = Node { value: Value::Object(entries.collect()), origin: node.origin };
        Entry { node, ..entry.clone() }
    });
    Node { value: Value::Object(entries.collect()), origin: steps.origin.clone() }
}

/// Where the lists stand that stand within others.
fn nested_lists(node: &Node, inside: bool, found: &mut Vec<Origin>) {
    let is_list = matches!(node.value, Value::List(_));
    if is_list && inside {
        found.push(node.origin.clone());
    }
    node.elements().iter().for_each(|node| nested_lists(node, true, found));
    node.entries().iter().for_each(|entry| nested_lists(&entry.node, inside || is_list, found));
}

/// Where the lists of a tree stand.
fn lists(node: &Node, found: &mut Vec<Origin>) {
    // Where a step's own words are elements, all of them count.
    let holds_steps = node.elements().iter().any(|element| element.text() == Some("$delta"));
    if matches!(node.value, Value::List(_)) && !holds_steps {
        found.push(node.origin.clone());
    }
    node.elements().iter().for_each(|node| lists(node, found));
    node.entries().iter().for_each(|entry| lists(&entry.node, found));
}
