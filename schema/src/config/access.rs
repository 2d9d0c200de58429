//! Who may ask, how they show it, and how much they may ask: `keys`, `hosts`, `cors` and `limits`.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::SystemTime,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    digest::Digest,
    reader::{Reader, given},
    secret::Secret,
    section::section,
};
use crate::{diagnostic::Diagnostic, document::Node};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Asking models, counting tokens, listing models.
    Inference,
    /// Looking at the service: its records, metrics, logs and configuration.
    Read,
    /// Changing it.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 3] = [Scope::Inference, Scope::Read, Scope::Admin];

    /// Its name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Inference => "inference",
            Scope::Read => "read",
            Scope::Admin => "admin",
        }
    }
}

/// A key with a name, for one client or one team (`keys`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "KeyFields")]
pub struct KeyConfig {
    /// What records and messages call it.
    pub name: String,
    /// What it is known by.
    pub digest: Digest,
    /// What it is for.
    pub scopes: Vec<Scope>,
    /// Until when it is good.
    pub expires: Option<SystemTime>,
    /// How many requests a minute it may make.
    pub requests_per_minute: Option<NonZeroU32>,
}

/// A key as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeyFields {
    /// What records and messages call it.
    name: String,
    /// The key itself, best as `$VARIABLE`; or else its `hash`.
    #[serde(default)]
    key: Option<Secret>,
    /// The SHA-256 of the key in hexadecimal digits, in place of the key.
    #[serde(default)]
    hash: Option<Digest>,
    /// What it is for: `inference`, `read`, `admin`; `inference` alone if it is missing.
    #[serde(default)]
    scopes: Option<Vec<Scope>>,
    /// The last day on which it is good, in UTC, as `2027-01-31`; or the moment, as `2027-01-31T12:00:00Z`.
    #[serde(default)]
    expires: Option<String>,
    /// How many requests a minute it may make; `limits.requests_per_minute` if it is missing.
    #[serde(default)]
    requests_per_minute: Option<NonZeroU32>,
}

impl TryFrom<KeyFields> for KeyConfig {
    type Error = String;

    fn try_from(fields: KeyFields) -> Result<Self, String> {
        let name = fields.name.trim().to_owned();
        if name.is_empty() {
            return Err("a key has no name".into());
        }
        let given = fields.key.as_ref().map(|key| key.reveal().trim()).filter(|key| !key.is_empty());
        let digest = match (given, fields.hash) {
            (Some(key), None) => Digest::of(key),
            (None, Some(hash)) => hash,
            _ => return Err(format!("the key `{name}` must have either `key` or `hash`, and not an empty one")),
        };
        let expires = fields.expires.as_deref().map(end).transpose();
        let expires = expires.map_err(|()| {
            format!("`expires` of the key `{name}` is no date: write 2027-01-31, or 2027-01-31T12:00:00Z")
        })?;
        let scopes = fields.scopes.unwrap_or_else(|| vec![Scope::Inference]);
        Ok(Self { name, digest, scopes, expires, requests_per_minute: fields.requests_per_minute })
    }
}

/// The moment at which a day ends, or the moment itself.
fn end(text: &str) -> Result<SystemTime, ()> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.into());
    }
    let day: Date = text.parse().map_err(|_| ())?;
    let end = day.tomorrow().and_then(|day| day.to_zoned(TimeZone::UTC)).map_err(|_| ())?;
    Ok(end.timestamp().into())
}

/// A web page's origin, as browsers tell it: `https://host` or `https://host:port`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct Origin(String);

impl Origin {
    /// Whether a page's origin is this one. `*` is every page's.
    pub fn is(&self, origin: &str) -> bool {
        self.is_any() || self.0.eq_ignore_ascii_case(origin)
    }

    /// Whether it stands for every page's.
    pub fn is_any(&self) -> bool {
        self.0 == "*"
    }
}

impl TryFrom<String> for Origin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let text = text.trim().trim_end_matches('/').to_owned();
        let host = text.split_once("://").map(|(_, host)| host);
        match text == "*" || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@'])) {
            true => Ok(Self(text)),
            false => Err("an origin is written `https://host` or `https://host:port`"),
        }
    }
}

