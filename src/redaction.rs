//! Secrets that must not be kept: stars in their places in what people and models say.
//!
//! What the configuration holds is found by what it is, or by its digest where only that is known; keys of others by how
//! keys look. What a stream tells in pieces is not put together for it.

use std::{borrow::Cow, sync::LazyLock};

use memchr::memmem;
use regex::bytes::{Captures, Regex, RegexBuilder};
use wireloom_schema::config::{Config, Digest, PluginConfig, STARS, Secret, holds_secret};

/// The shortest secret that is looked for: shorter ones are words that say that there is none.
const SHORTEST: usize = 8;

/// The shortest part of a key of several, as in `id:secret`, that is looked for by itself.
const SHORTEST_PART: usize = 16;

/// How far before the end of what was cut off a key is looked for that was cut through.
const LONGEST: usize = 4 << 10;

/// How keys look; what the first group holds is shown.
const SHAPES: [&str; 4] = [
    r"(?i)\b((?:bearer|basic)\s+)[a-z0-9._~+/=-]{8,}",
    r#"(?i)((?:api[-_ ]?key|password|passwd|secret|authorization|(?:access|auth|refresh|session)[-_]?token)["'\\]*\s*[:=]\s*["'\\]*)[a-z0-9._~+/=!@#$%^&*-]{8,}"#,
    r"\b()(?:(?:sk|pk|rk|gsk|csk|gh[opsu]|github_pat|hf|xai|nvapi|pplx|glpat|xox[abpr]|r8|fw)[-_][A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,}|A[KS]IA[A-Z0-9]{16}\b|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)",
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]+",
];

/// The shapes, which a test proves to be sound.
static SHAPED: LazyLock<Vec<Regex>> = LazyLock::new(|| SHAPES.iter().filter_map(|shape| regex(shape)).collect());

/// What may be a key that is known by its digest.
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"[A-Za-z0-9._~+/@-]{8,256}={0,2}"));

fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// What is secret under a configuration. Nothing prints it.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    /// The longest first: one may be a part of another.
    values: Vec<Secret>,
    digests: Vec<Digest>,
}

impl Redaction {
    /// All that a configuration knows to be secret.
    pub fn new(config: &Config) -> Self {
        let mut known = Self::default();
        known.digests.extend(config.api_key.iter().map(|key| Digest::of(key.reveal())));
        known.digests.extend(config.keys.iter().map(|key| key.digest));
        for provider in &config.providers {
            let own = provider.api_keys.iter().chain(provider.headers.values()).chain(&provider.proxy);
            own.chain([&provider.api_key]).for_each(|secret| known.add(secret));
        }
        config.proxy_url.iter().chain(config.otlp.headers.values()).for_each(|secret| known.add(secret));
        config.plugins.iter().for_each(|plugin| known.add_plugin(plugin));
        let named = config.variables.iter().chain(&config.environment).filter(|(name, _)| holds_secret(name));
        named.for_each(|(_, secret)| known.add(secret));
        known.sorted()
    }

    /// With what is secret under another configuration.
    pub fn with(mut self, other: &Self) -> Self {
        self.values.extend(other.values.iter().cloned());
        self.digests.extend(&other.digests);
        self.sorted()
    }

    fn sorted(mut self) -> Self {
        self.values.sort_by(|one, other| {
            let (one, other) = (one.reveal(), other.reveal());
            other.len().cmp(&one.len()).then_with(|| one.cmp(other))
        });
        self.values.dedup_by(|one, other| one.reveal() == other.reveal());
        self
    }

    fn add_plugin(&mut self, plugin: &PluginConfig) {
        for handler in &plugin.options.output_handlers {
            let auth =
                handler.config.auth.iter().flat_map(|auth| auth.token.iter().chain(&auth.password).chain(&auth.value));
            handler.config.headers.values().chain(auth).for_each(|secret| self.add(secret));
        }
    }

    /// A secret, its parts, the password of the URL that it may be, and how each stands in JSON.
    fn add(&mut self, secret: &Secret) {
        let whole = secret.reveal();
        let password = whole.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')?.0.split_once(':'));
        let parts = whole.split([':', ' ']).filter(|part| part.len() >= SHORTEST_PART && *part != whole);
        for text in [whole].into_iter().chain(parts).chain(password.map(|(_, password)| password)) {
            if text.len() >= SHORTEST {
                let quoted = serde_json::Value::from(text).to_string();
                let within = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default();
                self.values.extend((within != text).then(|| Secret::new(within)));
                self.values.push(Secret::new(text));
            }
        }
    }

