//! JSON that nobody here looks into: tool arguments, schemas, server-side tool parts.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny},
};
use serde_json::value::RawValue;

/// The text of one valid JSON value, kept as it came: key order, number text, spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<'a>(Cow<'a, str>);

impl<'a> Json<'a> {
    /// The empty object, which is what tool calls without arguments carry.
    pub const EMPTY: Json<'static> = Json(Cow::Borrowed("{}"));

    /// The text of the value.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// A second handle on the same value, without a copy.
    pub fn borrowed(&'a self) -> Json<'a> {
        Json(Cow::Borrowed(&self.0))
    }

    /// Reads JSON that stands inside a string, as tool arguments do in several protocols.
    ///
    /// Empty text is the empty object. Text that is not JSON becomes a JSON string holding it, so that nothing is
    /// lost; [`Json::embedded`] gives the same text back.
    pub fn from_embedded(text: Cow<'a, str>) -> Self {
        if text.trim().is_empty() {
            return Self::EMPTY;
        }
        match serde_json::from_str::<IgnoredAny>(&text) {
            Ok(_) => Json(text),
            Err(_) => Json(Cow::Owned(serde_json::Value::from(text.as_ref()).to_string())),
        }
    }

    /// The text to put inside a string: the inverse of [`Json::from_embedded`].
    pub fn embedded(&self) -> Cow<'_, str> {
        match self.0.strip_prefix('"') {
            Some(_) => serde_json::from_str(&self.0).map_or(Cow::Borrowed(&*self.0), Cow::Owned),
            None => Cow::Borrowed(&self.0),
        }
    }

    /// Takes text that is known to be one JSON value, such as what this program wrote itself.
    pub fn from_written(text: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<IgnoredAny>(&text)?;
        Ok(Json(Cow::Owned(text)))
    }

    /// The same value with its own storage.
    pub fn into_owned(self) -> Json<'static> {
        Json(Cow::Owned(self.0.into_owned()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: &'de RawValue = Deserialize::deserialize(deserializer)
            .map_err(|error: D::Error| de::Error::custom(format_args!("JSON kept as text: {error}")))?;
        Ok(Json(Cow::Borrowed(raw.get())))
    }
}
