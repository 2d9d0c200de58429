//! Stars in place of secrets, so that the line a diagnostic shows does not show them.

use std::ops::Range;

use super::token::{Token, is_mark};

/// What the keys that hold secrets end in, in lower case and without punctuation.
const SECRET_ENDINGS: [&str; 10] =
    ["key", "keys", "token", "secret", "password", "passwd", "authorization", "credential", "credentials", "headers"];

/// How like `apikey` or `headers` a misspelled key is, from 0 to 1, to count as it.
const MISSPELLED: f64 = 0.6;

/// The text of a JSON5 document with a star for each byte of a secret; places in the one are places in the other.
pub fn mask(text: &str) -> String {
    let mut stars = Vec::new();
    scan(text, &mut stars);
    starred(text, stars)
}

/// The same for a text that is not JSON5, in which a quote too many turns what is within strings inside out: only
/// marks and known words are shown.
pub(super) fn mask_broken(text: &str, known: impl Fn(&str) -> bool) -> String {
    let mut stars = Vec::new();
    hide_words(text, 0..text.len(), known, &mut stars);
    starred(text, stars)
}

/// Hides all but marks and known words.
fn hide_words(text: &str, part: Range<usize>, known: impl Fn(&str) -> bool, stars: &mut Vec<Range<usize>>) {
    let mut at = part.start;
    for piece in text[part].split_inclusive(is_mark) {
        let word = piece.trim_end_matches(is_mark);
        if !known(word) {
            stars.push(at..at + word.len());
        }
        at += piece.len();
    }
}

fn starred(text: &str, stars: Vec<Range<usize>>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in stars {
        for byte in &mut bytes[range] {
            // A string may have many lines; the lines stay what they were.
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b'*';
            }
        }
    }
    // Ranges begin and end beside ASCII, so this is the text and stars, never half a letter.
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

/// Collects the places of the secrets in a JSON5 document.
fn scan(text: &str, stars: &mut Vec<Range<usize>>) {
    // `Some(depth)` from a key that holds a secret until its value is over; the depth counts brackets within the value.
    let mut secret: Option<usize> = None;
    let mut at = 0;
    while at < text.len() {
        let token = Token::first(&text[at..]);
        let range = at..at + token.len();
        at = range.end;
        match token {
            Token::Comment(_) => hide_in_comment(text, range, stars),
            Token::Scalar(_) => {
                let inner = unquoted(text, range);
                match secret {
                    Some(0) => {
                        hide(text, inner, stars);
                        secret = None;
                    }
                    Some(_) => hide(text, inner, stars),
                    None => {
                        hide_in_url(text, inner.clone(), stars);
                        secret = holds_secret(&text[inner]).then_some(0);
                    }
                }
            }
            Token::Mark(b'[' | b'{') => secret = secret.map(|depth| depth + 1),
            Token::Mark(b']' | b'}') => {
                secret = secret.and_then(|depth| depth.checked_sub(1)).filter(|depth| *depth > 0)
            }
            Token::Mark(b',') => secret = secret.filter(|depth| *depth > 0),
            Token::Mark(_) | Token::Other(_) => {}
        }
    }
}

/// Hides what of a comment may have been a secret of yesterday: all in a line but plain words, and everything behind what
/// says that a value follows.
fn hide_in_comment(text: &str, range: Range<usize>, stars: &mut Vec<Range<usize>>) {
    let whole = &text[range.clone()];
    let closing = if whole.starts_with("/*") && whole.len() >= 4 && whole.ends_with("*/") { 2 } else { 0 };
    let mut at = range.start + 2;
    for line in text[at..range.end - closing].split_inclusive('\n') {
        let mut told = false;
        for piece in line.split_inclusive(|letter| is_mark(letter) || letter == '=') {
            let word = piece.trim_end_matches(|letter| is_mark(letter) || letter == '=');
            if told || !is_plain(word) {
                stars.push(at..at + word.len());
            }
            told |= holds_secret(word) || piece.ends_with(|letter| ":='\"`".contains(letter));
            at += piece.len();
        }
    }
}

