//! Signatures of reasoning on their way through clients.
//!
//! A vendor takes back only what it has signed itself. A client keeps of an answer what its own protocol has fields for.
//! So a signature that reaches a client whose protocol is another vendor's carries the name of its maker:
//! the Base64 of `wireloom:maker:signature`, because clients of some protocols read signatures as bytes, and may write
//! them again in the other alphabet of Base64. Where the protocol has no field for signatures, it hides behind the name
//! of the tool call that it belongs to, in characters that every vendor allows in such names.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::{self, URL_SAFE_NO_PAD},
    },
};
use wireloom_schema::model::{Part, Text};

use super::signature_alone;
use crate::wire::writer::Losses;

/// What a signature begins with that carries the name of its maker: the Base64 of [`PLAIN_MARK`], which is no shorter
/// because that has three times three bytes.
pub const MARK: &str = "d2lyZWxvb206";

/// What stands before the name of the maker.
const PLAIN_MARK: &str = "wireloom:";

/// What stands between the name of the maker and the signature.
const BEHIND_MAKER: char = ':';

/// Base64 with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What stands between the name of a tool call and the signature behind it.
pub const HIDDEN: &str = "_wl1-";

/// A signature and who made it.
#[derive(Debug, PartialEq, Eq)]
pub struct Seal<'a> {
    /// The maker, as specs call it.
    pub maker: Cow<'a, str>,
    /// The signature as the maker wrote it.
    pub signature: Cow<'a, str>,
}

impl<'a> Seal<'a> {
    /// Reads a signature as a client sent it; one without a maker's name is of the client's own protocol.
    pub fn read(text: &'a str, own: &'a str) -> Self {
        let plain = text.starts_with(MARK).then(|| plain(text)).flatten();
        match plain.as_deref().and_then(|plain| plain.strip_prefix(PLAIN_MARK)?.split_once(BEHIND_MAKER)) {
            Some((maker, signature)) => Seal { maker: maker.to_owned().into(), signature: signature.to_owned().into() },
            None => Seal { maker: own.into(), signature: text.into() },
        }
    }

    /// Puts the name of the maker before a signature.
    pub fn write(maker: &str, signature: &str) -> String {
        general_purpose::STANDARD.encode(format!("{PLAIN_MARK}{maker}{BEHIND_MAKER}{signature}"))
    }

    /// Puts a signature behind the name of a call.
    pub fn hide(id: &str, signature: &str) -> String {
        // One with a mark is Base64 already.
        match signature.starts_with(MARK) {
            true => format!("{id}{HIDDEN}{}", signature.replace('+', "-").replace('/', "_").trim_end_matches('=')),
            false => format!("{id}{HIDDEN}{}", URL_SAFE_NO_PAD.encode(signature)),
        }
    }

    /// The name of a call without the signature behind it, and that signature.
    pub fn uncover(id: &str) -> Option<(&str, String)> {
        let (id, hidden) = id.split_once(HIDDEN)?;
        if hidden.starts_with(MARK) {
            return Some((id, hidden.to_owned()));
        }
        let signature = URL_SAFE_NO_PAD.decode(hidden).ok()?;
        Some((id, String::from_utf8(signature).ok()?))
    }
}

/// The text in Base64 of either alphabet.
fn plain(text: &str) -> Option<String> {
    let bytes = LENIENT.decode(text.replace('-', "+").replace('_', "/")).ok()?;
    String::from_utf8(bytes).ok()
}

/// Who signs at both ends of a crossing, by the names that specs give.
#[derive(Clone, Copy, Debug)]
pub struct Signer {
    /// The client's protocol.
    pub face: &'static str,
    /// The provider.
    pub provider: &'static str,
}

