//! Where requests go: `Router`, `fallback` and `rules`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{document::Origin, model::Effort};

use super::{
    Route,
    kind::{LARGEST, Whole, maybe_whole},
    route::{self, MaybeRoute},
};

/// Where requests go, by what they are (`Router`). A scenario without an entry goes to `default`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(extend("errorMessage" = "expected an object of routes"))]
pub struct RouterConfig {
    /// Everything that nothing else takes.
    #[serde(deserialize_with = "route::maybe")]
    #[schemars(with = "MaybeRoute")]
    pub default: Option<Route>,
    /// A client's small chores: requests for a small model of the client's own vendor.
    #[serde(deserialize_with = "route::maybe")]
    #[schemars(with = "MaybeRoute")]
    pub background: Option<Route>,
    /// The models that clients name for their chores, in any case, `*` for any letters.
    #[schemars(with = "Vec<String>", extend("errorMessage" = "expected a list of models' names", "default" = BACKGROUND_MODELS))]
    pub background_models: Option<Vec<String>>,
    /// Requests that ask the model to reason.
    #[serde(deserialize_with = "route::maybe")]
    #[schemars(with = "MaybeRoute")]
    pub think: Option<Route>,
    /// From which stated effort on a request asks to reason. A budget always does.
    #[schemars(with = "EffortLevel", extend("default" = "high"))]
    pub think_effort: Option<EffortLevel>,
    /// Requests with more tokens than `longContextThreshold`.
    #[serde(deserialize_with = "route::maybe")]
    #[schemars(with = "MaybeRoute")]
    pub long_context: Option<Route>,
    /// From how many tokens on a request is long; 60,000 if it is missing or 0.
    #[serde(deserialize_with = "maybe_whole")]
    #[schemars(with = "Whole<0, LARGEST>", extend("default" = 60_000))]
    pub long_context_threshold: Option<u64>,
    /// Requests with a tool that lets the vendor search the web.
    #[serde(deserialize_with = "route::maybe")]
    #[schemars(with = "MaybeRoute")]
    pub web_search: Option<Route>,
    /// Requests whose last message shows an image.
    #[serde(deserialize_with = "route::maybe")]
    #[schemars(with = "MaybeRoute")]
    pub image: Option<Route>,
}

/// From how many tokens on a request is long, where the configuration does not say it.
pub const LONG_CONTEXT: u64 = 60_000;

/// The small models that clients name for their chores, where the configuration does not say it.
pub const BACKGROUND_MODELS: [&str; 3] = ["*claude*haiku*", "*gpt-*-nano*", "*gemini-*-flash-lite*"];

/// The name of the tag with which a prompt says its own model; claude-code-router's.
pub const SUBAGENT_TAG: &str = "CCR-SUBAGENT-MODEL";

/// Headers in which clients name their session, the surest first.
pub const SESSION_HEADERS: [&str; 5] =
    ["x-claude-code-session-id", "session-id", "session_id", "x-session-id", "x-session-affinity"];

/// What stands before the session in the text with which clients name their user.
pub const SESSION_MARK: &str = "_session_";

/// The key of the session where clients name their user in JSON.
pub const SESSION_KEY: &str = "session_id";

/// Where Claude Code keeps its transcripts, below the home directory: a folder a project, a file a session.
pub const PROJECTS: &str = ".claude/projects";

/// An effort as the configuration writes it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum EffortLevel {
    /// As little as possible.
    Minimal,
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// All it can.
    Max,
}

impl EffortLevel {
    /// All of them as they are written, the least first.
    pub const ALL: [(&'static str, Self); 6] = [
        ("minimal", Self::Minimal),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("xhigh", Self::Xhigh),
        ("max", Self::Max),
    ];

    /// Whether an effort is this one or more.
    pub fn is_reached_by(self, effort: Effort) -> bool {
        let least = match self {
            Self::Minimal => Effort::Minimal,
            Self::Low => Effort::Low,
            Self::Medium => Effort::Medium,
            Self::High => Effort::High,
            Self::Xhigh => Effort::Xhigh,
            Self::Max => Effort::Max,
        };
        effort as u8 >= least as u8
    }
}

impl RouterConfig {
    /// Drops the routes that do not hold.
    pub(super) fn keep(&mut self, holds: impl Fn(&Route) -> bool) {
        let Self { default, background, think, long_context, web_search, image, .. } = self;
        for slot in [default, background, think, long_context, web_search, image] {
            if slot.as_ref().is_some_and(|route| !holds(route)) {
                *slot = None;
            }
        }
    }

    /// This where it says something, else the other, key by key.
    pub fn or(self, other: &Self) -> Self {
        let route = |own: Option<Route>, other: &Option<Route>| own.or_else(|| other.clone());
        Self {
            default: route(self.default, &other.default),
            background: route(self.background, &other.background),
            background_models: self.background_models.or_else(|| other.background_models.clone()),
            think: route(self.think, &other.think),
            think_effort: self.think_effort.or(other.think_effort),
            long_context: route(self.long_context, &other.long_context),
            long_context_threshold: self.long_context_threshold.or(other.long_context_threshold),
            web_search: route(self.web_search, &other.web_search),
            image: route(self.image, &other.image),
        }
    }
}

/// What is tried in turn when the provider of a scenario fails (`fallback`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(extend("errorMessage" = "expected an object of lists of routes"))]
pub struct FallbackConfig {
    /// For `default`, for rules without a list of their own, and for scenarios without one.
    pub default: Vec<Route>,
    /// For `background`.
    pub background: Vec<Route>,
    /// For `think`.
    pub think: Vec<Route>,
    /// For `longContext`.
    pub long_context: Vec<Route>,
    /// For `webSearch`.
    pub web_search: Vec<Route>,
    /// For `image`.
    pub image: Vec<Route>,
}

/// A rule of the user's own (`rules`): the first whose condition holds says where a request goes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("errorMessage" = "expected a rule, which is an object"))]
pub struct RuleConfig {
    /// What records and explanations call it; its number, if it has no name.
    #[serde(default)]
    pub name: Option<String>,
    /// The condition: an expression of the Common Expression Language over the request, see the README.
    #[schemars(extend("errorMessage" = "expected a condition", "errorCode" = "C004", "pattern" = "\\S"))]
    pub when: String,
    /// Where the request goes.
    pub to: Route,
    /// What is tried in turn when that fails; the scenario's `fallback` if it is missing.
    #[serde(default)]
    pub fallback: Option<Vec<Route>>,
    /// Where the condition stands in the file.
    #[serde(skip)]
    pub origin: Option<Origin>,
}
