//! What a request is: the scenarios, and the order in which they are asked for.

use std::borrow::Cow;

use wireloom_schema::{
    config::EffortLevel,
    model::{Effort, Message, Part, Reasoning, ReasoningMode, Request, Role, Tool, ToolChoice},
};

use crate::gateway::Destination;

use super::{
    routes::Routes,
    tag::Tag,
    trace::Trace,
    view::{Uncounted, View},
};

/// Fewer tokens than this are no long context, however long the session's last request was: the client has cleared it.
const LEAST_AFTER_LONG: u64 = 20_000;

/// Why a request goes where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing else.
    Default,
    /// The client names `provider,model`.
    Explicit,
    /// The prompt names them, in a tag.
    Subagent,
    /// The user shows an image.
    Image,
    /// It is long, or the session's last request was.
    LongContext,
    /// A chore of the client's, for a small model.
    Background,
    /// A search of the web.
    WebSearch,
    /// The model is to reason.
    Think,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Default,
        Self::Explicit,
        Self::Subagent,
        Self::Image,
        Self::LongContext,
        Self::Background,
        Self::WebSearch,
        Self::Think,
    ];

    /// As the configuration writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Explicit => "explicit",
            Self::Subagent => "subagent",
            Self::Image => "image",
            Self::LongContext => "longContext",
            Self::Background => "background",
            Self::WebSearch => "webSearch",
            Self::Think => "think",
        }
    }
}

/// What a request is, and where that goes; nowhere if the configuration has no default.
#[derive(Clone, Debug)]
pub(super) struct Classified {
    pub(super) scenario: Scenario,
    pub(super) destination: Option<Destination>,
}

/// Asks for the scenarios in their order: what someone chose by name, what only some models can take in, what a request is
/// for, how it is to be answered. A scenario without an entry is passed over.
pub(super) fn classify<C: Fn() -> Option<u64> + Sync>(
    routes: &Routes,
    view: &View<'_, C>,
    tag: Option<&Tag>,
    trace: &mut Trace,
) -> Result<Classified, Uncounted> {
    let to = |scenario, destination| Ok(Classified { scenario, destination: Some(destination) });
    let model = &*view.request.model;
    let explicit = routes.explicit(model);
    trace.note(Scenario::Explicit.name(), explicit.is_some(), || match (&explicit, model.contains(',')) {
        (Some(found), _) => format!("the model `{model}` names {}", found.name()),
        (None, true) => format!("the model `{model}` names no configured provider before its comma"),
        (None, false) => format!("the model `{model}` names no provider"),
    });
    if let Some(destination) = explicit {
        return to(Scenario::Explicit, destination);
    }
    if let Some(found) = tag {
        let named = routes.named(&found.model);
        trace.note(Scenario::Subagent.name(), named.is_some(), || match &named {
            Some(destination) => format!("the prompt's tag names {}", destination.name()),
            None => format!("the prompt's tag `{}` names no configured provider and model", found.model),
        });
        match named {
            Some(destination) => return to(Scenario::Subagent, destination),
            None => tracing::warn!(tag = found.model, "a prompt's tag names no configured provider and model"),
        }
    } else {
        trace.note(Scenario::Subagent.name(), false, || "the prompt has no tag".into());
    }
    let images = || images(last_contribution(view.request));
    if let Some(destination) = asked(Scenario::Image, &routes.image, trace, || {
        if routes.image_agent {
            return Ok((false, "forceUseImageAgent: its model is asked what is on images".into()));
        }
        let count = images();
        Ok((count > 0, format!("{count} images in what was said last").into()))
    })? {
        return to(Scenario::Image, destination);
    }
    if let Some(destination) = asked(Scenario::LongContext, &routes.long_context, trace, || long(routes, view))? {
        return to(Scenario::LongContext, destination);
    }
    let background = || Ok(background(routes, model));
    if let Some(destination) = asked(Scenario::Background, &routes.background, trace, background)? {
        return to(Scenario::Background, destination);
    }
    if let Some(destination) = asked(Scenario::WebSearch, &routes.web_search, trace, || Ok(searches(view.request)))? {
        return to(Scenario::WebSearch, destination);
    }
    let thinks = || Ok(thinks(view.request.reasoning.as_ref(), routes.think_effort));
    if let Some(destination) = asked(Scenario::Think, &routes.think, trace, thinks)? {
        return to(Scenario::Think, destination);
    }
    trace.note(Scenario::Default.name(), true, || match &routes.default {
        Some(destination) => format!("everything else goes to {}", destination.name()),
        None => "Router.default is missing".into(),
    });
    Ok(Classified { scenario: Scenario::Default, destination: routes.default.clone() })
}

/// Whether a check holds, and what it saw.
type Saw<'r> = (bool, Cow<'r, str>);

/// Where a scenario goes, if it has an entry and its check holds. Without an entry the check is made only to be told.
fn asked<'r>(
    scenario: Scenario,
    destination: &Option<Destination>,
    trace: &mut Trace,
    check: impl FnOnce() -> Result<Saw<'r>, Uncounted>,
) -> Result<Option<Destination>, Uncounted> {
    let Some(destination) = destination else {
        trace.note(scenario.name(), false, || format!("Router.{} is missing", scenario.name()));
        return Ok(None);
    };
    let (holds, saw) = check()?;
    trace.note(scenario.name(), holds, || saw.into_owned());
    Ok(holds.then(|| destination.clone()))
}

