//! Cases that are broken on purpose: bytes turned, cut out, moved and repeated, and JSON values that nobody expects.

use proptest::{collection::vec, prelude::*, sample::Index};

/// One thing that is done to a text.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    /// Another byte.
    Turn(Index, u8),
    /// Some bytes less.
    Cut(Index, Index),
    /// All that follows is gone.
    End(Index),
    /// Bytes of another case come in between.
    Splice(Index, Index, Index),
    /// Some bytes again and again.
    Repeat(Index, Index, usize),
    /// A JSON value that nobody expects in the place of one.
    Replace(Index, usize),
    /// A key that stands in its object already.
    Again(Index, usize),
    /// A value goes into so many lists or objects.
    Nest(Index, usize, bool),
}

/// JSON values that nobody expects.
const VALUES: [&str; 18] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\"x\"",
    "0",
    "-1",
    "1.5",
    "1e400",
    "18446744073709551616",
    "-9223372036854775809",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "[null]",
    "[[]]",
    "{\"type\":\"text\",\"text\":\"x\"}",
    "[{\"type\":\"text\"}]",
];

/// Any few of them.
pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let index = any::<Index>;
    let mutation = prop_oneof![
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Mutation::Turn(at, byte)),
        2 => (index(), index()).prop_map(|(from, to)| Mutation::Cut(from, to)),
        1 => index().prop_map(Mutation::End),
        2 => (index(), index(), index()).prop_map(|(at, from, to)| Mutation::Splice(at, from, to)),
        1 => (index(), index(), 2..200_usize).prop_map(|(from, to, times)| Mutation::Repeat(from, to, times)),
        8 => (index(), 0..VALUES.len()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        3 => (index(), 0..VALUES.len()).prop_map(|(at, value)| Mutation::Again(at, value)),
        1 => (index(), 1..300_usize, any::<bool>()).prop_map(|(at, depth, list)| Mutation::Nest(at, depth, list)),
    ];
    vec(mutation, 0..5)
}

/// The text with all of that done to it, one after the other.
pub(crate) fn mutated(text: &str, other: &str, mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for mutation in mutations {
        if !bytes.is_empty() {
            mutate(&mut bytes, other.as_bytes(), mutation);
        }
    }
    bytes
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], mutation: &Mutation) {
    let span = |bytes: &[u8], from: &Index, to: &Index| {
        let (one, two) = (from.index(bytes.len()), to.index(bytes.len()));
        one.min(two)..one.max(two).min(one.min(two) + 2000)
    };
    match mutation {
        Mutation::Turn(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Mutation::Cut(from, to) => drop(bytes.drain(span(bytes, from, to))),
        Mutation::End(at) => bytes.truncate(at.index(bytes.len())),
        Mutation::Splice(at, from, to) if !other.is_empty() => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, other[span(other, from, to)].iter().copied());
        }
        Mutation::Splice(..) => {}
        Mutation::Repeat(from, to, times) => {
            let span = span(bytes, from, to);
            let piece = bytes[span.clone()].repeat(*times);
            bytes.splice(span, piece);
        }
        Mutation::Replace(at, value) => {
            if let Some(value_at) = value_place(bytes, at) {
                bytes.splice(value_at, VALUES[*value].bytes());
            }
        }
        Mutation::Again(at, value) => {
            if let Some(value_at) = value_place(bytes, at) {
                let key_at = bytes[..value_at.start].iter().rposition(|byte| matches!(byte, b'{' | b','));
                if let Some(key_at) = key_at {
                    let key = bytes[key_at + 1..value_at.start].to_vec();
                    let again = [VALUES[*value].as_bytes(), b",", &key].concat();
                    bytes.splice(value_at.start..value_at.start, again);
                }
            }
        }
        Mutation::Nest(at, depth, list) => {
            if let Some(value_at) = value_place(bytes, at) {
                let (open, close) = if *list { ("[", "]") } else { ("{\"a\":", "}") };
                let (open, close) = (open.repeat(*depth), close.repeat(*depth));
                let nested = [open.as_bytes(), &bytes[value_at.clone()], close.as_bytes()].concat();
                bytes.splice(value_at, nested);
            }
        }
    }
}

/// Where the value behind one of the colons is. Texts may hold colons too: what is broken then is broken as well.
fn value_place(bytes: &[u8], at: &Index) -> Option<std::ops::Range<usize>> {
    let colons: Vec<_> =
        bytes.windows(2).enumerate().filter(|(_, pair)| *pair == b"\":").map(|(at, _)| at + 2).collect();
    let start = *colons.get(at.index(colons.len().max(1)))?;
    let mut values = serde_json::Deserializer::from_slice(&bytes[start..]).into_iter::<serde::de::IgnoredAny>();
    values.next()?.ok()?;
    Some(start..start + values.byte_offset())
}
