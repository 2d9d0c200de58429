//! Where a request goes: a function of the request and the configuration, without network and clock, so that it can be
//! explained and tested.
//!
//! First a custom router is asked, then the user's own rules in their order, then the scenarios in theirs.

mod inquiry;
mod overrides;
mod routes;
mod rules;
mod scenario;
mod session;
mod tag;
mod tally;
mod trace;
mod view;

use std::{path::PathBuf, sync::Arc};

use http::HeaderValue;
use wireloom_schema::{
    config::{Config, FallbackConfig, Route, RouterConfig},
    model::{PartKind, Request},
};

use crate::gateway::{Destination, Target};

pub use self::{
    inquiry::{EXPLAIN, ROUTE, TRACE, Untagged, decide, tell, without_tag},
    overrides::{Overrides, Scope, project_of},
    routes::Routes,
    rules::check,
    scenario::{Scenario, images, users_parts},
    session::{Sessions, session_of},
    tag::Tag,
    tally::Tally,
    trace::{Check, Trace},
    view::{Moment, Uncounted, View},
};
use self::{
    routes::resolve,
    rules::{Facts, Rules},
};

/// The routing of a gateway.
#[derive(Debug)]
pub struct Routing {
    /// `Router` as the configuration has it.
    pub routes: Arc<Routes>,
    config: RouterConfig,
    targets: Arc<[Arc<Target>]>,
    rules: Rules,
    fallback: Vec<(Scenario, Vec<Destination>)>,
    /// What projects and sessions say otherwise.
    pub overrides: Overrides,
    /// How long sessions are.
    pub sessions: Arc<Sessions>,
    uses_clock: bool,
    uses_sessions: bool,
}

/// Where a request goes, and why.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What the request is.
    pub scenario: Scenario,
    /// The rule that says where it goes, if one does.
    pub rule: Option<Arc<str>>,
    /// Where it goes, and what is tried in turn when that fails. There is at least one.
    pub destinations: Vec<Destination>,
    /// Who is asked what is on its images, if whoever it goes to is not to see them.
    pub viewer: Option<Destination>,
    /// The tag that has to go from the prompt.
    pub tag: Option<Tag>,
    /// The checks that were made, if they are wanted.
    pub trace: Trace,
}

/// Why there is no decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// The tokens must be counted first.
    Uncounted,
    /// There is no default.
    Nowhere {
        /// What the request is.
        scenario: Scenario,
        /// The model that it names.
        model: String,
    },
}

impl From<Uncounted> for Undecided {
    fn from(_: Uncounted) -> Self {
        Self::Uncounted
    }
}

impl Routing {
    /// Of a configuration with its providers.
    pub fn new(config: &Config, targets: &[Arc<Target>]) -> Self {
        let targets: Arc<[Arc<Target>]> = targets.into();
        let mut router = config.router.clone();
        // What stands in for a default that fails does so for one that is switched off.
        let is_there = |route: &Route| resolve(&targets, route).is_some();
        if !router.default.as_ref().is_some_and(is_there) {
            router.default = config.fallback.default.iter().find(|route| is_there(route)).cloned().or(router.default);
        }
        let routes = Arc::new(Routes::new(&router, config.image_agent, targets.clone()));
        let rules = Rules::new(&config.rules, &targets);
        let wants_length = rules.ask_for(&["last_tokens", "scenario"]);
        Self {
            uses_clock: rules.ask_for(&["hour", "weekday"]),
            uses_sessions: wants_length || routes.long_context.is_some(),
            overrides: Overrides::new(rules.ask_for(&["project"])),
            fallback: fallback(&config.fallback, &targets),
            config: router,
            sessions: Arc::default(),
            routes,
            rules,
            targets,
        }
    }

    /// The same, with the files of projects and sessions below another home directory.
    pub fn below(self, home: PathBuf) -> Self {
        let overrides = self.overrides.moved(home);
        Self { overrides, ..self }
    }

    /// The same, with what an earlier one remembers of sessions.
    pub fn after(self, earlier: &Self) -> Self {
        Self { sessions: earlier.sessions.clone(), ..self }
    }

    /// The time, if a rule asks for it.
    pub fn moment(&self) -> Moment {
        if self.uses_clock { Moment::now() } else { Moment::default() }
    }

    /// Where an answer's usage is noted, if the length of a session says where its requests go.
    pub fn tally(&self, session: Option<&str>) -> Option<Tally> {
        let session = session.filter(|_| self.uses_sessions)?;
        Some(Tally::new(self.sessions.clone(), session))
    }

    /// Whether the configuration names a model itself, rather than the client alone: then the number of such names is
    /// bounded.
    pub fn names(&self, destination: &Destination) -> bool {
        let of_rules =
            || self.rules.list.iter().flat_map(|rule| rule.fallback.iter().flatten().chain([&rule.destination]));
        let of_fallback = || self.fallback.iter().flat_map(|(_, list)| list);
        destination.target.models.contains(&destination.model)
            || self.routes.all().chain(of_fallback()).chain(of_rules()).any(|known| known == destination)
    }

    /// `Router` with what a project and a session say otherwise.
    fn routes_with(&self, own: RouterConfig) -> Routes {
        Routes::new(&own.or(&self.config), self.routes.image_agent, self.targets.clone())
    }

    /// The names of the providers.
    fn providers(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(|target| target.name.as_str())
    }