fn long<C: Fn() -> Option<u64> + Sync>(routes: &Routes, view: &View<'_, C>) -> Result<Saw<'static>, Uncounted> {
    let threshold = routes.threshold;
    let last = view.last_input.filter(|last| *last > threshold);
    let least = if last.is_some() { threshold.min(LEAST_AFTER_LONG) } else { threshold };
    // Most requests are so short that nobody needs to count them.
    if view.most_tokens().is_some_and(|most| most <= least) {
        return Ok((false, format!("not more than {least} tokens, by its size").into()));
    }
    let tokens = view.tokens()?;
    let saw = match last {
        Some(last) => format!("{tokens} tokens, {last} in the session's last request; the threshold is {threshold}"),
        None => format!("{tokens} tokens; the threshold is {threshold}"),
    };
    Ok((tokens > least, saw.into()))
}

fn background(routes: &Routes, model: &str) -> Saw<'static> {
    match routes.background_models.iter().find(|form| form.matches(model)) {
        Some(form) => (true, format!("the model `{model}` is of the form `{form}`").into()),
        None => (false, format!("the model `{model}` is none of the small models").into()),
    }
}

/// A request is a search if the vendor's search is all that the model may use, or what it must use. Some agents offer it
/// beside their own tools with every request, which makes none of these a search.
fn searches(request: &Request<'_>) -> Saw<'static> {
    let count = request.tools.iter().filter(|tool| is_search(tool)).count();
    if count == 0 {
        return (false, "no tool searches the web".into());
    }
    let must = match &request.tool_choice {
        Some(ToolChoice::Tool { name }) => !request.tools.iter().any(|tool| named(tool) == Some(&**name)),
        _ => false,
    };
    match (count == request.tools.len(), must) {
        (true, _) => (true, "its only tool searches the web".into()),
        (_, true) => (true, "it must search the web".into()),
        _ => (false, "a tool may search the web, beside others".into()),
    }
}

fn named<'t>(tool: &'t Tool<'_>) -> Option<&'t str> {
    match tool {
        Tool::Function { name, .. } | Tool::Custom { name, .. } | Tool::Namespace { name, .. } => Some(name),
        Tool::WebSearch { .. } | Tool::Native { .. } => None,
    }
}

/// A search that the vendor runs; of a version that the dialect does not know, too.
fn is_search(tool: &Tool<'_>) -> bool {
    match tool {
        Tool::WebSearch { .. } => true,
        Tool::Native { json, .. } => {
            let json = serde_json::from_str::<serde_json::Value>(json.text()).unwrap_or_default();
            json["type"].as_str().is_some_and(|kind| kind.starts_with("web_search"))
        }
        _ => false,
    }
}

/// A budget asks to reason, and so does an effort from the configured one on. What leaves the effort to the model is of high
/// effort, as its vendor says; clients that always send it state a lower one for what is usual.
fn thinks(reasoning: Option<&Reasoning<'_>>, least: EffortLevel) -> Saw<'static> {
    let Some(reasoning) = reasoning else { return (false, "nothing is said of reasoning".into()) };
    match (&reasoning.mode, reasoning.effort) {
        (Some(ReasoningMode::Off), _) => (false, "reasoning is switched off".into()),
        (Some(ReasoningMode::Budget { tokens, .. }), _) => (true, format!("{tokens} tokens for reasoning").into()),
        (_, Some(effort)) => (least.is_reached_by(effort), format!("the effort is {}", word(effort)).into()),
        (Some(ReasoningMode::Adaptive { .. }), None) => {
            (least.is_reached_by(Effort::High), "the model decides how much it reasons".into())
        }
        (None, None) => (false, "nothing is said of reasoning".into()),
    }
}

/// An effort as the configuration writes it.
pub(super) fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Off => "none",
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Xhigh => "xhigh",
        Effort::Max => "max",
    }
}

/// The user's parts behind the model's last message: the words and the results of tools that the model is to answer.
pub(super) fn last_contribution<'r>(request: &'r Request<'_>) -> impl Iterator<Item = &'r Part<'r>> {
    let behind = request.messages.iter().rposition(|message| message.role == Role::Assistant).map_or(0, |at| at + 1);
    users_parts(request.messages.get(behind..).unwrap_or_default())
}

/// The user's parts of some messages.
pub fn users_parts<'r>(messages: &'r [Message<'_>]) -> impl Iterator<Item = &'r Part<'r>> {
    messages.iter().filter(|message| message.role == Role::User).flat_map(|message| &message.parts)
}

/// How many images there are, those in the results of tools among them.
pub fn images<'r>(parts: impl Iterator<Item = &'r Part<'r>>) -> usize {
    let within = |part: &'r Part<'r>| match part {
        Part::Image { .. } => 1,
        Part::ToolResult { parts, .. } => images_in(parts),
        _ => 0,
    };
    parts.map(within).sum()
}

fn images_in(parts: &[Part<'_>]) -> usize {
    parts.iter().filter(|part| matches!(part, Part::Image { .. })).count()
}