/// Whether a word of a comment is one of a language, or a short number, and no key.
fn is_plain(word: &str) -> bool {
    let bare = word.trim_matches(|letter: char| letter.is_ascii_punctuation() && letter != '*');
    let is_word = bare.len() <= 20 && bare.chars().all(char::is_alphabetic);
    is_word || bare.len() <= 4 && bare.bytes().all(|byte| byte.is_ascii_digit())
}

/// The place of a scalar without its quotes.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let scalar = &text[range.clone()];
    let Some(quote @ ('"' | '\'')) = scalar.chars().next() else { return range };
    let closed = scalar.len() > 1 && scalar.ends_with(quote);
    range.start + 1..range.end - usize::from(closed)
}

/// Whether a key or a variable of that name has a secret.
pub fn holds_secret(key: &str) -> bool {
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    SECRET_ENDINGS.iter().any(|ending| plain.ends_with(ending))
        || ["apikey", "headers"].iter().any(|key| strsim::normalized_damerau_levenshtein(&plain, key) >= MISSPELLED)
}

/// Hides a scalar but for the names of variables in it, which say where the secret is and not what it is.
fn hide(text: &str, range: Range<usize>, stars: &mut Vec<Range<usize>>) {
    if matches!(&text[range.clone()], "null" | "true" | "false") {
        return;
    }
    let mut from = range.start;
    while let Some(dollar) = text[from..range.end].find('$').map(|offset| from + offset) {
        let after = &text[dollar + 1..range.end];
        let shown = variable_length(after);
        // Two dollars are a dollar of the secret, and what follows them is its too.
        let hidden = usize::from(shown == 0) + usize::from(after.starts_with('$'));
        stars.push(from..dollar + hidden);
        from = dollar + hidden.max(1) + shown;
    }
    stars.push(from..range.end);
}

/// How much of what follows a dollar names a variable; a brace that is not closed does not count.
fn variable_length(after: &str) -> usize {
    let upper = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let any = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let Some(braced) = after.strip_prefix('{') else {
        let digit = after.starts_with(|letter: char| letter.is_ascii_digit());
        return if digit { 0 } else { after.len() - after.trim_start_matches(upper).len() };
    };
    let rest = braced.trim_start_matches(any);
    let name = braced.len() - rest.len();
    match rest {
        _ if rest.starts_with('}') => name + "{}".len(),
        _ if rest.starts_with(":-") && rest.contains('}') => name + "{".len(),
        _ => 0,
    }
}

/// A text without the password and the query of the URL that it may be.
pub(super) fn mask_url(text: &str) -> String {
    let mut stars = Vec::new();
    hide_in_url(text, 0..text.len(), &mut stars);
    starred(text, stars)
}

/// The places in a secret that are not the names of variables, in their order.
pub(super) fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut stars = Vec::new();
    hide(text, 0..text.len(), &mut stars);
    stars
}

/// The places of what is secret in a text that may be a URL, in their order.
pub(super) fn secrets_of_url(text: &str) -> Vec<Range<usize>> {
    let mut stars = Vec::new();
    hide_in_url(text, 0..text.len(), &mut stars);
    stars
}

/// Hides the password and the query of a URL.
fn hide_in_url(text: &str, range: Range<usize>, stars: &mut Vec<Range<usize>>) {
    let Some(scheme) = text[range.clone()].find("://") else { return };
    let start = range.start + scheme + 3;
    let rest = &text[start..range.end];
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if let Some(user) = rest[..authority].rfind('@') {
        stars.push(start..start + user);
    }
    if let Some(query) = rest.find('?') {
        stars.push(start + query + 1..range.end);
    }
}

#[cfg(test)]
mod tests {
    use super::{mask, mask_broken};

