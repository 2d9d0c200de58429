//! The pieces of a text of JSON5.

/// A piece of the text, with its length in bytes.
pub(super) enum Token {
    /// With its slashes, which are two bytes long.
    Comment(usize),
    /// A string with its quotes, or a word or number.
    Scalar(usize),
    /// One of JSON's marks.
    Mark(u8),
    /// White space, or what does not belong there.
    Other(usize),
}

impl Token {
    /// Its length in bytes, which is never 0.
    pub(super) fn len(&self) -> usize {
        match self {
            Token::Comment(length) | Token::Scalar(length) | Token::Other(length) => *length,
            Token::Mark(_) => 1,
        }
    }

    /// The first token of a text that is not empty.
    pub(super) fn first(rest: &str) -> Self {
        if rest.starts_with("//") {
            return Token::Comment(rest.find(['\n', '\r']).unwrap_or(rest.len()));
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            return Token::Comment(comment.find("*/").map_or(rest.len(), |end| end + 4));
        }
        match rest.as_bytes()[0] {
            quote @ (b'"' | b'\'') => Token::Scalar(string_length(rest, quote)),
            mark @ (b'[' | b'{' | b']' | b'}' | b',' | b':') => Token::Mark(mark),
            _ => {
                // A comment may follow without a space.
                match rest.find(|letter| is_mark(letter) || letter == '/') {
                    Some(0) => Token::Other(rest.chars().next().map_or(1, char::len_utf8)),
                    length => Token::Scalar(length.unwrap_or(rest.len())),
                }
            }
        }
    }
}

/// The length of a string with its quotes.
fn string_length(rest: &str, quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if byte == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Whether a letter stands between words and numbers, quotes included.
pub(super) fn is_mark(letter: char) -> bool {
    letter.is_whitespace() || "[]{},:\"'".contains(letter)
}
