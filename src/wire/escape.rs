//! Text as it stands inside a JSON string.
//!
//! Most of a request is text that needs no escapes, so it is looked at eight bytes at a time and copied in runs.

/// A byte in each of eight places.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// The highest bit of each of eight bytes.
const HIGHEST: u64 = EACH << 7;

/// Appends a text, escaped.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    loop {
        let (plain, after) = rest.split_at(plain(rest));
        out.extend_from_slice(plain);
        let Some((&byte, next)) = after.split_first() else { return };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let digit = |nibble: u8| DIGITS[usize::from(nibble & 0xf)];
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte)]);
            }
        }
        rest = next;
    }
}

/// How many bytes come before the first that needs an escape.
fn plain(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return index * 8 + (marks.trailing_zeros() / 8) as usize;
        }
    }
    let in_tail = tail.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
    bytes.len() - tail.len() + in_tail.unwrap_or(tail.len())
}

/// The highest bit of the first of eight bytes that needs an escape, and perhaps of later ones: subtracting borrows from
/// the byte that comes next, so that what is marked behind the first means nothing.
fn marks(word: u64) -> u64 {
    let below = |word: u64, bound: u8| word.wrapping_sub(EACH * u64::from(bound)) & !word;
    let is = |byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\')) & HIGHEST
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::escape;

    fn escaped(text: &str) -> String {
        let mut out = Vec::new();
        escape(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn wanted(text: &str) -> String {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    }

    #[test]
    fn every_character_of_the_first_planes_is_written_as_others_write_it() {
        for place in 0..9 {
            for character in '\0'..='\u{7ff}' {
                let text = format!("{}{character}and so on", "·abcdefgh".chars().take(place).collect::<String>());
                assert_eq!(escaped(&text), wanted(&text));
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_others_write_it(text in "([a-z]{0,12}|[\\x00-\\x7f]|\\PC){0,20}") {
            prop_assert_eq!(escaped(&text), wanted(&text));
        }
    }
}