    /// What was said, with stars in place of secrets. `cut` says that it goes on: what may be the beginning of a secret at
    /// its end is left out.
    pub fn hide<'t>(&self, text: &'t [u8], cut: bool) -> Cow<'t, [u8]> {
        let mut text = Cow::Borrowed(&text[..if cut { whole(text) } else { text.len() }]);
        for value in &self.values {
            text = changed(without(&text, value.reveal().as_bytes())).map_or(text, Cow::Owned);
        }
        let known = |word: &[u8]| {
            let word = String::from_utf8_lossy(word);
            let bare = word.trim_end_matches(['.', '/']);
            let is_known = |word: &str| self.digests.contains(&Digest::of(word));
            is_known(&word) || bare != word && is_known(bare)
        };
        if let Some(words) = WORD.as_ref().filter(|_| !self.digests.is_empty()) {
            let stars = |word: &Captures<'_>| if known(&word[0]) { STARS.into() } else { word[0].to_vec() };
            text = changed(words.replace_all(&text, stars)).map_or(text, Cow::Owned);
        }
        for shape in SHAPED.iter() {
            let stars = |found: &Captures<'_>| [&found[1], STARS.as_bytes()].concat();
            text = changed(shape.replace_all(&text, stars)).map_or(text, Cow::Owned);
        }
        text
    }

    /// The same of a short text.
    pub fn hide_in(&self, text: &mut String) {
        if let Cow::Owned(hidden) = self.hide(text.as_bytes(), false)
            && hidden != text.as_bytes()
        {
            *text = String::from_utf8_lossy(&hidden).into_owned();
        }
    }
}

fn changed(text: Cow<'_, [u8]>) -> Option<Vec<u8>> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(changed) => Some(changed),
    }
}

/// How much of what was cut off is whole words.
fn whole(text: &[u8]) -> usize {
    let from = text.len().saturating_sub(LONGEST);
    let end = text[from..].iter().rposition(|byte| byte.is_ascii_whitespace() || b"\"',".contains(byte));
    end.map_or(from, |at| from + at)
}

/// A text with stars in place of a secret, if that stands in it.
fn without<'t>(text: &'t [u8], secret: &[u8]) -> Cow<'t, [u8]> {
    let (mut hidden, mut from) = (Vec::new(), 0);
    for at in memmem::find_iter(text, secret) {
        hidden.extend([&text[from..at], STARS.as_bytes()].concat());
        from = at + secret.len();
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    hidden.extend(&text[from..]);
    Cow::Owned(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(redaction: &Redaction, text: &str, cut: bool) -> String {
        String::from_utf8_lossy(&redaction.hide(text.as_bytes(), cut)).into_owned()
    }

    #[test]
    fn what_looks_like_a_key_is_hidden_and_what_looks_like_a_name_is_not() {
        assert_eq!(SHAPED.len(), SHAPES.len());
        let none = Redaction::default();
        for (text, wanted) in [
            ("see sk-proj-0123456789abcdef_-x.", "see ********."),
            (r#"{"Authorization":"Bearer abc.def-0123"}"#, r#"{"Authorization":"Bearer ********"}"#),
            (r#"{\"api_key\": \"hunter2hunter2\"}"#, r#"{\"api_key\": \"********\"}"#),
            ("export X_API_KEY=hunter2hunter2 && go", "export X_API_KEY=******** && go"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA",
                "-----BEGIN RSA PRIVATE KEY-----********-----END RSA",
            ),
        ] {
            assert_eq!(hidden(&none, text, false), wanted);
        }
        for text in [
            "toolu_01A09q90qw90lq917835lq9",
            "a task-0123456789abcdefgh",
            "the api key is missing",
            "max_tokens: 12345678",
        ] {
            assert_eq!(hidden(&none, text, false), text);
        }
    }

    #[test]
    fn what_is_known_is_hidden_wherever_it_stands() {
        let mut known = Redaction { digests: vec![Digest::of("team-key-1")], ..Redaction::default() };
        for secret in
            ["plain words", "a\"quoted\"one", "http://me:proxy-pass@host/", "id-0123456789abcdef:half-0123456789abc"]
        {
            known.add(&Secret::new(secret));
        }
        let known = known.sorted();
        for (text, wanted) in [
            ("say plain words, say team-key-1.", "say ********, say ********"),
            (r#"{"a":"a\"quoted\"one"}"#, r#"{"a":"********"}"#),
            ("proxy-pass half-0123456789abc", "******** ********"),
            ("team-key-12", "team-key-12"),
        ] {
            assert_eq!(hidden(&known, text, false), wanted);
        }
        assert_eq!(hidden(&known, "all of team-ke", true), "all of");
    }
}
