//! Where and how an API is called.

use crate::document::Origin;

/// Where and how an API is called.
#[derive(Clone, Debug, Default)]
pub struct Http {
    /// The bases that a face is served below.
    pub serve: Vec<String>,
    /// The path of the call.
    pub call: Option<Address>,
    /// The path of a streamed call, where it is another.
    pub stream: Option<Address>,
    /// The path at which a face counts tokens.
    pub count: Option<Address>,
    /// The keys of a request that a provider does not take where it counts tokens, if it counts any.
    pub count_omits: Option<Vec<String>>,
    /// The path at which a face lists models.
    pub models: Option<Address>,
    /// Whole paths at which a face takes what its clients tell of themselves, and forgets it.
    pub ignores: Vec<String>,
    /// The provider's base URL.
    pub base: Option<Address>,
    /// What stands for the names in URLs and headers.
    pub variables: Vec<Variable>,
    /// Hosts by which a provider is recognised.
    pub hosts: Vec<String>,
    /// The ways of showing the key, the usual one first; none for APIs without one.
    pub auth: Vec<Auth>,
    /// Constant headers.
    pub headers: Vec<(String, Address)>,
    /// Client headers that are passed on.
    pub forward: Vec<String>,
    /// Statuses that differ from the usual ones, by error kind in Rust's spelling.
    pub status: Vec<(&'static str, u16)>,
}

/// A path, URL or header in which `${name}` stands for a value.
#[derive(Clone, Debug)]
pub struct Address {
    /// All of it.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A value that a URL or header holds.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name there, and among the options of a transformer.
    pub name: String,
    /// What it is, if no option says so: the first environment variable (`$NAME`) that is set, or a text.
    pub sources: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// A way of showing the key.
#[derive(Clone, Debug)]
pub struct Auth {
    /// The option of a transformer that asks for it, if it is not the usual way.
    pub option: Option<String>,
    /// How.
    pub way: Way,
}

/// How a key is shown.
#[derive(Clone, Debug)]
pub enum Way {
    /// In a header, with `${key}` in its value.
    Header(String, String),
    /// In the query, under this name.
    Query(String),
    /// By access tokens of Google's; the variable of this name says of which service account.
    Gcp(String),
    /// By signatures of AWS's for this service, in the region that the variable of this name says.
    Sigv4(String, String),
}

impl Address {
    /// The names of the values that it holds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
    }

    /// Whether it holds a value of that name.
    pub fn holds(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

impl Way {
    /// The variable that it needs.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Way::Header(..) | Way::Query(_) => None,
            Way::Gcp(name) | Way::Sigv4(_, name) => Some(name),
        }
    }
}

impl Http {
    /// What may hold variables.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        let paths = [&self.call, &self.stream, &self.count, &self.models, &self.base];
        paths.into_iter().flatten().chain(self.headers.iter().map(|(_, value)| value))
    }

    /// Whether a request's value is said by the path: the model where the path holds it, streaming where that has a
    /// path of its own.
    pub fn says(&self, field: &str) -> bool {
        match field {
            "model" => self.call.as_ref().is_some_and(|call| call.holds("model")),
            "stream" => self.stream.is_some(),
            _ => false,
        }
    }
}