    #[test]
    fn hides_the_values_of_secret_keys_and_nothing_else() {
        let cases = [
            (r#"{ "api_key": "sk-é" }"#, r#"{ "api_key": "*****" }"#),
            (r#"{ APIKEY: 'it\'s' , PORT: 1 }"#, r#"{ APIKEY: '*****' , PORT: 1 }"#),
            (r#"{ apiKey: 15, models: ["m-key", "n"] }"#, r#"{ apiKey: **, models: ["m-key", "n"] }"#),
            ("{ APIKEY: 'a\\\nb\nc', PORT: 1 }", "{ APIKEY: '**\n*\n*', PORT: 1 }"),
            (r#"{ api_key: ["a", { b: "c" }], name: "n" }"#, r#"{ api_key: ["*", { *: "*" }], name: "n" }"#),
            (r#"{ api_kye: "sk", api_key: null }"#, r#"{ api_kye: "**", api_key: null }"#),
            (r#"{ keys: [{ name: "a", eky: "k" }], PORT: 1 }"#, r#"{ keys: [{ ****: "*", ***: "*" }], PORT: 1 }"#),
            (r#"{ auth: { token: "t0k" }, max_tokens: 5 }"#, r#"{ auth: { token: "***" }, max_tokens: 5 }"#),
        ];
        for (text, expected) in cases {
            assert_eq!(mask(text), expected);
        }
    }

    #[test]
    fn hides_what_may_be_secret_in_comments() {
        let cases = [
            ("{ // api_key: 'sk-1'\n PORT: 1 }", "{ // *******: '****'\n PORT: 1 }"),
            ("{ PORT: 1// \"\n, api_key: /* a */ 'b' }", "{ PORT: 1// \"\n, api_key: /* a */ '*' }"),
            ("{ /* my key hunter\nand = more\nwords */ }", "{ /* my key ******\nand = ****\nwords */ }"),
            ("{ // for 2 teams (see below), was sk-1 é\n }", "{ // for 2 teams (see below), was **** é\n }"),
            (
                "{ // token hunter2, 12345 abcdefghijklmnopqrstu\n }",
                "{ // token *******, ***** *********************\n }",
            ),
            ("{ /* open", "{ /* open"),
            ("{ /**/ /***/ }", "{ /**/ /***/ }"),
        ];
        for (text, expected) in cases {
            assert_eq!(mask(text), expected);
        }
    }

    #[test]
    fn shows_only_known_words_of_broken_documents() {
        let text = "{ name: \"é\", // a\n api_key: \"\"s-1é\", PORT: 1 }";
        let expected = "{ name: \"**\", ** *\n api_key: \"\"*****\", ****: * }";
        assert_eq!(mask_broken(text, |word| ["name", "api_key"].contains(&word)), expected);
    }

    #[test]
    fn shows_the_names_of_variables() {
        let cases = [
            (r#"{ api_key: "$KEY" }"#, r#"{ api_key: "$KEY" }"#),
            (r#"{ api_key: "${KEY}" }"#, r#"{ api_key: "${KEY}" }"#),
            (r#"{ api_key: "a$KEY-b" }"#, r#"{ api_key: "*$KEY**" }"#),
            (r#"{ api_key: "${KEY:-sk-1}" }"#, r#"{ api_key: "${KEY*******" }"#),
            (r#"{ api_key: "pa$$WORD" }"#, r#"{ api_key: "********" }"#),
            (r#"{ api_key: "${sk_1" }"#, r#"{ api_key: "******" }"#),
            (r#"{ api_key: "pa$word" }"#, r#"{ api_key: "*******" }"#),
        ];
        for (text, expected) in cases {
            assert_eq!(mask(text), expected);
        }
    }

    #[test]
    fn hides_what_urls_carry() {
        assert_eq!(mask("['http://u:p@h:1/v?k=1#x']"), "['http://***@h:1/v?*****']");
        assert_eq!(mask("['http://h/v1/@scope']"), "['http://h/v1/@scope']");
    }
}
