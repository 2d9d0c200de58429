//! The layout of a conversation: how unified messages are cut into wire messages, and wire messages joined back.

use wireloom_schema::model::{Message, Part, PartKind, Role};

use super::writer::Losses;

// A spec's own words for its layout are those of the run time too.
pub use wireloom_schema::spec::plan::{Group, Keeps};

/// One kind of wire message.
#[derive(Debug)]
pub struct Entry {
    /// Who speaks.
    pub role: Role,
    /// Whether the system's words in mid-conversation stand among theirs.
    pub system: bool,
    /// Which of their parts, as a set of bits.
    pub kinds: u16,
    /// How neighbours are joined.
    pub group: Group,
    /// Whether it stands before the message's other parts.
    pub first: bool,
    /// Kinds inside tool results that follow in another wire message.
    pub spilled: u16,
    /// That other wire message.
    pub spills_to: usize,
}

/// One wire message to be: its entry and its parts.
#[derive(Debug)]
pub struct Cut<'m> {
    /// The entry's number.
    pub entry: usize,
    /// The parts, in order.
    pub parts: Vec<&'m Part<'m>>,
}

/// Says whether an entry that takes a part has a place for it; else how the loss is called.
pub type Placing = fn(usize, &Part<'_>) -> Result<(), &'static str>;

/// Cuts messages into wire messages. Empty texts and messages without parts vanish; reasoning stays as `keeps` says.
/// `place` says whether an entry that takes a part has a place for it; the names of what is not sent are noted.
pub fn cut<'m>(
    messages: &'m [Message<'m>],
    entries: &[Entry],
    keeps: Keeps,
    place: Placing,
    losses: &mut Losses,
) -> Vec<Cut<'m>> {
    let mut cuts: Vec<Cut<'m>> = Vec::with_capacity(messages.len() + 4);
    let last_word = messages.iter().rposition(|message| {
        message.role == Role::User && message.parts.iter().any(|part| part.kind() != PartKind::ToolResult)
    });
    for (number, message) in messages.iter().enumerate() {
        let open_calls = last_word.is_none_or(|last| number > last);
        let start = cuts.len();
        for first in [true, false] {
            for part in &message.parts {
                if !is_sent(part, keeps, open_calls) {
                    // Where thoughts are never taken, that is a loss; where they have served, it is not.
                    if part.kind() == PartKind::Reasoning && matches!(keeps, Keeps::Signed | Keeps::None) {
                        losses.note(lost_kind(part.kind()));
                    }
                    continue;
                }
                let bit = part.kind().bit();
                // A part that only its own dialect knows goes wherever its speaker's words go.
                let native = part.kind() == PartKind::Native;
                let takes = |entry: &Entry| {
                    (entry.role == message.role || entry.system && message.role == Role::System)
                        && (entry.kinds & bit != 0 || native && entry.kinds & PartKind::Text.bit() != 0)
                };
                match entries.iter().position(takes) {
                    Some(entry) if entries[entry].first == first => match place(entry, part) {
                        Ok(()) => {
                            put(&mut cuts, start, entry, &entries[entry], part);
                            for inside in spilled_here(part, entry, &entries[entry]) {
                                put(&mut cuts, start, entry, &entries[entry], inside);
                            }
                        }
                        Err(loss) => losses.note(loss),
                    },
                    Some(_) => {}
                    None if first => losses.note(lost_kind(part.kind())),
                    None => {}
                }
            }
            if first {
                for (to, part) in spilled(message, entries) {
                    match place(to, part) {
                        Ok(()) => put(&mut cuts, start, to, &entries[to], part),
                        Err(loss) => losses.note(loss),
                    }
                }
            }
        }
    }
    cuts
}

fn is_sent(part: &Part<'_>, keeps: Keeps, open_calls: bool) -> bool {
    match part {
        Part::Text { text, .. } => !text.is_empty(),
        Part::Reasoning { signature, .. } => match keeps {
            Keeps::All => true,
            Keeps::OpenCalls => open_calls,
            Keeps::Signed => signature.is_some(),
            Keeps::None => false,
        },
        _ => true,
    }
}

/// Adds a part to the wire message that takes it, or begins one. `start` is where the unified message's own begin.
fn put<'m>(cuts: &mut Vec<Cut<'m>>, start: usize, number: usize, entry: &Entry, part: &'m Part<'m>) {
    let open = match entry.group {
        Group::Each => None,
        Group::Message => cuts[start..].iter_mut().rfind(|cut| cut.entry == number),
        Group::Run => cuts.last_mut().filter(|cut| cut.entry == number),
    };
    match open {
        Some(cut) => cut.parts.push(part),
        None => cuts.push(Cut { entry: number, parts: vec![part] }),
    }
}

/// What has no place inside a tool result, where it follows in the very message that the result stands in.
fn spilled_here<'m>(part: &'m Part<'m>, number: usize, entry: &Entry) -> impl Iterator<Item = &'m Part<'m>> {
    let inside = match part {
        Part::ToolResult { parts, .. } if entry.spilled != 0 && entry.spills_to == number => &parts[..],
        _ => &[],
    };
    let kinds = entry.spilled;
    inside.iter().filter(move |part| part.kind().bit() & kinds != 0)
}

/// What has no place inside tool results, and the entry of the other wire message in which it follows.
fn spilled<'m>(message: &'m Message<'m>, entries: &[Entry]) -> impl Iterator<Item = (usize, &'m Part<'m>)> {
    let spilling = entries
        .iter()
        .enumerate()
        .filter(|(number, entry)| entry.role == message.role && entry.spilled != 0 && entry.spills_to != *number);
    spilling.flat_map(|(_, entry)| {
        let results = message.parts.iter().filter_map(|part| match part {
            Part::ToolResult { parts, .. } => Some(parts),
            _ => None,
        });
        let inside = results.flatten().filter(|part| part.kind().bit() & entry.spilled != 0);
        inside.map(|part| (entry.spills_to, part))
    })
}

/// Joins what was read of a wire message to the conversation: parts of one speaker that were cut apart are one message.
pub fn join<'a>(
    messages: &mut Vec<Message<'a>>,
    last: &mut Option<Group>,
    role: Role,
    group: Group,
    parts: Vec<Part<'a>>,
) {
    let apart = |one: Group, other: Group| {
        one == Group::Each || other == Group::Each || (one, other) == (Group::Run, Group::Run)
    };
    match messages.last_mut() {
        Some(message) if message.role == role && last.is_some_and(|last| apart(last, group)) => {
            message.parts.extend(parts)
        }
        _ => messages.push(Message { role, parts }),
    }
    *last = Some(group);
}

/// What the loss of a part that no wire message takes is called.
fn lost_kind(kind: PartKind) -> &'static str {
    match kind {
        PartKind::Reasoning => "reasoning",
        PartKind::RedactedReasoning => "redacted_reasoning",
        PartKind::Text => "text",
        PartKind::Refusal => "refusal",
        PartKind::Image => "image",
        PartKind::Document => "document",
        PartKind::Audio => "audio",
        PartKind::ToolCall => "tool_call",
        PartKind::CustomToolCall => "custom_tool_call",
        PartKind::ToolResult => "tool_result",
        PartKind::Native => "part.native",
    }
}

/// Whether a part has a place where only words have one.
pub fn has_words(part: &Part<'_>) -> Result<(), &'static str> {
    part.words().map(|_| ()).ok_or(lost_kind(part.kind()))
}
