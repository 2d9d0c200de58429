//! Code of one's own in the gateway: a router and a pass, as types that the compiler knows.
//!
//! ```no_run
//! use wireloom::{Wireloom, extension::{Asked, Router}};
//!
//! struct Night;
//!
//! impl Router for Night {
//!     async fn route(&self, asked: &Asked<'_>) -> Option<String> {
//!         asked.request.tools.is_empty().then(|| "local,small".to_owned())
//!     }
//! }
//!
//! // The whole of such a gateway's `main`.
//! let code: std::process::ExitCode = Wireloom::new().router(Night).main();
//! ```
//!
//! Nothing of it is looked up while requests run: what is not given is `()`, of which nothing is left in the binary.

use std::process::ExitCode;

use http::HeaderMap;
use wireloom_schema::model::{Request, Response, Step};

use crate::{cli, specs::Face};

/// What a client asks, to be looked at.
pub struct Asked<'r> {
    /// The request as the client sent it, in the unified model.
    pub request: &'r Request<'r>,
    /// The protocol that the client speaks.
    pub face: Face,
    /// The client's headers, among them the gateway's key.
    pub headers: &'r HeaderMap,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The provider's name in the configuration.
    pub provider: &'p str,
    /// The model's name there.
    pub model: &'p str,
}

/// Chooses where requests go, before the configuration does.
pub trait Router: Send + Sync + 'static {
    /// `provider,model` as in the configuration; none leaves the choice to it. A provider that is not configured is
    /// logged, and counts as none.
    fn route(&self, asked: &Asked<'_>) -> impl Future<Output = Option<String>> + Send;
}

/// Leaves every choice to the configuration.
impl Router for () {
    async fn route(&self, _asked: &Asked<'_>) -> Option<String> {
        None
    }
}

/// Changes requests on their way to a provider, and answers on their way back.
pub trait Pass: Send + Sync + 'static {
    /// What is known of a request when its answer comes.
    type Answer: AnswerPass;

    /// Whether it has to do with a request. Where it has, the body is translated even if client and provider speak one
    /// dialect, so that what only that dialect has is lost.
    fn concerns(&self, asked: &Asked<'_>, place: Place<'_>) -> bool;

    /// Changes a request that it has to do with, in the unified model, before it is written for that place.
    fn request(&self, request: &mut Request<'_>, place: Place<'_>) -> Self::Answer;
}

/// Changes the answer to one request.
pub trait AnswerPass: Send + 'static {
    /// Changes an answer that comes whole.
    fn response(&mut self, response: &mut Response<'_>);

    /// Passes on a step of an answer that comes as a stream: as it is, changed, several, or none. Steps come as the
    /// provider sends them: a part may begin with its first words, or be continued without a beginning. What is passed on
    /// is brought into order before the client sees it.
    fn step(&mut self, step: Step<'_>, next: &mut impl FnMut(Step<'_>));
}

/// Changes nothing.
impl Pass for () {
    type Answer = ();

    fn concerns(&self, _asked: &Asked<'_>, _place: Place<'_>) -> bool {
        false
    }

    fn request(&self, _request: &mut Request<'_>, _place: Place<'_>) {}
}

/// Changes nothing.
impl AnswerPass for () {
    fn response(&mut self, _response: &mut Response<'_>) {}

    fn step(&mut self, step: Step<'_>, next: &mut impl FnMut(Step<'_>)) {
        next(step);
    }
}

/// What only some requests go through.
impl<A: AnswerPass> AnswerPass for Option<A> {
    fn response(&mut self, response: &mut Response<'_>) {
        if let Some(answer) = self {
            answer.response(response);
        }
    }

    fn step(&mut self, step: Step<'_>, next: &mut impl FnMut(Step<'_>)) {
        match self {
            Some(answer) => answer.step(step, next),
            None => next(step),
        }
    }
}

/// All code of one's own, as one type.
pub trait Extension: Send + Sync + 'static {
    /// Chooses where requests go.
    type Router: Router;
    /// Changes requests and answers.
    type Pass: Pass;

    /// The router.
    fn router(&self) -> &Self::Router;

    /// The pass.
    fn pass(&self) -> &Self::Pass;
}

/// A gateway with code of one's own, to be run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wireloom<R = (), P = ()> {
    router: R,
    pass: P,
}

impl Wireloom {
    /// One without.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<R: Router, P: Pass> Wireloom<R, P> {
    /// With this router.
    pub fn router<O: Router>(self, router: O) -> Wireloom<O, P> {
        Wireloom { router, pass: self.pass }
    }

    /// With this pass.
    pub fn pass<O: Pass>(self, pass: O) -> Wireloom<R, O> {
        Wireloom { router: self.router, pass }
    }

    /// Runs the `wireloom` command that the arguments of the process name, with all of this in the gateway that it starts.
    pub fn main(self) -> ExitCode {
        cli::run(self)
    }
}

impl<R: Router, P: Pass> Extension for Wireloom<R, P> {
    type Router = R;
    type Pass = P;

    fn router(&self) -> &R {
        &self.router
    }

    fn pass(&self) -> &P {
        &self.pass
    }
}