/// Which web pages may use the service (`cors`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// Their origins; `*` for all, which needs keys.
    pub origins: Vec<Origin>,
}

/// How much the service takes (`limits`). Those of connections are read when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceLimits {
    /// The largest body of a request, in MiB.
    pub body_mb: NonZeroU32,
    /// The most connections at once; further ones wait. Any number if it is missing.
    pub connections: Option<NonZeroUsize>,
    /// The most connections at once from one address; further ones are closed. Any number if it is missing.
    pub connections_per_client: Option<NonZeroUsize>,
    /// How long the head of a request may take, in seconds.
    pub head_seconds: NonZeroU32,
    /// The longest silence within the body of a request, in seconds.
    pub body_seconds: NonZeroU32,
    /// How many requests a minute a key may make that says nothing else, `APIKEY` among them; without any key, how many
    /// all may make together. Any number if it is missing.
    pub requests_per_minute: Option<NonZeroU32>,
}

impl Default for ServiceLimits {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            body_mb: number(64),
            connections: None,
            connections_per_client: None,
            head_seconds: number(30),
            body_seconds: number(60),
            requests_per_minute: None,
        }
    }
}

/// Reads `keys`, in which no name and no key may stand twice.
pub(super) fn read_keys(root: &Node, reader: &mut Reader) -> Vec<KeyConfig> {
    let keys: Vec<KeyConfig> = section(root, "keys", reader);
    let Some(node) = given(root, "keys") else { return keys };
    for (number, key) in keys.iter().enumerate() {
        let before = &keys[..number];
        let message = if before.iter().any(|other| other.name == key.name) {
            format!("two keys are called `{}`", key.name)
        } else if before.iter().any(|other| other.digest == key.digest) {
            format!("the key `{}` is that of another name", key.name)
        } else {
            continue;
        };
        let place = node.elements().get(number).unwrap_or(node);
        reader.tell(Diagnostic::error("C015", &place.origin, message).label("who asks could not be told by it"));
    }
    keys
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn refused(key: Value) -> String {
        from_value::<KeyConfig>(key).unwrap_err().to_string()
    }

    #[test]
    fn a_key_is_known_by_itself_or_by_its_hash() {
        let plain: KeyConfig = from_value(json!({ "name": "a", "key": "abc" })).unwrap();
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for hash in [hash.to_owned(), hash.to_uppercase(), format!("sha256:{hash}")] {
            let hashed: KeyConfig = from_value(json!({ "name": "a", "hash": hash })).unwrap();
            assert_eq!(hashed.digest, plain.digest);
        }
        assert_eq!(plain.scopes, [Scope::Inference]);
    }

    #[test]
    fn what_is_no_key_is_refused_without_telling_it() {
        for key in [
            json!({ "name": "", "key": "s3cr3t" }),
            json!({ "name": "a" }),
            json!({ "name": "a", "key": "" }),
            json!({ "name": "a", "key": "s3cr3t", "hash": "0".repeat(64) }),
            json!({ "name": "a", "hash": "s3cr3t" }),
            json!({ "name": "a", "key": "s3cr3t", "expires": "soon" }),
            json!({ "name": "a", "key": "s3cr3t", "scopes": ["all"] }),
            json!({ "name": "a", "key": "s3cr3t", "requests_per_minute": 0 }),
        ] {
            let told = refused(key.clone());
            assert!(!told.contains("s3cr3t"), "{key}: {told}");
        }
    }

    #[test]
    fn a_day_is_good_to_its_end() {
        let at = |text: &str| end(text).map(|time| Timestamp::try_from(time).unwrap().to_string());
        assert_eq!(at("2027-01-31"), Ok("2027-02-01T00:00:00Z".into()));
        assert_eq!(at("2027-01-31T12:00:00+01:00"), Ok("2027-01-31T11:00:00Z".into()));
        assert!(at("31.1.2027").is_err() && at("").is_err());
    }

    #[test]
    fn an_origin_is_a_pages_and_no_path() {
        for good in ["https://a.example", "http://localhost:5173/", "vscode-webview://x", "*"] {
            assert!(Origin::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "a.example", "https://", "https://a.example/path", "https://u@a.example"] {
            assert!(Origin::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