impl Signer {
    /// Gives the provider its own signatures back as it wrote them, and takes away those of others.
    pub fn open(self, parts: &mut Vec<Part<'_>>, losses: &mut Losses) {
        let own = |text: &Text<'_>| {
            let seal = Seal::read(text, self.face);
            (seal.maker == self.provider).then(|| Text::from(seal.signature.into_owned()))
        };
        parts.retain_mut(|part| match part {
            Part::Reasoning { text, signature } => {
                if let Some(signed) = signature.take() {
                    *signature = own(&signed);
                    if signature.is_none() {
                        losses.note("reasoning.signature");
                    }
                }
                !text.is_empty() || signature.is_some()
            }
            Part::RedactedReasoning { data } => match own(data) {
                Some(signature) => {
                    *data = signature;
                    true
                }
                None => {
                    losses.note("assistant.redacted_reasoning");
                    false
                }
            },
            _ => true,
        });
    }

    /// Puts the maker's name before the provider's signatures.
    pub fn close(self, parts: &mut [Part<'_>]) {
        for part in parts {
            match part {
                Part::Reasoning { signature: Some(signature), .. } | Part::RedactedReasoning { data: signature } => {
                    *signature = self.sealed(std::mem::take(signature));
                }
                _ => {}
            }
        }
    }

    /// A signature of the provider's as the client is to see it.
    pub fn sealed(self, signature: Text<'_>) -> Text<'static> {
        match self.face == self.provider || signature.is_empty() {
            true => signature.into_owned(),
            false => Seal::write(self.provider, &signature).into(),
        }
    }
}

/// Moves the signatures of calls and texts to reasoning before them, which is where most dialects have them.
pub fn detach(parts: &mut Vec<Part<'_>>) {
    let mut at = 0;
    while at < parts.len() {
        let found = match &mut parts[at] {
            Part::Text { signature, .. } => signature.take(),
            Part::ToolCall { id, signature, .. } => signature.take().or_else(|| {
                let (own, hidden) = Seal::uncover(id).map(|(own, hidden)| (own.to_owned(), hidden))?;
                *id = own.into();
                Some(hidden.into())
            }),
            _ => None,
        };
        if let Some(signature) = found.filter(|signature| !signature.is_empty()) {
            match at.checked_sub(1).map(|before| &mut parts[before]) {
                Some(Part::Reasoning { signature: none @ None, .. }) => *none = Some(signature),
                _ => {
                    parts.insert(at, signature_alone(signature));
                    at += 1;
                }
            }
        }
        at += 1;
    }
}

/// Moves the signatures of reasoning to the call or the text behind it.
pub fn attach(parts: &mut Vec<Part<'_>>) {
    let mut carried = None;
    for part in parts.iter_mut() {
        match part {
            Part::Reasoning { signature, .. } => carried = signature.take().or(carried.take()),
            Part::Text { signature, .. } | Part::ToolCall { signature, .. } => *signature = carried.take(),
            _ => {}
        }
    }
    if let Some(signature) = carried {
        parts.push(signature_alone(signature));
    }
    parts.retain(|part| !matches!(part, Part::Reasoning { text, signature: None } if text.is_empty()));
}

/// Hides the signatures of reasoning behind the names of the calls that follow it.
pub fn hide(parts: &mut [Part<'_>]) {
    let mut carried: Option<Text<'_>> = None;
    for part in parts {
        match part {
            Part::Reasoning { signature, .. } => carried = signature.take().or(carried.take()),
            Part::ToolCall { id, .. } => {
                if let Some(signature) = carried.take() {
                    *id = Seal::hide(id, &signature).into();
                }
            }
            _ => {}
        }
    }
}

/// Takes the signature off the name of the call that a result answers.
pub fn open_result(part: &mut Part<'_>) {
    if let Part::ToolResult { id, .. } = part
        && let Some((own, _)) = Seal::uncover(id)
    {
        *id = own.to_owned().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_comes_back_to_its_maker_alone() {
        let there = Signer { face: "one", provider: "two" };
        let sealed = there.sealed("c2ln".into());
        assert_eq!(&*sealed, "d2lyZWxvb206dHdvOmMybG4=");
        for (provider, given) in [("two", Some("c2ln")), ("one", None), ("three", None)] {
            let mut parts = vec![Part::Reasoning { text: "thought".into(), signature: Some(sealed.clone()) }];
            Signer { face: "one", provider }.open(&mut parts, &mut Losses::default());
            let [Part::Reasoning { signature, .. }] = &parts[..] else { panic!("{parts:?}") };
            assert_eq!(signature.as_deref(), given);
        }
    }

    #[test]
    fn what_hides_behind_a_name_is_found_again() {
        // Among them are signatures of which the Base64 has characters of the one alphabet alone.
        for signature in ["a+b/c==", "c2ln", "\u{3ff}\u{3ff}\u{3fe}>>>???", "Zm9v-_A"] {
            for marked in [Seal::write("two", signature), signature.to_owned()] {
                let hidden = Seal::hide("call_1", &marked);
                assert!(hidden.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{hidden}");
                let Some((id, found)) = Seal::uncover(&hidden) else { panic!("{hidden}") };
                assert_eq!((id, &*Seal::read(&found, "two").signature), ("call_1", signature));
                assert_eq!(Seal::read(&found, "two").maker, "two");
            }
        }
        assert_eq!(Seal::uncover("call_1"), None);
    }

    #[test]
    fn a_client_may_write_the_bytes_of_a_seal_in_its_own_alphabet() {
        let sealed = Seal::write("two", "\u{3ff}\u{3ff}\u{3fe}>>>???");
        let rewritten = sealed.replace('+', "-").replace('/', "_");
        assert!(sealed != rewritten && sealed.starts_with(MARK), "{sealed}");
        for text in [&*sealed, &*rewritten, rewritten.trim_end_matches('=')] {
            assert_eq!(
                Seal::read(text, "one"),
                Seal { maker: "two".into(), signature: "\u{3ff}\u{3ff}\u{3fe}>>>???".into() }
            );
        }
        // What only begins like one is the client's own.
        assert_eq!(Seal::read(MARK, "one").maker, "one");
    }
}
