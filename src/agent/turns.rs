//! A streamed answer of several turns.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::task::JoinSet;
use wireloom_schema::model::ErrorKind;

use crate::{
    attempt::{Begun, Said},
    extension::{Extension, Pass},
    refusal::Refusal,
    relay::{Flow, Source},
    resilience::gate::{Hold, Opening, Opens},
    specs::Provider,
    translation::Translation,
};

use super::{Conversation, NextTurn, TurnPass};

/// The answer to an extension's pass.
type AnswerOf<X> = Option<<<X as Extension>::Pass as Pass>::Answer>;

/// A conversation with the beginning of its next turn, or why there is none.
type Gone<X> = Result<(Conversation<X>, NextTurn<X>), Refusal>;

/// Goes from turn to turn, until one calls no tool of the agent's.
pub(crate) struct Turns<X: Extension> {
    translation: Translation<TurnPass<X, AnswerOf<X>>>,
    /// The next turn, while it is asked for: at most one. Should the client leave, it ends with this.
    next: JoinSet<Gone<X>>,
    /// What the turn holds; for the first, that is held elsewhere.
    hold: Option<Hold>,
}

impl<X: Extension> Turns<X> {
    /// Of an answer whose first turn has begun.
    pub(crate) fn new(translation: Translation<TurnPass<X, AnswerOf<X>>>) -> Self {
        Self { translation, next: JoinSet::new(), hold: None }
    }

    /// Takes a turn that has begun, or tells why there is none.
    fn take(&mut self, next: Gone<X>) {
        let (conversation, (begun, hold)) = match next {
            Ok(next) => next,
            Err(Refusal { error, .. }) => {
                return self.translation.telling().fail(error.kind.unwrap_or(ErrorKind::Internal), &error.message);
            }
        };
        let Begun { provider, said, crossing, pass, meter, .. } = begun;
        self.hold = Some(hold);
        let telling = self.translation.telling();
        telling.resume(crossing, conversation.meter(&meter));
        telling.pass().renew(conversation, pass);
        match said {
            Said::Stream(body) => self.translation.resume(provider, body),
            Said::Whole(bytes) => self.take_whole(provider, &bytes),
        }
    }

    /// Takes a turn that came whole, though it was to be streamed.
    fn take_whole(&mut self, provider: Provider, bytes: &[u8]) {
        let telling = self.translation.telling();
        match std::str::from_utf8(bytes).ok().and_then(|text| provider.read_response(text).ok()) {
            Some(response) => {
                telling.response(response);
                self.end_turn();
            }
            None => telling.fail(ErrorKind::Internal, "the upstream's answer cannot be read"),
        }
    }

    /// Ends a turn: with the next one, or with all of the answer.
    fn end_turn(&mut self) {
        let telling = self.translation.telling();
        telling.settle();
        let signer = telling.signer();
        match telling.pass().calls() {
            Some((conversation, turn)) => _ = self.next.spawn(conversation.next(turn, signer)),
            None => telling.end(),
        }
    }
}

impl<X: Extension> Source for Turns<X> {
    fn poll_bytes(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<Flow> {
        loop {
            match self.next.is_empty() {
                false => {
                    if let Some(next) = ready!(self.next.poll_join_next(cx)) {
                        let broken = |_| Refusal::new(ErrorKind::Internal, "a tool of the gateway broke down");
                        self.take(next.unwrap_or_else(|error| Err(broken(error))));
                    }
                }
                true => {
                    let ended = ready!(self.translation.poll_next(cx));
                    let telling = self.translation.telling();
                    if !telling.is_over() && (ended || telling.pass().is_over()) {
                        self.end_turn();
                    }
                }
            }
            let telling = self.translation.telling();
            let over = telling.is_over();
            out.extend(telling.written());
            if over || !out.is_empty() {
                return Poll::Ready(if over { Flow::Ends } else { Flow::Goes });
            }
        }
    }
}

impl<X: Extension> Opens for Turns<X> {
    fn opening(&self) -> Opening {
        // A model that begins with calls of the agent's tools has answered, though the client sees nothing of it.
        match self.next.is_empty() {
            true => self.translation.opening(),
            false => Opening::Speaks,
        }
    }

    fn is_broken(&self) -> bool {
        self.translation.is_broken()
    }

    fn sign_of_life(&self) -> Option<Bytes> {
        self.translation.sign_of_life()
    }
}
