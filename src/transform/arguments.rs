//! Repairing the arguments of calls: what is no JSON, and what the tool's schema does not allow as it is.

use serde_json::Value;
use wireloom_schema::model::{Step, Tool};

use super::{coerce::coerced, repair::repaired};
use crate::crossing::tools::{FREE_TEXT, joined};

/// The most bytes of arguments that are kept. Longer ones are told as they come, unrepaired.
const MOST: usize = 16 << 20;

/// Repairs the arguments of calls. They are told at once when the call is whole.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The tools and the JSON Schemas of their arguments.
    tools: Vec<(String, String)>,
    /// The call that is open.
    open: Option<Held>,
    /// A call that is whole, unless the answer was cut off within it: then it is not to be completed.
    doubtful: Option<Held>,
}

/// A call that is kept.
#[derive(Clone, Debug)]
struct Held {
    index: Option<u64>,
    call: Option<u64>,
    name: String,
    arguments: String,
}

impl Arguments {
    /// Of calls of these tools; none if there are none.
    pub(super) fn of(tools: &[Tool<'_>]) -> Option<Self> {
        let mut known = Vec::new();
        tools.iter().for_each(|tool| collect(None, tool, &mut known));
        (!known.is_empty()).then_some(Self { tools: known, open: None, doubtful: None })
    }

    /// Takes a step of a well-formed answer.
    pub(super) fn step(&mut self, step: &Step<'_>, out: &mut impl FnMut(&Step<'_>)) {
        match step {
            Step::Ping | Step::Usage { .. } => return out(step),
            Step::Finish { finish_reason, .. } | Step::Incomplete { finish_reason, .. } => {
                let cut_off =
                    matches!(step, Step::Incomplete { .. }) || finish_reason.is_some_and(|why| why.cuts_off());
                if let Some(held) = self.doubtful.take() {
                    let repaired = (!cut_off).then(|| self.settled(&held)).flatten();
                    held.tell(repaired, out);
                }
            }
            // What broke off stays incomplete.
            Step::Error { .. } => self.doubtful = None,
            _ => {
                if let Some(held) = self.doubtful.take() {
                    held.tell(self.settled(&held), out);
                }
            }
        }
        match (step, &mut self.open) {
            (Step::ToolCallOpen { index, call, name, .. }, open) => {
                let name = name.as_deref().unwrap_or_default().to_owned();
                *open = Some(Held { index: *index, call: *call, name, arguments: String::new() });
                out(step);
            }
            (Step::ToolCallDelta { arguments, .. }, Some(held)) => {
                held.arguments.push_str(arguments);
                if held.arguments.len() > MOST
                    && let Some(held) = self.open.take()
                {
                    held.tell_arguments(None, out);
                }
            }
            (Step::Close { .. }, open) => match open.take() {
                None => out(step),
                Some(held) if serde_json::from_str::<serde::de::IgnoredAny>(&held.arguments).is_ok() => {
                    held.tell(self.settled(&held), out);
                }
                Some(held) if held.arguments.trim().is_empty() => held.tell(None, out),
                Some(held) => self.doubtful = Some(held),
            },
            _ => out(step),
        }
    }

    /// The arguments as they should be, if that is otherwise than they are.
    fn settled(&self, held: &Held) -> Option<String> {
        let repaired = repaired(&held.arguments);
        if repaired.is_none() {
            tracing::debug!(tool = held.name, "the arguments of a call cannot be repaired");
        }
        let repaired = repaired?;
        let schema = self.tools.iter().find(|(name, _)| *name == held.name).map(|(_, schema)| schema);
        let fitted = || {
            let schema: Value = serde_json::from_str(schema?).ok()?;
            coerced(serde_json::from_str(&repaired).ok()?, &schema)
        };
        let settled = fitted().map(|value| value.to_string()).unwrap_or_else(|| repaired.into_owned());
        if settled == held.arguments {
            return None;
        }
        tracing::debug!(tool = held.name, "the arguments of a call are repaired");
        Some(settled)
    }
}

impl Held {
    /// Tells the arguments, repaired ones in their place if there are any, and the call's end.
    fn tell(&self, repaired: Option<String>, out: &mut impl FnMut(&Step<'_>)) {
        self.tell_arguments(repaired, out);
        out(&Step::Close { index: self.index });
    }

    fn tell_arguments(&self, repaired: Option<String>, out: &mut impl FnMut(&Step<'_>)) {
        let arguments = repaired.as_deref().unwrap_or(&self.arguments);
        if !arguments.is_empty() {
            out(&Step::ToolCallDelta { index: self.index, call: self.call, arguments: arguments.into() });
        }
    }
}

/// The tools that a model may call by name, groups dissolved.
fn collect(group: Option<&str>, tool: &Tool<'_>, known: &mut Vec<(String, String)>) {
    match tool {
        Tool::Function { name, schema, .. } => {
            known.push((name.to_string(), schema.text().to_owned()));
            known.extend(group.map(|group| (joined(group, name), schema.text().to_owned())));
        }
        Tool::Custom { name, .. } => known.push((name.to_string(), FREE_TEXT.to_owned())),
        Tool::Namespace { name, tools, .. } => tools.iter().for_each(|tool| collect(Some(name), tool, known)),
        Tool::WebSearch { .. } | Tool::Native { .. } => {}
    }
}
