//! Agents: tools that the gateway runs itself, between a model's turns, while the client waits for one answer.
//!
//! ```text
//! client -> request + tools -> provider -> calls of the agent's tools: they are run,
//!                              provider <- request + what was said + results, until no such call comes
//! client <- what was said in all turns, as one answer
//! ```
//!
//! A model may call tools of the agent and of the client in one breath. Then it is given the agent's results alone, and
//! asks the client again if it still wants to: the client cannot be told of calls whose neighbours it must not see.

mod images;
mod turn;
mod turns;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use http::HeaderMap;
use wireloom_schema::model::{ErrorKind, Json, Message, Part, Request, Role, Usage};

use crate::{
    attempt::Begun,
    crossing::seal::Signer,
    extension::{Agent, AnswerPass, Call, Extension, Outcome, Task},
    gateway::{Destination, Gateway},
    meter::Meter,
    pipeline::Inquiry,
    refusal::Refusal,
    resilience::{answer::pursue_turn, gate::Hold},
    specs::Face,
    translation::read_whole,
    wire::frames::Framing,
};

use self::images::Look;
pub(crate) use self::{images::Images, turn::TurnPass, turns::Turns};

/// How many turns a model may take to answer one request. One that has not answered by then never will.
const MOST_TURNS: usize = 32;

/// The task that an extension's agent takes on.
type TaskOf<X> = <<X as Extension>::Agent as Agent>::Task;

/// What is done for one request: by the gateway's own agent, and by the extension's.
pub struct Work<X: Extension> {
    images: Option<Images>,
    own: Option<TaskOf<X>>,
}

impl<X: Extension> Work<X> {
    /// What the agents have taken on; none, if that is nothing.
    pub fn new(images: Option<Images>, own: Option<TaskOf<X>>) -> Option<Self> {
        (images.is_some() || own.is_some()).then_some(Self { images, own })
    }
}

/// A request that an agent has taken on, and how far its answer is.
pub struct Conversation<X: Extension> {
    asked: Arc<Asked<X>>,
    /// Whoever is asked first in the next turn: who answered in the last.
    at: Option<Destination>,
    /// What was said in earlier turns, as messages behind the client's.
    messages: Vec<Message<'static>>,
    /// The tokens of earlier turns.
    usage: Usage,
    turns: usize,
    /// What is asked of a viewer in place of a turn.
    look: Option<Look>,
}

/// What is asked in each turn.
struct Asked<X: Extension> {
    work: Work<X>,
    /// The gateway that answers all of the request, whatever is configured meanwhile.
    gateway: Arc<Gateway>,
    extension: Arc<X>,
    face: Face,
    model: Option<String>,
    stream: Option<bool>,
    framing: Framing,
    headers: HeaderMap,
    query: Option<String>,
    body: Bytes,
    /// What the body says, as far as it is passed on.
    text: String,
    /// Where the request may go.
    destinations: Vec<Destination>,
    /// What the client calls its session.
    session: Option<String>,
    meter: Meter,
}

impl<X: Extension> Clone for Conversation<X> {
    fn clone(&self) -> Self {
        let Self { asked, at, messages, usage, turns, look } = self;
        let (asked, at, messages, look) = (asked.clone(), at.clone(), messages.clone(), look.clone());
        Self { asked, at, messages, usage: *usage, turns: *turns, look }
    }
}

/// What a model said in a turn that ends with calls of an agent's tools.
pub struct Turn {
    /// All of it but calls of the client's tools.
    pub parts: Vec<Part<'static>>,
    /// The tokens that it took.
    pub usage: Usage,
}

/// The beginning of a turn's answer, and what it holds until it ends.
pub type NextTurn<X> = (Begun<X>, Hold);

impl<X: Extension> Conversation<X> {
    /// Of a request that has just been taken on, and that may go to these destinations. `text` is what of its body is
    /// passed on.
    pub fn new(
        inquiry: &Inquiry<'_>,
        text: &str,
        work: Work<X>,
        gateway: Arc<Gateway>,
        extension: Arc<X>,
        destinations: Vec<Destination>,
        session: Option<String>,
    ) -> Self {
        let (headers, query, meter) =
            (inquiry.headers.clone(), inquiry.query.map(str::to_owned), inquiry.meter.fresh());
        let Inquiry { face, model, stream, framing, body, .. } = inquiry;
        let (model, body, text) = (model.clone(), body.clone(), text.to_owned());
        let (face, stream, framing) = (*face, *stream, *framing);
        let asked = Asked {
            work,
            gateway,
            extension,
            face,
            model,
            stream,
            framing,
            headers,
            query,
            body,
            text,
            destinations,
            session,
            meter,
        };
        Self::begin(Arc::new(asked), None)
    }

    /// Before anything was said.
    fn begin(asked: Arc<Asked<X>>, look: Option<Look>) -> Self {
        Self { asked, at: None, messages: Vec::new(), usage: Usage::default(), turns: 0, look }
    }

    /// Whether a tool is the agent's.
    pub fn owns(&self, tool: &str) -> bool {
        let Work { images, own } = &self.asked.work;
        images.as_ref().is_some_and(|images| images.owns(tool)) || own.as_ref().is_some_and(|own| own.owns(tool))
    }

    /// Makes the client's request that of this turn.
    pub fn prepare(&self, request: &mut Request<'_>) {
        if let Some(look) = &self.look {
            return look.ask(request);
        }
        let Work { images, own } = &self.asked.work;
        images.iter().for_each(|images| images.hide(request));
        own.iter().for_each(|own| own.request(request));
        request.messages.extend(self.messages.iter().cloned());
    }

