//! Asking the destinations of a request until one answers, and telling its client when nobody does.

use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;
use wireloom_schema::{
    config::RetryConfig,
    model::{ApiError, ErrorKind, Request},
};

use crate::{
    agent::{Conversation, NextTurn},
    attempt::{Way, attempt, begin, concerned},
    extension::Extension,
    gateway::{Destination, Gateway},
    pipeline::{Inquiry, Reply},
    refusal::Refusal,
};

use super::{
    attempts::{Attempt, End},
    failure::{Complaint, Failure},
    gate::Hold,
    key::Block,
    places::Place,
    pursuit::{Caller, Candidate, Failed, Lost, Policy, Pursuit},
    session,
    trouble::Trouble,
    wait::Backoff,
};

/// What a client is told of an answer that cannot go on.
const NO_TURN: &str = "no provider goes on with the answer";

/// What was tried for a request, in its order.
#[derive(Debug, Default)]
pub struct Attempts {
    /// Where it could go.
    pub destinations: Vec<Destination>,
    /// The calls, and why others were not made.
    pub made: Vec<Attempt>,
}

impl Attempts {
    /// Each with where it went.
    pub fn iter(&self) -> impl Iterator<Item = (&Destination, &Attempt)> {
        self.made.iter().filter_map(|attempt| Some((self.destinations.get(attempt.candidate)?, attempt)))
    }

    /// The destination that has answered.
    pub fn served(&self) -> Option<&Destination> {
        self.iter().find(|(_, attempt)| attempt.end == End::Served).map(|(destination, _)| destination)
    }

    /// All of it in a line: providers, models and how it went.
    pub fn told(&self) -> String {
        let told = self.iter().map(|(destination, attempt)| {
            let (provider, model, end) = (&destination.target.name, &destination.model, attempt.end.told());
            match attempt.status {
                Some(status) => format!("{provider},{model}: {end} ({status})"),
                None => format!("{provider},{model}: {end}"),
            }
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

/// How often and how long, as the configuration says.
pub fn policy(config: &RetryConfig) -> Policy {
    Policy {
        attempts: config.attempts.max(1),
        backoff: Backoff {
            first: Duration::from_millis(config.backoff_ms),
            longest: Duration::from_millis(config.max_backoff_ms),
        },
        deadline: config.deadline_ms.map(Duration::from_millis),
    }
}

/// Asks destinations until one answers. `request` is what `text` says, and `session` what the client calls its session.
///
/// # Errors
/// What is wrong, to be told in the client's own protocol.
#[allow(clippy::too_many_arguments, reason = "it is what a request is answered with")]
pub async fn pursue<X: Extension>(
    gateway: &Gateway,
    extension: &X,
    inquiry: &Inquiry<'_>,
    text: &str,
    request: Request<'_>,
    destinations: Vec<Destination>,
    session: Option<&str>,
    conversation: Option<&Conversation<X>>,
) -> Result<Reply, Refusal> {
    let session = place_of(&request, &destinations, session);
    let candidates: Vec<Candidate<'_>> = destinations.iter().map(candidate).collect();
    let begun = Instant::now();
    let first = Some(request);
    let caller = Asking { gateway, extension, inquiry, text, first, destinations: &destinations, begun, conversation };
    let policy = policy(&gateway.retry);
    let (result, made) = Pursuit::new(&candidates, policy, session, fastrand::Rng::new(), caller).run().await;
    drop(candidates);
    let attempts = Attempts { destinations, made };
    match result {
        Ok(mut reply) => {
            reply.attempts = attempts;
            Ok(reply)
        }
        Err(lost) => told(lost, attempts),
    }
}

/// Asks destinations for the next turn of an answer, until one begins.
///
/// # Errors
/// What is wrong, to be told in the client's own protocol.
pub async fn pursue_turn<X: Extension>(
    gateway: &Gateway,
    extension: &X,
    inquiry: &Inquiry<'_>,
    text: &str,
    destinations: Vec<Destination>,
    session: Option<&str>,
    conversation: &Conversation<X>,
) -> Result<NextTurn<X>, Refusal> {
    let request = inquiry.request(text)?;
    let session = place_of(&request, &destinations, session);
    let candidates: Vec<Candidate<'_>> = destinations.iter().map(candidate).collect();
    let (destinations, conversation, begun) = (&destinations, Some(conversation), Instant::now());
    let asking = Asking { gateway, extension, inquiry, text, first: None, destinations, begun, conversation };
    let policy = policy(&gateway.retry);
    let pursuit = Pursuit::new(&candidates, policy, session, fastrand::Rng::new(), AskingOn(asking));
    let (result, made) = pursuit.run().await;
    drop(candidates);
    result.map_err(|lost| match told(lost, Attempts { destinations: destinations.clone(), made }) {
        Err(refusal) => refusal,
        Ok(reply) => Refusal { status: Some(reply.status), ..Refusal::new(ErrorKind::Internal, NO_TURN) },
    })
}

/// Which of several keys a session's requests stay with, where there are several.
fn place_of(request: &Request<'_>, destinations: &[Destination], session: Option<&str>) -> Option<u64> {
    let shared = destinations.iter().any(|destination| destination.target.health.keys.len() > 1);
    if shared { session::of(request, session) } else { None }
}

fn candidate(destination: &Destination) -> Candidate<'_> {
    let Destination { target, model } = destination;
    let context = target.spec.model(model).and_then(|facts| facts.context);
    Candidate { name: &target.name, model, health: &target.health, context }
}

/// Calls destinations for one request.
struct Asking<'a, X: Extension> {
    gateway: &'a Gateway,
    extension: &'a X,
    inquiry: &'a Inquiry<'a>,
    text: &'a str,
    /// The request as it was read; further calls read it again, since each changes it.
    first: Option<Request<'a>>,
    destinations: &'a [Destination],
    begun: Instant,
    /// The agent that has taken it on.
    conversation: Option<&'a Conversation<X>>,
}

impl<'a, X: Extension> Asking<'a, X> {
    /// What a candidate is asked, and how.
    #[allow(clippy::result_large_err, reason = "the callers take it as it is, and it is rare")]
    fn prepare(&mut self, candidate: usize, key: usize, place: Place) -> Result<(Request<'a>, Way<'a>), Failure> {
        let destination = &self.destinations[candidate];
        let mut request = match self.first.take() {
            Some(request) => request,
            None => {
                let mut request = self.inquiry.request(self.text)?;
                self.gateway.system_prompt.iter().for_each(|prompt| _ = prompt.rewrite(&mut request));
                request
            }
        };
        self.conversation.iter().for_each(|conversation| conversation.prepare(&mut request));
        if let Some(record) = self.inquiry.meter.record() {
            let listed = self.gateway.routing.names(destination);
            record.attempted(destination, listed, self.gateway.price(destination));
        }
        let hold = Hold { place, breaker: destination.target.health.breaker.clone() };
        let longest_hold = Duration::from_millis(self.gateway.retry.hold_ms);
        Ok((request, Way { destination, key, hold, longest_hold }))
    }

    fn late(&self, candidate: usize) -> Complaint {
        let refusal = Failure::late(&self.destinations[candidate].target.name, self.begun.elapsed());
        Complaint { refusal, raw: None }
    }
}

impl<X: Extension> Caller for Asking<'_, X> {
    type Answer = Reply;
    type Told = Complaint;

    async fn call(&mut self, candidate: usize, key: usize, place: Place) -> Result<Reply, Failure> {
        let (request, way) = self.prepare(candidate, key, place)?;
        attempt(self.extension, self.inquiry, self.text, request, way, self.conversation).await
    }

    fn late(&mut self, candidate: usize) -> Complaint {
        Asking::late(self, candidate)
    }
}

/// Calls destinations for the next turn of an answer that has begun.
struct AskingOn<'a, X: Extension>(Asking<'a, X>);