    /// Decides where a request goes.
    ///
    /// # Errors
    /// The tokens are needed and not counted, or there is no default.
    pub fn decide<C: Fn() -> Option<u64> + Sync + Send>(
        &self,
        routes: &Routes,
        view: &View<'_, C>,
        wants_trace: bool,
    ) -> Result<Decision, Undecided> {
        let mut trace = Trace::new(wants_trace);
        let tag = tag::find(view.request);
        let facts = Facts::new(view, routes, tag.as_ref(), wants_trace);
        let decided =
            |scenario, rule: Option<Arc<str>>, destination, own: Option<&Vec<Destination>>, mut trace: Trace| {
                let viewer = viewer(routes, view.request, &destination);
                if let Some(viewer) = &viewer {
                    trace.note("image agent", true, || format!("{} is asked what is on the images", viewer.name()));
                }
                let destinations = self.with_fallback(destination, scenario, own);
                Decision { scenario, rule, destinations, viewer, tag: tag.clone(), trace }
            };
        if let Some(chosen) = view.chosen {
            let destination = routes.explicit(chosen);
            trace.note("custom router", destination.is_some(), || format!("it chose `{chosen}`"));
            match destination {
                Some(destination) => return Ok(decided(Scenario::Default, None, destination, None, trace)),
                None => tracing::warn!(chosen, "the custom router chose no configured provider"),
            }
        }
        for rule in &self.rules.list {
            let held = self.rules.holds(rule, &facts)?;
            trace.note(format!("rule {}", rule.name), held == Ok(true), || match &held {
                Ok(_) => rule.when.clone(),
                Err(error) => format!("{}: {error}", rule.when),
            });
            if held == Ok(true) {
                // What the request is otherwise is told if that needs no count.
                let scenario = facts.classified().map_or(Scenario::Default, |(classified, _)| classified.scenario);
                let name = Some(rule.name.clone());
                return Ok(decided(scenario, name, rule.destination.clone(), rule.fallback.as_ref(), trace));
            }
        }
        let (classified, seen) = facts.classified()?;
        trace.extend(seen);
        let scenario = classified.scenario;
        match classified.destination.clone() {
            Some(destination) => Ok(decided(scenario, None, destination, None, trace)),
            None => Err(Undecided::Nowhere { scenario, model: view.request.model.to_string() }),
        }
    }

    /// A destination and what is tried when it fails: a rule's own list, else the scenario's, else the default's.
    fn with_fallback(
        &self,
        first: Destination,
        scenario: Scenario,
        own: Option<&Vec<Destination>>,
    ) -> Vec<Destination> {
        let of = |scenario| self.fallback.iter().find(|(known, _)| *known == scenario).map(|(_, list)| list);
        let list = own.or_else(|| of(scenario)).or_else(|| of(Scenario::Default));
        let mut all = vec![first];
        for next in list.into_iter().flatten() {
            if !all.contains(next) {
                all.push(next.clone());
            }
        }
        all
    }
}

/// Who is asked what is on a request's images, if whoever it goes to is not to see them: because that is so configured, or
/// because it cannot.
fn viewer(routes: &Routes, request: &Request<'_>, destination: &Destination) -> Option<Destination> {
    let viewer = routes.image.as_ref().filter(|viewer| *viewer != destination)?;
    let is_blind = || {
        let takes = destination.target.spec.model(&destination.model).and_then(|facts| facts.takes);
        takes.is_some_and(|takes| takes & PartKind::Image.bit() == 0)
    };
    let is_wanted = (routes.image_agent || is_blind()) && images(users_parts(&request.messages)) > 0;
    is_wanted.then(|| viewer.clone())
}

/// The lists that are not empty.
fn fallback(config: &FallbackConfig, targets: &[Arc<Target>]) -> Vec<(Scenario, Vec<Destination>)> {
    let lists: [(Scenario, &Vec<Route>); 6] = [
        (Scenario::Default, &config.default),
        (Scenario::Background, &config.background),
        (Scenario::Think, &config.think),
        (Scenario::LongContext, &config.long_context),
        (Scenario::WebSearch, &config.web_search),
        (Scenario::Image, &config.image),
    ];
    let to = |routes: &Vec<Route>| routes.iter().filter_map(|route| resolve(targets, route)).collect::<Vec<_>>();
    lists.map(|(scenario, routes)| (scenario, to(routes))).into_iter().filter(|(_, list)| !list.is_empty()).collect()
}

impl Decision {
    /// Where the request goes first.
    pub fn first(&self) -> Option<&Destination> {
        self.destinations.first()
    }

    /// What the client is told of it: by whom it was answered, as ASCII.
    pub fn header(&self, destination: &Destination) -> Option<HeaderValue> {
        let mut text = format!("scenario={}", self.scenario.name());
        if let Some(rule) = &self.rule {
            text += &format!("; rule={}", safe(rule));
        }
        text += &format!("; provider={}; model={}", safe(&destination.target.name), safe(&destination.model));
        HeaderValue::from_str(&text).ok()
    }
}

/// A name with escapes, as in URLs, for what would not be read as a part of it.
fn safe(text: &str) -> impl std::fmt::Display + '_ {
    const UNSAFE: percent_encoding::AsciiSet = percent_encoding::CONTROLS.add(b';').add(b'%').add(b'"');
    percent_encoding::utf8_percent_encode(text, &UNSAFE)
}

impl std::fmt::Display for Undecided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Uncounted => f.write_str("the tokens cannot be counted"),
            Self::Nowhere { model, .. } if model.is_empty() => {
                f.write_str("the request names no model, and the configuration has no Router.default")
            }
            Self::Nowhere { scenario: Scenario::Default, model } => write!(
                f,
                "no provider is configured for the model `{model}`: name it as `provider,model`, or set Router.default"
            ),
            Self::Nowhere { scenario, .. } => {
                write!(f, "the configuration has neither Router.{} nor Router.default", scenario.name())
            }
        }
    }
}