    /// A meter for this turn. Turns are paid for one by one, and told as a sum.
    pub fn meter(&self, meter: &Meter) -> Meter {
        meter.fresh().behind(self.usage)
    }

    /// Whether there were turns before this one.
    pub fn goes_on(&self) -> bool {
        self.turns > 0
    }

    /// The same, where this destination has begun to answer.
    pub fn at(mut self, destination: &Destination) -> Self {
        self.at = Some(destination.clone());
        self
    }

    /// What the client is told of earlier turns in an answer that is told whole.
    pub fn told(&self) -> Vec<Part<'static>> {
        let said = self.messages.iter().filter(|message| message.role == Role::Assistant);
        said.flat_map(|message| &message.parts).filter_map(shown).collect()
    }

    /// Runs the tools that a turn calls, and asks for the next turn.
    ///
    /// # Errors
    /// What the client is told if nobody answers.
    pub async fn next(mut self, turn: Turn, signer: Signer) -> Result<(Self, NextTurn<X>), Refusal> {
        self.turns += 1;
        if self.turns > MOST_TURNS {
            let message = format!("the model has called tools of the gateway in {MOST_TURNS} turns without an answer");
            return Err(Refusal::new(ErrorKind::Internal, message));
        }
        let Turn { mut parts, usage } = turn;
        self.usage = self.usage.and(&usage);
        let results = join_all(parts.iter().filter_map(|part| self.result(part))).await;
        // The next turn reads it as if the client had sent it.
        signer.close(&mut parts);
        self.messages.push(Message { role: Role::Assistant, parts });
        self.messages.push(Message { role: Role::User, parts: results });
        let asked = self.asked.clone();
        let inquiry = asked.inquiry();
        let mut destinations = asked.destinations.clone();
        if let Some(at) = self.at.as_ref().and_then(|at| destinations.iter().position(|known| known == at)) {
            destinations[..=at].rotate_right(1);
        }
        let session = asked.session.as_deref();
        let next =
            pursue_turn(&asked.gateway, &*asked.extension, &inquiry, &asked.text, destinations, session, &self).await?;
        Ok((self, next))
    }

    /// The result of a call, if that is what a part is.
    fn result<'p>(&'p self, part: &'p Part<'static>) -> Option<impl Future<Output = Part<'static>> + 'p> {
        let Part::ToolCall { id, name, arguments, .. } = part else { return None };
        Some(async move {
            tracing::debug!(tool = &**name, "the agent runs a tool");
            let Work { images, own } = &self.asked.work;
            let Outcome { parts, is_error } = match (images, own) {
                (Some(images), _) if images.owns(name) => self.look(images, arguments).await,
                (_, Some(own)) => own.run(Call { tool: name, arguments }).await,
                _ => Outcome::error("there is no such tool"),
            };
            Part::ToolResult { id: id.clone(), name: Some(name.clone()), parts, is_error, cache: None }
        })
    }

    /// Has somebody look at images, and tells what is on them.
    async fn look(&self, images: &Images, arguments: &Json<'_>) -> Outcome {
        let look = match images.look(arguments) {
            Ok(look) => look,
            Err(mistake) => return Outcome::error(mistake),
        };
        match self.seen(images, look).await {
            Ok(words) => Outcome::text(words),
            Err(refusal) => {
                tracing::warn!(
                    viewer = images.viewer.name(),
                    error = &*refusal.error.message,
                    "nobody looks at an image"
                );
                Outcome::error(format!("nobody can look at it now: {}", refusal.error.message))
            }
        }
    }

    /// What a viewer says.
    async fn seen(&self, images: &Images, look: Look) -> Result<String, Refusal> {
        let asked = &self.asked;
        let looking = Self::begin(asked.clone(), Some(look));
        let inquiry = Inquiry { stream: Some(false), ..asked.inquiry() };
        let (gateway, extension, viewer) = (&asked.gateway, &*asked.extension, vec![images.viewer.clone()]);
        // The place at the provider is held until all is read.
        let (Begun { provider, said, mut crossing, mut pass, mut meter, .. }, _hold) =
            pursue_turn(gateway, extension, &inquiry, &asked.text, viewer, None, &looking).await?;
        let body = said.whole()?;
        let mut response = read_whole(provider, &mut crossing, &body)?;
        meter.whole(&response);
        pass.response(&mut response);
        let words = response.parts.iter().filter(|part| matches!(part, Part::Text { .. } | Part::Refusal { .. }));
        Ok(words.filter_map(Part::words).collect::<Vec<_>>().join("\n"))
    }
}

impl<X: Extension> Asked<X> {
    /// The client's request, to be asked once more.
    fn inquiry(&self) -> Inquiry<'_> {
        Inquiry {
            face: self.face,
            model: self.model.clone(),
            stream: self.stream,
            framing: self.framing,
            headers: &self.headers,
            query: self.query.as_deref(),
            body: self.body.clone(),
            chosen: None,
            rewritten: true,
            meter: self.meter.fresh(),
        }
    }
}

/// What a client is told of a part that is told whole. Only what is still being answered may be signed.
fn shown(part: &Part<'static>) -> Option<Part<'static>> {
    match part {
        Part::Text { .. } | Part::Refusal { .. } => Some(part.clone()),
        Part::Reasoning { text, .. } if !text.is_empty() => {
            Some(Part::Reasoning { text: text.clone(), signature: None })
        }
        _ => None,
    }
}
