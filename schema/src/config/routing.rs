//! Where requests go: `Router`, `fallback` and `rules`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Route,
    kind::{Amount, LARGEST, Whole, amount, maybe_amount, maybe_whole},
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
    /// Requests that ask the model to reason.
    #[serde(deserialize_with = "route::maybe")]
    #[schemars(with = "MaybeRoute")]
    pub think: Option<Route>,
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
    /// The condition: an expression over the request.
    #[schemars(extend("errorMessage" = "expected a condition", "errorCode" = "C004", "pattern" = "\\S"))]
    pub when: String,
    /// Where the request goes.
    pub to: Route,
    /// What is tried in turn when that fails; the scenario's `fallback` if it is missing.
    #[serde(default)]
    pub fallback: Option<Vec<Route>>,
}

/// Prices of models in dollars for a million tokens, by `provider,model`.
pub type Prices = BTreeMap<String, PriceConfig>;

/// The price of a model, in US dollars for a million tokens.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("errorMessage" = "expected a price, which is an object"))]
pub struct PriceConfig {
    /// Input that no cache had.
    #[serde(deserialize_with = "amount")]
    #[schemars(with = "Amount")]
    pub input: f64,
    /// Output, reasoning included.
    #[serde(deserialize_with = "amount")]
    #[schemars(with = "Amount")]
    pub output: f64,
    /// Input read from the vendor's prompt cache; as `input` if it is missing.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_read: Option<f64>,
    /// Input written to the vendor's prompt cache; as `input` if it is missing.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schemars(with = "Amount")]
    pub cache_write: Option<f64>,
}
