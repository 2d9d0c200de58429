//! Crossing from one dialect to another: what a conversation holds that not every dialect has a place for, and that
//! must not be lost all the same, because the next request depends on it.
//!
//! Signatures of reasoning travel through clients that know nothing of them ([`seal`]), tools whose input is free text
//! become functions of one argument and groups of tools part of their names ([`tools`]), and calls get the names that
//! some dialects leave out ([`ids`]). Sources of words that were found go back to whoever has found them ([`sources`]).

pub mod ids;
pub mod seal;
pub mod sources;
pub mod thoughts;
pub mod tools;

use wireloom_schema::model::{Part, Request, Response, Role, Text};

use crate::{
    fit::{Names, fit},
    specs::{Face, Provider},
    transform::AnswerPasses,
    wire::{details::Details, stream::Facts, writer::Losses},
};

use self::{seal::Signer, thoughts::Thoughts, tools::Renamed};

/// The way between a client's dialect and a provider's, for one request and its answer.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// What is said of the client's dialect.
    pub face: &'static Facts,
    /// What is said of the provider.
    pub provider: &'static Facts,
    /// Who signs at both ends.
    pub signer: Signer,
    /// Tools that the provider knows by another form.
    pub renamed: Renamed,
    /// Tools that the provider knows by another name.
    pub names: Names,
    /// Tells thoughts from words, where the provider writes both into one text.
    pub thoughts: Option<Thoughts>,
    /// Makes reasoning with signatures of the details that the provider tells it in.
    pub details: Option<Details>,
    /// What the configuration changes in the answer.
    pub passes: AnswerPasses,
}

impl Crossing {
    /// For an answer whose request needed nothing.
    pub fn plain(face: &'static Facts, provider: &'static Facts) -> Self {
        let signer = Signer { face: face.signatures, provider: provider.signatures };
        let thoughts = provider.thoughts.map(|(open, close)| Thoughts::between(open, close));
        let (renamed, names, passes) = (Renamed::default(), Names::default(), AnswerPasses::default());
        let details = provider.details.map(Details::new);
        Self { face, provider, signer, renamed, names, thoughts, details, passes }
    }

    /// Makes a request ready for a provider. What that loses is noted.
    pub fn of(face: Face, spec: Provider, request: &mut Request<'_>, losses: &mut Losses) -> Self {
        let provider = spec.facts();
        let mut crossing = Self::plain(face.facts(), provider);
        ids::settle(&mut request.messages);
        for message in &mut request.messages {
            match message.role {
                Role::Assistant => {
                    seal::detach(&mut message.parts);
                    crossing.signer.open(&mut message.parts, losses);
                    sources::settle(&mut message.parts, provider, losses);
                    if provider.places.call_signature {
                        seal::attach(&mut message.parts);
                    }
                }
                Role::User => message.parts.iter_mut().for_each(|part| {
                    seal::open_result(part);
                    part.with_types();
                }),
                Role::System => {}
            }
        }
        crossing.renamed = tools::settle(request, provider, losses);
        request.settle_tools(provider.dialect, provider.places.web_search);
        crossing.names = fit(spec, request, losses);
        crossing
    }

    /// Makes a whole answer ready for the client.
    pub fn answer(&self, response: &mut Response<'_>) {
        seal::detach(&mut response.parts);
        self.renamed.restore(&mut response.parts);
        if !self.face.places.custom_tools {
            tools::as_functions(&mut response.parts);
        }
        self.signer.close(&mut response.parts);
        sources::close(&mut response.parts, self.face);
        match (self.face.places.reasoning_signature, self.face.places.call_signature) {
            (_, true) => seal::attach(&mut response.parts),
            (false, false) => seal::hide(&mut response.parts),
            (true, false) => {}
        }
    }

    /// A signature as the client is to see it.
    pub fn sealed(&self, signature: Text<'_>) -> Text<'static> {
        self.signer.sealed(signature)
    }
}

/// Whether a body holds something that only the gateway can read, so that it must not pass through.
pub fn holds_seal(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), seal::MARK.as_bytes()).is_some()
        || memchr::memmem::find(text.as_bytes(), seal::HIDDEN.as_bytes()).is_some()
}

/// An empty part of reasoning that only carries a signature.
fn signature_alone(signature: Text<'_>) -> Part<'_> {
    Part::Reasoning { text: Text::default(), signature: Some(signature) }
}
