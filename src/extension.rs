//! Code of one's own in the gateway: a router, an agent and a pass, as types that the compiler knows.
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
use wireloom_schema::model::{Json, Part, Request, Response, Step};

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

/// Offers models tools that the gateway runs itself. Clients see neither the calls nor their results: only what the model
/// says before and after, as one answer.
pub trait Agent: Send + Sync + 'static {
    /// What it knows of a request until that is answered.
    type Task: Task;

    /// Takes a request on; none, where it has nothing to do with it. A body that it takes on is translated even if client
    /// and provider speak one dialect, so that what only that dialect has is lost.
    fn task(&self, asked: &Asked<'_>) -> Option<Self::Task>;
}

/// An agent's work on one request.
pub trait Task: Send + Sync + 'static {
    /// Offers the tools, and changes in the request what goes with them. Each call to a provider begins with the request
    /// as the client sent it, so this may be asked more than once.
    fn request(&self, request: &mut Request<'_>);

    /// Whether a tool is one of its own.
    fn owns(&self, tool: &str) -> bool;

    /// Runs a tool of its own. What takes long is the model's to wait for, and the client's.
    fn run(&self, call: Call<'_>) -> impl Future<Output = Outcome> + Send;
}

/// A model's call of an agent's tool.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// The tool.
    pub tool: &'c str,
    /// What the model wants of it: an object, which need not fit the tool's schema, for models make mistakes.
    pub arguments: &'c Json<'c>,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the model is told: text, images, documents.
    pub parts: Vec<Part<'static>>,
    /// Whether the tool failed.
    pub is_error: bool,
}

impl Outcome {
    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        Self { parts: vec![Part::plain(words.into())], is_error: false }
    }

    /// Words that say what went wrong.
    pub fn error(words: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(words) }
    }
}

/// Takes nothing on.
impl Agent for () {
    type Task = ();

    fn task(&self, _asked: &Asked<'_>) -> Option<()> {
        None
    }
}

/// Offers nothing.
impl Task for () {
    fn request(&self, _request: &mut Request<'_>) {}

    fn owns(&self, _tool: &str) -> bool {
        false
    }

    async fn run(&self, _call: Call<'_>) -> Outcome {
        Outcome::error("there is no such tool")
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

    /// Passes on what it has kept back of a stream, behind whose last step nothing comes.
    fn end(&mut self, next: &mut impl FnMut(Step<'_>)) {
        let _ = next;
    }
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

    fn end(&mut self, next: &mut impl FnMut(Step<'_>)) {
        if let Some(answer) = self {
            answer.end(next);
        }
    }
}

/// All code of one's own, as one type.
pub trait Extension: Send + Sync + 'static {
    /// Chooses where requests go.
    type Router: Router;
    /// Offers tools of the gateway's own.
    type Agent: Agent;
    /// Changes requests and answers.
    type Pass: Pass;

    /// The router.
    fn router(&self) -> &Self::Router;

    /// The agent.
    fn agent(&self) -> &Self::Agent;

    /// The pass.
    fn pass(&self) -> &Self::Pass;
}

/// A gateway with code of one's own, to be run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wireloom<R = (), A = (), P = ()> {
    router: R,
    agent: A,
    pass: P,
}

impl Wireloom {
    /// One without.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<R: Router, A: Agent, P: Pass> Wireloom<R, A, P> {
    /// With this router.
    pub fn router<O: Router>(self, router: O) -> Wireloom<O, A, P> {
        Wireloom { router, agent: self.agent, pass: self.pass }
    }

    /// With this agent.
    pub fn agent<O: Agent>(self, agent: O) -> Wireloom<R, O, P> {
        Wireloom { router: self.router, agent, pass: self.pass }
    }

    /// With this pass.
    pub fn pass<O: Pass>(self, pass: O) -> Wireloom<R, A, O> {
        Wireloom { router: self.router, agent: self.agent, pass }
    }

    /// Runs the `wireloom` command that the arguments of the process name, with all of this in the gateway that it starts.
    pub fn main(self) -> ExitCode {
        cli::run(self)
    }
}

impl<R: Router, A: Agent, P: Pass> Extension for Wireloom<R, A, P> {
    type Router = R;
    type Agent = A;
    type Pass = P;

    fn router(&self) -> &R {
        &self.router
    }

    fn agent(&self) -> &A {
        &self.agent
    }

    fn pass(&self) -> &P {
        &self.pass
    }
}
