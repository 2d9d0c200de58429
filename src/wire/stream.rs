//! What generated modules tell of themselves, and what their streams need to know of an answer.

use wireloom_schema::model::{ErrorKind, Json, Text};

use super::frames::Framing;

/// What a spec says of its API beyond bodies.
#[derive(Debug)]
pub struct Facts {
    /// The spec's name.
    pub name: &'static str,
    /// The dialect that it is or extends.
    pub dialect: &'static str,
    /// Other names for it in configurations.
    pub aliases: &'static [&'static str],
    /// The path that it is served at, if it is a face.
    pub serve: Option<&'static str>,
    /// The path at which it counts tokens, if it does.
    pub count: Option<&'static str>,
    /// The path at which it lists models, if it does.
    pub models: Option<&'static str>,
    /// Its base URL, if it is a provider with one.
    pub base: Option<&'static str>,
    /// Hosts that it is recognised by.
    pub hosts: &'static [&'static str],
    /// The path of the call, below the base URL.
    pub call: &'static str,
    /// The header that carries the key, and its value with `${key}` in it.
    pub auth: Option<(&'static str, &'static str)>,
    /// Constant headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// Client headers that are passed on.
    pub forward: &'static [&'static str],
    /// Statuses that differ from the usual ones.
    pub status: &'static [(ErrorKind, u16)],
    /// How its streams are framed.
    pub framing: Framing,
    /// Whether options given with its name are fields of each request's body.
    pub body_options: bool,
}

impl Facts {
    /// The HTTP status for an error.
    pub fn status_of(&self, kind: ErrorKind) -> u16 {
        let own = self.status.iter().find(|(known, _)| *known == kind).map(|(_, status)| *status);
        own.unwrap_or_else(|| kind.status())
    }

    /// The kind of error that a status tells.
    pub fn kind_of(&self, status: u16) -> ErrorKind {
        let own = self.status.iter().find(|(_, known)| *known == status).map(|(kind, _)| *kind);
        own.unwrap_or_else(|| ErrorKind::from_status(status))
    }
}

/// What every frame of an answer may repeat.
#[derive(Clone, Debug, Default)]
pub struct Head<'a> {
    /// The answer's name.
    pub id: Option<Text<'a>>,
    /// The model that answers.
    pub model: Option<Text<'a>>,
    /// When it began, in seconds since 1970.
    pub created: Option<u64>,
}

/// What passing a request through needs to know of it.
#[derive(Debug)]
pub struct Peek<'a> {
    /// The model's name as JSON, borrowed: its place in the text is where another name can be put.
    pub model: Option<Json<'a>>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The key at which the model's name stands.
    pub key: &'static str,
}
