//! Who may ask, how they show it, and how much they may ask: `keys`, `hosts`, `cors` and `limits`.

use std::{num::NonZeroU32, time::SystemTime};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};

use super::{
    digest::Digest,
    kind::{Whole, maybe_secret, text, whole},
    read::without_null,
    routes::Declared,
    secret::Secret,
    tell::given,
};
use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
};

/// The largest of the numbers here.
const MOST: u64 = u32::MAX as u64;

/// The seconds of a day.
const DAY: u64 = 24 * 60 * 60;

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

/// A key for clients as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeyConfig", extend("errorMessage" = "expected a key, which is an object"))]
struct KeyFields {
    /// What records and messages call it.
    #[serde(deserialize_with = "text")]
    #[schemars(with = "String", extend("pattern" = r"\S", "errorMessage" = "expected a name", "errorCode" = "C004"))]
    name: String,
    /// The key itself, best as `$VARIABLE`; or else its `hash`.
    #[serde(default, deserialize_with = "maybe_secret")]
    #[schemars(with = "Secret")]
    key: Option<Secret>,
    /// The SHA-256 of the key in hexadecimal digits, in place of the key.
    #[serde(default)]
    hash: Option<Digest>,
    /// What it is for; `inference` alone if it is missing.
    #[serde(default)]
    #[schemars(extend("errorMessage" = "expected a list of scopes"))]
    scopes: Option<Vec<Scope>>,
    /// The last day on which it is good, in UTC, as `2027-01-31`; or the moment, as `2027-01-31T12:00:00Z`.
    #[serde(default)]
    #[schemars(extend("errorMessage" = "expected a day", "examples" = ["2027-01-31"]))]
    expires: Option<String>,
    /// How many requests a minute it may make; `limits.requests_per_minute` if it is missing.
    #[serde(default, deserialize_with = "maybe_positive")]
    #[schemars(with = "Whole<1, MOST>")]
    requests_per_minute: Option<NonZeroU32>,
}

impl TryFrom<KeyFields> for KeyConfig {
    type Error = String;

    fn try_from(fields: KeyFields) -> Result<Self, String> {
        let name = fields.name;
        if name.is_empty() {
            return Err("a key has no name".into());
        }
        let digest = match (fields.key.as_ref().map(Secret::reveal), fields.hash) {
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
#[schemars(extend("pattern" = ORIGIN, "errorMessage" = "expected an origin, as `https://host` or `https://host:port`"))]
pub struct Origin(String);

/// What an origin looks like, or a variable that has one.
const ORIGIN: &str = r"^\s*(\*|[^/?#@\s]+://[^/?#@\s]+/*)\s*$|\$";

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
            false => Err("expected `https://host` or `https://host:port`"),
        }
    }
}

/// Which web pages may use the service (`cors`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// Their origins; `*` for all, which needs keys.
    #[schemars(extend("errorMessage" = "expected a list of origins"))]
    pub origins: Vec<Origin>,
}

/// How much the service takes (`limits`). Those of connections are read when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("examples" = [{ "body_mb": 32, "connections_per_client": 100 }]))]
pub struct ServiceLimits {
    /// The largest body of a request, in MiB.
    #[serde(deserialize_with = "positive")]
    #[schemars(with = "Whole<1, 4096>")]
    pub body_mb: NonZeroU32,
    /// The most connections at once; further ones wait. Any number if it is missing.
    #[serde(deserialize_with = "maybe_positive")]
    #[schemars(with = "Whole<1, MOST>")]
    pub connections: Option<NonZeroU32>,
    /// The most connections at once from one address; further ones are closed. Any number if it is missing.
    #[serde(deserialize_with = "maybe_positive")]
    #[schemars(with = "Whole<1, MOST>")]
    pub connections_per_client: Option<NonZeroU32>,
    /// How long the head of a request may take, in seconds.
    #[serde(deserialize_with = "positive")]
    #[schemars(with = "Whole<1, MOST>")]
    pub head_seconds: NonZeroU32,
    /// The longest silence within the body of a request, in seconds.
    #[serde(deserialize_with = "positive")]
    #[schemars(with = "Whole<1, MOST>")]
    pub body_seconds: NonZeroU32,
    /// How long running answers may take to finish once the service is told to end, in seconds.
    #[serde(deserialize_with = "whole")]
    #[schemars(with = "Whole<0, DAY>")]
    pub shutdown_seconds: u32,
    /// How long a client may leave unread what is sent to it, in seconds; then its connection is closed.
    #[serde(deserialize_with = "positive")]
    #[schemars(with = "Whole<1, MOST>")]
    pub write_seconds: NonZeroU32,
    /// How long a connection of HTTP/2 may be open on which nothing is asked, in seconds; then it is closed.
    #[serde(deserialize_with = "positive")]
    #[schemars(with = "Whole<1, MOST>")]
    pub idle_seconds: NonZeroU32,
    /// How many requests a minute a key may make that says nothing else, `APIKEY` among them; without any key, how many
    /// all may make together. Any number if it is missing.
    #[serde(deserialize_with = "maybe_positive")]
    #[schemars(with = "Whole<1, MOST>")]
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
            shutdown_seconds: 30,
            write_seconds: number(300),
            idle_seconds: number(300),
            requests_per_minute: None,
        }
    }
}

fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU32, D::Error> {
    NonZeroU32::new(whole(deserializer)?).ok_or_else(|| D::Error::custom("expected a whole number from 1"))
}

fn maybe_positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NonZeroU32>, D::Error> {
    positive(deserializer).map(Some)
}

/// Tells of keys that are none, and of names and keys that stand twice.
pub(super) fn check(root: &Node, declared: &Declared<'_>, told: &mut Vec<Diagnostic>) {
    let mut seen: Vec<KeyConfig> = Vec::new();
    for node in given(root, "keys").map(Node::elements).unwrap_or_default() {
        let known = node.entries().iter().all(|entry| declared.is_known(&entry.node));
        // What the schema does not take is told of already.
        let Some(fields) = serde_json::from_value::<KeyFields>(without_null(node)).ok().filter(|_| known) else {
            continue;
        };
        let at = match &node.value {
            Value::Object(_) => node.get("name").map_or(&node.origin, |name| &name.origin),
            _ => &node.origin,
        };
        let key = match KeyConfig::try_from(fields) {
            Ok(key) => key,
            Err(message) => {
                told.push(Diagnostic::error("C020", at, message));
                continue;
            }
        };
        let twice = if seen.iter().any(|other| other.name == key.name) {
            Some(format!("two keys are called `{}`", key.name))
        } else {
            let same = seen.iter().find(|other| other.digest == key.digest);
            same.map(|other| format!("`{}` and `{}` have the same key", other.name, key.name))
        };
        let label = "who asks could not be told by it";
        told.extend(twice.map(|message| Diagnostic::error("C021", at, message).label(label)));
        seen.push(key);
    }
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
