//! Where a request would go and why, and what would be sent there.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use salvo_oapi::ToSchema;
use serde::Serialize;

use crate::{
    attempt::{Written, passed, passes, written},
    gateway::{Destination, Gateway},
    meter::Meter,
    pipeline::Inquiry,
    refusal::Refusal,
    resilience::failure::Failure,
    routing::{Check, EXPLAIN, Untagged, decide, session_of, without_tag},
    server::place::{Place, Purpose},
    specs::Face,
    tokens::{Encoding, Weights},
};

/// A request, and what is said of it beside its body.
#[derive(Debug)]
pub struct Asked<'t> {
    text: &'t str,
    face: Face,
    /// Whether the face is only likely.
    guessed: bool,
    model: Option<String>,
    stream: Option<bool>,
    headers: HeaderMap,
    query: Option<String>,
}

impl<'t> Asked<'t> {
    /// Of a body; with the protocol that it is in, else the one of its path, else the one that it looks like.
    ///
    /// # Errors
    /// There is no such protocol or path, or the body looks like none, in words.
    pub fn new(text: &'t str, face: Option<&str>, path: Option<&str>, headers: HeaderMap) -> Result<Self, String> {
        let place = path.map(found).transpose()?;
        let (face, guessed) = match (face, &place) {
            (Some(name), _) => (named(name)?, false),
            (None, Some((place, _))) => (place.face, false),
            (None, None) => (guess(text)?, true),
        };
        let stream = place.as_ref().and_then(|(place, _)| match place.purpose {
            Purpose::Answer { stream } => stream,
            Purpose::Count => None,
        });
        let query = path.and_then(|path| path.split_once('?')).map(|(_, query)| query.to_owned());
        let model = place.and_then(|(_, model)| model);
        Ok(Self { text, face, guessed, model, stream, headers, query })
    }
}

/// The place of a path, and the model that it says.
fn found(path: &str) -> Result<(Place, Option<String>), String> {
    let bare = path.split_once('?').map_or(path, |(path, _)| path);
    let mut places = Place::all().into_iter().filter(|place| place.may_be(bare));
    let found = places.find_map(|place| place.model(bare).map(|model| (place, model)));
    found.ok_or_else(|| format!("nothing is asked at {bare}"))
}

fn named(name: &str) -> Result<Face, String> {
    let found = Face::ALL.iter().find(|face| face.facts().name == name);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = Face::ALL.iter().map(|face| face.facts().name).collect();
        format!("there is no face `{name}`: it is one of {}", names.join(", "))
    })
}

/// The face that understands most of a body.
fn guess(text: &str) -> Result<Face, String> {
    let understood = Face::ALL.iter().filter_map(|face| {
        let request = face.read_request(text).ok()?;
        (!request.messages.is_empty()).then_some((request.unknown.len(), *face))
    });
    let best = understood.min_by_key(|(unknown, _)| *unknown).map(|(_, face)| face);
    best.ok_or_else(|| "this is no request of a known protocol: name its face".to_owned())
}

/// All that there is to tell.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// The protocol that the client speaks.
    face: &'static str,
    /// Whether that is only likely.
    face_guessed: bool,
    /// The model that the client names.
    model: String,
    /// What the request is.
    scenario: &'static str,
    /// The rule that says where it goes, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// All checks that were made, in their order.
    checks: Vec<Check>,
    /// The tokens of the input.
    tokens: u64,
    /// Who would be asked, in turn.
    candidates: Vec<Candidate>,
    /// What would be sent to the first of them.
    upstream: Sent,
    /// What of the request its API has no place for.
    lost: Vec<String>,
}

/// A model that would be asked, or asked when those before it fail.
#[derive(Debug, Serialize, ToSchema)]
struct Candidate {
    provider: String,
    model: String,
    spec: &'static str,
    /// What the configuration lists for it as transformers beside its spec.
    transformers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
}

/// In US dollars.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "ExplainedPrice"))]
struct Price {
    /// A million input tokens.
    input: f64,
    /// A million output tokens.
    output: f64,
    /// This input, if no cache has any of it.
    this_input: f64,
}

/// The call to the first candidate.
#[derive(Debug, Serialize, ToSchema)]
struct Sent {
    url: String,
    /// Whether the client's own bytes go there.
    passes_through: bool,
    /// Pairs of names and values.
    #[salvo(schema(value_type = Vec<Vec<String>>))]
    headers: Vec<(String, String)>,
    body: serde_json::Value,
}

