//! What generated modules tell of themselves, and what their streams need to know of an answer.

use wireloom_schema::{
    config::PriceConfig,
    model::{ErrorKind, Json},
};

use super::frames::Framing;
use crate::{fit::demands::Demands, tokens::Weights};

/// What a spec says of its API beyond bodies.
#[derive(Debug)]
pub struct Facts {
    /// The spec's name.
    pub name: &'static str,
    /// What OpenTelemetry's conventions call the vendor.
    pub vendor: &'static str,
    /// The dialect that it is or extends.
    pub dialect: &'static str,
    /// Other names for it in configurations.
    pub aliases: &'static [&'static str],
    /// The bases that it is served below, if it is a face.
    pub serve: &'static [&'static str],
    /// The path of the call, below the base; `${model}` stands for the model.
    pub call: &'static str,
    /// The path of a streamed call, where it is another.
    pub stream: Option<&'static str>,
    /// The path at which it counts tokens, if it does.
    pub count: Option<&'static str>,
    /// The path at which it lists models, if it does.
    pub models: Option<&'static str>,
    /// Whole paths at which it takes what its clients tell of themselves, and forgets it.
    pub ignores: &'static [&'static str],
    /// Its base URL, if it is a provider with one.
    pub base: Option<&'static str>,
    /// What stands for the names in its URLs and headers: environment variables (`$NAME`) and texts, of which the first
    /// that is there counts.
    pub variables: &'static [(&'static str, &'static [&'static str])],
    /// Hosts that it is recognised by.
    pub hosts: &'static [&'static str],
    /// The ways of showing the key, the usual one first.
    pub auth: &'static [Auth],
    /// Constant headers, which may hold variables.
    pub headers: &'static [(&'static str, &'static str)],
    /// Client headers that are passed on.
    pub forward: &'static [&'static str],
    /// Statuses that differ from the usual ones.
    pub status: &'static [(ErrorKind, u16)],
    /// How its streams are framed.
    pub framing: Framing,
    /// How they are for clients that leave out the query of the stream's path.
    pub bare: Option<Framing>,
    /// Whose signatures of reasoning it makes and takes, by the name that specs give.
    pub signatures: &'static str,
    /// What its spec has places for beside the usual.
    pub places: Places,
    /// Whether requests in the dialect's own words may go to it byte for byte, but for the model's name.
    pub passes: bool,
    /// What a request is fitted to before it is written.
    pub demands: Demands,
    /// What is counted otherwise than by its words, if the spec says it.
    pub weights: Option<Weights>,
    /// How it counts tokens itself, if it does.
    pub counting: Option<Counting>,
    /// What is known of its models.
    pub models_known: &'static [ModelFacts],
    /// The tags between which thoughts stand at the beginning of an answer's text.
    pub thoughts: Option<(&'static str, &'static str)>,
    /// The keys of the words in its reasoning, where that is a list of objects which must come back as they were.
    pub details: Option<&'static [&'static str]>,
    /// Whether options given with its name are fields of each request's body.
    pub body_options: bool,
}

/// What a spec has places for, where the gateway acts on it. What has none is told in another way, see
/// [`crossing`](crate::crossing).
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// Signatures of reasoning.
    pub reasoning_signature: bool,
    /// Signatures of tool calls.
    pub call_signature: bool,
    /// Tools whose input is free text, and their calls.
    pub custom_tools: bool,
    /// Groups of tools.
    pub namespaces: bool,
    /// A search of the web that the vendor runs.
    pub web_search: bool,
    /// Steps for parts that are whole.
    pub whole_parts: bool,
    /// A step for an answer that was cut off.
    pub incomplete: bool,
    /// The answer so far, in frames of its stream.
    pub answer_so_far: bool,
    /// A step for a source of words.
    pub citations: bool,
    /// A step for all sources of the answer's text.
    pub grounding: bool,
    /// Sources whose characters are counted over all of an answer's text.
    pub cited_over_all: bool,
    /// Which words a source is the source of.
    pub cited_spans: bool,
    /// Proof that the vendor has found a source.
    pub citation_proof: bool,
    /// Earlier answers that it keeps and that a request may continue by name.
    pub previous: bool,
}

/// A way of showing the key.
#[derive(Debug)]
pub struct Auth {
    /// The option of a transformer that asks for it, if it is not the usual way.
    pub option: Option<&'static str>,
    /// How.
    pub way: Way,
}

/// How a key is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In a header, with `${key}` in its value.
    Header(&'static str, &'static str),
    /// In the query, under this name.
    Query(&'static str),
    /// By access tokens of Google's; the variable of this name says of which service account.
    Gcp(&'static str),
    /// By signatures of AWS's for this service, in the region that the variable of this name says.
    Sigv4(&'static str, &'static str),
}

/// What is known of the models of a name.
#[derive(Debug)]
pub struct ModelFacts {
    /// The name, which may hold a `*` for what differs among them.
    pub name: &'static str,
    /// How many tokens a model takes, its answer included.
    pub context: Option<u64>,
    /// The most tokens of an answer.
    pub output: Option<u64>,
    /// The media that it takes in, as a set of part kinds.
    pub takes: Option<u16>,
    /// Whether it reasons.
    pub reasons: Option<bool>,
    /// What a request to it is fitted to, if that is not as for others of its API.
    pub demands: Option<Demands>,
    /// What it costs, if the vendor says it.
    pub price: Option<PriceConfig>,
    /// What is counted otherwise than by its words, if that is not as for others of its API.
    pub weights: Option<Weights>,
}

impl ModelFacts {
    /// Whether a model's name is of this form.
    fn fits(&self, model: &str) -> bool {
        match self.name.split_once('*') {
            None => self.name == model,
            Some(("", rest)) if rest.ends_with('*') => model.contains(&rest[..rest.len() - 1]),
            Some((start, end)) => {
                model.len() >= start.len() + end.len() && model.starts_with(start) && model.ends_with(end)
            }
        }
    }
}

/// How an API counts tokens itself.
#[derive(Clone, Copy, Debug)]
pub struct Counting {
    /// The path at which it does, below the base.
    pub path: &'static str,
    /// The keys of a request that it does not take there.
    pub omits: &'static [&'static str],
    /// The key at which its answer has the number.
    pub key: &'static str,
}

impl Facts {
    /// The options of a transformer of this name that have an effect.
    pub fn options(&self) -> impl Iterator<Item = &'static str> + use<> {
        let asked = self.auth.iter().filter_map(|auth| auth.option);
        self.variables.iter().map(|(name, _)| *name).chain(asked)
    }

    /// Where among the models something is said of this one: its own name wins, then the first that fits.
    pub fn position(&self, model: &str) -> Option<usize> {
        let own = self.models_known.iter().position(|known| known.name == model);
        own.or_else(|| self.models_known.iter().position(|known| known.fits(model)))
    }

    /// What is said of a model of this name.
    pub fn model(&self, name: &str) -> Option<&ModelFacts> {
        self.models_known.get(self.position(name)?)
    }

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
