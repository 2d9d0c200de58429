//! The values of the variables of one request, made when a condition asks for them.

use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use cel::{
    Value,
    common::{
        types::{CelBool, CelInt, CelString},
        value::CowVal,
    },
    context::VariableResolver,
};
use wireloom_schema::model::{Part, ReasoningMode, Role, Tool};

use super::variables::Variable;
use crate::{
    routing::{
        routes::Routes,
        scenario::{self, Classified, classify, images, last_contribution},
        tag::Tag,
        trace::Trace,
        view::{Uncounted, View},
    },
    specs::Face,
    wire::stream::Way,
};

/// A request as conditions see it.
pub(in crate::routing) struct Facts<'r, C> {
    view: &'r View<'r, C>,
    routes: &'r Routes,
    tag: Option<&'r Tag>,
    classified: OnceLock<Result<(Classified, Trace), Uncounted>>,
    wants_trace: bool,
    /// Whether the tokens were asked for in vain.
    uncounted: AtomicBool,
}

impl<'r, C: Fn() -> Option<u64> + Sync> Facts<'r, C> {
    pub(in crate::routing) fn new(
        view: &'r View<'r, C>,
        routes: &'r Routes,
        tag: Option<&'r Tag>,
        wants_trace: bool,
    ) -> Self {
        Self { view, routes, tag, classified: OnceLock::new(), wants_trace, uncounted: AtomicBool::new(false) }
    }

    /// What the request is, asked for once.
    pub(in crate::routing) fn classified(&self) -> Result<&(Classified, Trace), Uncounted> {
        let classified = self.classified.get_or_init(|| {
            let mut trace = Trace::new(self.wants_trace);
            classify(self.routes, self.view, self.tag, &mut trace).map(|classified| (classified, trace))
        });
        classified.as_ref().map_err(|uncounted| *uncounted)
    }

    pub(super) fn is_uncounted(&self) -> bool {
        self.uncounted.load(Ordering::Relaxed)
    }

    fn counted<T>(&self, value: Result<T, Uncounted>) -> Option<T> {
        if value.is_err() {
            self.uncounted.store(true, Ordering::Relaxed);
        }
        value.ok()
    }

    fn tools(&self) -> Vec<String> {
        let mut names = Vec::new();
        for tool in &self.view.request.tools {
            match tool {
                Tool::Namespace { name, tools, .. } => names.extend(tools.iter().filter_map(|tool| match tool {
                    Tool::Function { name: own, .. } | Tool::Custom { name: own, .. } => {
                        Some(format!("{}.{}", &**name, &**own))
                    }
                    _ => None,
                })),
                Tool::Function { name, .. } | Tool::Custom { name, .. } => names.push(name.to_string()),
                Tool::WebSearch { .. } => names.push("web_search".to_owned()),
                Tool::Native { json, .. } => {
                    let json: serde_json::Value = serde_json::from_str(json.text()).unwrap_or_default();
                    let name = json["name"].as_str().or_else(|| json["type"].as_str());
                    names.extend(name.map(str::to_owned));
                }
            }
        }
        names
    }

    /// The headers, but for those that show a key.
    fn headers(&self) -> HashMap<&'r str, &'r str> {
        let keys = || Face::ALL.iter().flat_map(|face| face.facts().auth);
        let shows =
            |name: &str| name == "cookie" || keys().any(|auth| matches!(auth.way, Way::Header(key, _) if key == name));
        let mut map = HashMap::new();
        for (name, value) in self.view.headers {
            if let Ok(value) = value.to_str()
                && !shows(name.as_str())
            {
                map.entry(name.as_str()).or_insert(value);
            }
        }
        map
    }

    /// What the user said last, in words.
    fn prompt(&self) -> CelString<'_> {
        let words = |part: &'r Part<'r>| match part {
            Part::Text { text, .. } => Some(&**text),
            _ => None,
        };
        let spoken = self.view.request.messages.iter().rev().filter(|message| message.role == Role::User);
        let mut said = spoken.map(|message| message.parts.iter().filter_map(words).collect::<Vec<_>>());
        match said.find(|words| !words.is_empty()).unwrap_or_default().as_slice() {
            [only] => CelString::from(*only),
            words => CelString::from(words.join("\n")),
        }
    }

    fn effort(&self) -> &'static str {
        let Some(reasoning) = &self.view.request.reasoning else { return "" };
        match (&reasoning.mode, reasoning.as_effort()) {
            (Some(ReasoningMode::Off), _) => "none",
            (_, Some(effort)) => scenario::word(effort),
            (Some(ReasoningMode::Adaptive { .. }), None) => "adaptive",
            _ => "",
        }
    }

    fn value(&self, variable: Variable) -> Option<CowVal<'_, '_>> {
        let view = self.view;
        let text = |text: &'r str| CowVal::owned(CelString::from(text));
        let int = |number: u64| CowVal::owned(CelInt::from(i64::try_from(number).unwrap_or(i64::MAX)));
        let count = |number: usize| int(number as u64);
        Some(match variable {
            Variable::Model => text(&view.request.model),
            Variable::Scenario => text(self.counted(self.classified())?.0.scenario.name()),
            Variable::Tokens => int(self.counted(view.tokens())?),
            Variable::LastTokens => int(view.last_input.unwrap_or_default()),
            Variable::Images => count(images(view.request.messages.iter().flat_map(|message| &message.parts))),
            Variable::LastImages => count(images(last_contribution(view.request))),
            Variable::Messages => count(view.request.messages.len()),
            Variable::Tools => CowVal::Owned(Value::from(self.tools()).try_into().ok()?),
            Variable::Headers => CowVal::Owned(Value::Map(self.headers().into()).try_into().ok()?),
            Variable::Session => text(view.session.unwrap_or_default()),
            Variable::Project => text(view.project.unwrap_or_default()),
            Variable::Hour => int(view.now.hour.into()),
            Variable::Weekday => text(view.now.day()),
            Variable::Agent => CowVal::owned(CelString::from(view.agent())),
            Variable::Effort => text(self.effort()),
            Variable::Stream => CowVal::owned(CelBool::from(view.request.stream)),
            Variable::Face => text(view.face.facts().name),
            Variable::MaxTokens => int(view.request.max_tokens.unwrap_or_default()),
            Variable::Prompt => CowVal::owned(self.prompt()),
        })
    }
}

impl<C: Fn() -> Option<u64> + Sync + Send> VariableResolver for Facts<'_, C> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        self.value(Variable::named(variable)?)
    }
}
