//! What a key is known by where nobody needs the key itself.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::kind::VARIABLE;

/// The SHA-256 of a key. It is compared in constant time.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// That of a key.
    pub fn of(key: &str) -> Self {
        Self(<Sha256 as sha2::Digest>::digest(key).into())
    }

    /// Whether it is another one, in a time that tells nothing of where they differ.
    pub fn is(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.is(other).into()
    }
}

impl Eq for Digest {}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        const WRONG: &str = "expected a SHA-256 in 64 hexadecimal digits";
        let digits = text.trim();
        let digits = digits.strip_prefix("sha256:").unwrap_or(digits).as_bytes();
        let mut digest = [0; 32];
        if digits.len() != 2 * digest.len() {
            return Err(WRONG);
        }
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16);
            let value = digit(0).zip(digit(1)).map(|(high, low)| 16 * high + low);
            *byte = value.and_then(|value| u8::try_from(value).ok()).ok_or(WRONG)?;
        }
        Ok(Self(digest))
    }
}

impl JsonSchema for Digest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": format!(r"^\s*(sha256:)?[0-9A-Fa-f]{{64}}\s*$|{VARIABLE}"),
            "errorMessage": "expected a SHA-256 in 64 hexadecimal digits, as `printf %s KEY | sha256sum` gives it",
            "errorCode": "C005",
        })
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}