impl<X: Extension> Caller for AskingOn<'_, X> {
    type Answer = NextTurn<X>;
    type Told = Complaint;

    async fn call(
        &mut self,
        candidate: usize,
        key: usize,
        place: Place,
    ) -> Result<NextTurn<X>, Failed<NextTurn<X>, Complaint>> {
        let Self(asking) = self;
        let begun = async {
            let (request, Way { destination, key, hold, .. }) = asking.prepare(candidate, key, place)?;
            let Asking { extension, inquiry, text, .. } = *asking;
            let concerned = concerned(extension, inquiry, &request, destination);
            let begun = begin(extension, inquiry, text, request, destination, key, concerned).await?;
            Ok((begun, hold))
        };
        begun.await.map_err(|Failure { trouble, status, wait, told, .. }| {
            // An answer that is better than none would have to be told already.
            Failed { trouble, status, wait, told, instead: None }
        })
    }

    fn late(&mut self, candidate: usize) -> Complaint {
        self.0.late(candidate)
    }
}

/// What a client is told that nobody has answered: what the first one says, and in short what all others say.
fn told(lost: Lost<Complaint>, attempts: Attempts) -> Result<Reply, Refusal> {
    let Lost { mut failures, soonest } = lost;
    let soonest = soonest.map(|wait| HeaderValue::from(wait.as_secs_f64().ceil() as u64));
    let alone = attempts.destinations.len() == 1 || attempts.made.len() == 1;
    // The client's own mistake is what it can do something about, unless one that failed before might take the request.
    let mistake = failures.iter().position(|(_, trouble, _)| *trouble == Trouble::Mistaken || trouble.is_passing());
    let mistake = mistake.filter(|at| failures[*at].1 == Trouble::Mistaken);
    if let Some(at) = mistake.or_else(|| alone.then(|| failures.len().checked_sub(1)).flatten()) {
        let (.., Complaint { refusal, raw }) = failures.swap_remove(at);
        return match raw {
            Some(raw) => Ok(Reply { attempts, ..*raw }),
            None => Err(Refusal { retry_after: refusal.retry_after.clone().or(soonest), attempts, ..refusal }),
        };
    }
    let summary = attempts.told();
    // A client that may be served later is told to come again, whoever else has failed for good.
    let passing = failures.iter().position(|(_, trouble, _)| trouble.is_passing());
    let (kind, status) = match failures.get(passing.unwrap_or_default()) {
        Some((.., complaint)) => (complaint.refusal.error.kind, complaint.refusal.status),
        None => (Some(blocked(&attempts)), None),
    };
    let first = failures.into_iter().next().map(|(.., complaint)| complaint.refusal);
    let error = first.map_or_else(ApiError::default, |refusal| *refusal.error);
    let message = match error.message.is_empty() {
        true => format!("no provider can be asked now: {summary}"),
        false => format!("{} [tried: {summary}]", error.message),
    };
    let error = ApiError { kind, message: message.into(), ..error };
    Err(Refusal { status, error: Box::new(error), retry_after: soonest, route: None, attempts })
}

/// What kind of error it is that nobody could be asked.
fn blocked(attempts: &Attempts) -> ErrorKind {
    let last = attempts.made.iter().rev().find_map(|attempt| match attempt.end {
        End::Passed(block) => Some(block),
        _ => None,
    });
    match last {
        Some(Block::Asked(_) | Block::Resting(_)) => ErrorKind::RateLimit,
        _ => ErrorKind::Overloaded,
    }
}