impl Explanation {
    /// Of a request, if a gateway got it.
    ///
    /// # Errors
    /// Why there is no call to make, in words.
    pub async fn of(gateway: &Gateway, asked: &Asked<'_>) -> Result<Self, String> {
        let mut headers = asked.headers.clone();
        headers.insert(EXPLAIN, HeaderValue::from_static("1"));
        let mut inquiry = Inquiry {
            face: asked.face,
            model: asked.model.clone(),
            stream: asked.stream,
            framing: asked.face.facts().framing,
            headers: &headers,
            query: asked.query.as_deref(),
            body: Bytes::copy_from_slice(asked.text.as_bytes()),
            chosen: None,
            rewritten: false,
            meter: Meter::default(),
        };
        let mut request = inquiry.request(asked.text).map_err(|refusal| refusal.error.message.to_string())?;
        let model = request.model.to_string();
        let refused = |refusal: Refusal| refusal.error.message.to_string();
        let session = session_of(&request, &headers).map(Cow::into_owned);
        let decision = decide(gateway, &inquiry, &request, session.as_deref()).await.map_err(refused)?;
        let tokens = gateway.tokens.count_now(&request, &Encoding::of_model(&request.model).into(), &Weights::USUAL);
        let Untagged { text, rewritten } = without_tag(&decision, asked.text, &mut request);
        let prompted = gateway.system_prompt.as_ref().is_some_and(|prompt| prompt.rewrite(&mut request));
        inquiry.rewritten = rewritten || prompted;
        if let Cow::Owned(text) = &text {
            inquiry.body = Bytes::copy_from_slice(text.as_bytes());
        }
        let first = decision.first().ok_or("the request goes nowhere")?;
        let told = |failure: Failure| failure.told.refusal.error.message.to_string();
        let passes_through = passes(&inquiry, &text, first);
        let (call, lost) = match passes_through {
            true => (passed(&inquiry, &text, request.stream, first, 0).map_err(told)?, Vec::new()),
            false => {
                let Written { call, losses, .. } =
                    written(&inquiry, text.len(), &mut request, first, 0).map_err(told)?;
                let unknown = request.unknown.iter().map(|key| format!("unknown.{}", &**key));
                (call, losses.names().iter().map(|name| (*name).to_owned()).chain(unknown).collect())
            }
        };
        let body = first.target.without_key(&String::from_utf8_lossy(&call.body));
        let shown = |value: &http::HeaderValue| match value.is_sensitive() {
            true => "…".to_owned(),
            false => first.target.without_key(&String::from_utf8_lossy(value.as_bytes())),
        };
        Ok(Self {
            face: asked.face.facts().name,
            face_guessed: asked.guessed,
            model,
            scenario: decision.scenario.name(),
            rule: decision.rule.as_deref().map(str::to_owned),
            checks: decision.trace.checks().to_vec(),
            tokens,
            candidates: decision.destinations.iter().map(|one| Candidate::of(one, gateway, tokens)).collect(),
            upstream: Sent {
                url: first.target.without_key(call.url.as_str()),
                passes_through,
                headers: call.headers.iter().map(|(name, value)| (name.to_string(), shown(value))).collect(),
                body: serde_json::from_str(&body).unwrap_or(serde_json::Value::String(body)),
            },
            lost,
        })
    }
}

impl Candidate {
    fn of(destination: &Destination, gateway: &Gateway, tokens: u64) -> Self {
        let price = gateway.price(destination).map(|price| price.at(tokens)).map(|price| Price {
            input: price.input,
            output: price.output,
            this_input: price.input * tokens as f64 / 1e6,
        });
        let target = &destination.target;
        Self {
            spec: target.spec.facts().name,
            transformers: target.transformers(&destination.model).to_vec(),
            price,
            provider: target.name.clone(),
            model: destination.model.clone(),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guessed = if self.face_guessed { ", as its body looks" } else { "" };
        writeln!(f, "The client speaks {}{guessed}, and names the model `{}`.", self.face, self.model)?;
        match &self.rule {
            Some(rule) => writeln!(f, "The request is {}; the rule `{rule}` says where it goes.", self.scenario)?,
            None => writeln!(f, "The request is {}.", self.scenario)?,
        }
        writeln!(f, "\nChecks")?;
        let width = self.checks.iter().map(|check| check.check.chars().count()).max().unwrap_or_default();
        for check in &self.checks {
            let holds = if check.holds { "yes" } else { "no " };
            writeln!(f, "  {holds}  {:width$}  {}", check.check, check.saw)?;
        }
        writeln!(f, "\nTokens: {}", self.tokens)?;
        writeln!(f, "\nGoes to")?;
        for (number, one) in self.candidates.iter().enumerate() {
            write!(f, "  {}. {},{} (spec {}", number + 1, one.provider, one.model, one.spec)?;
            if !one.transformers.is_empty() {
                write!(f, "; transformers {}", one.transformers.join(", "))?;
            }
            write!(f, ")")?;
            if let Some(price) = &one.price {
                let Price { input, output, this_input } = price;
                write!(f, ", ${input} in and ${output} out for a million tokens: ${this_input:.6} for this input")?;
            }
            writeln!(f)?;
        }
        let how = if self.upstream.passes_through { "the client's own bytes" } else { "translated" };
        writeln!(f, "\nPOST {}, {how}", self.upstream.url)?;
        for (name, value) in &self.upstream.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        writeln!(f, "{}", serde_json::to_string_pretty(&self.upstream.body).unwrap_or_default())?;
        match self.lost.is_empty() {
            true => writeln!(f, "\nNothing is lost."),
            false => writeln!(f, "\nLost: {}", self.lost.join(", ")),
        }
    }
}
