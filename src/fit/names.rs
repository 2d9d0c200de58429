//! Names of tools and of their calls, as an API takes them, and back.

use wireloom_schema::model::{Part, Request, Step, Text, Tool, ToolChoice};

use super::demands::{Demands, TextRule};

/// The tools that go by another name at the provider. Nothing is kept of those whose names fit.
#[derive(Clone, Debug, Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// Spells names and ids so that they fit. A call and its result stay together, for the same id becomes the same.
    pub(super) fn fit(demands: &Demands, request: &mut Request<'_>) -> Self {
        let mut names = Self::default();
        if let Some(rule) = &demands.tool_name {
            for tool in &mut request.tools {
                if let Tool::Function { name, .. } | Tool::Custom { name, .. } = tool {
                    names.fit_name(rule, name);
                }
            }
            if let Some(ToolChoice::Tool { name }) = &mut request.tool_choice {
                names.fit_name(rule, name);
            }
        }
        if demands.tool_name.is_none() && demands.call_id.is_none() {
            return names;
        }
        for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
            match part {
                Part::ToolCall { id, name, .. } | Part::CustomToolCall { id, name, .. } => {
                    fit_id(demands, id);
                    demands.tool_name.iter().for_each(|rule| names.fit_name(rule, name));
                }
                Part::ToolResult { id, name, .. } => {
                    fit_id(demands, id);
                    let name = name.iter_mut();
                    demands.tool_name.iter().zip(name).for_each(|(rule, name)| names.fit_name(rule, name));
                }
                _ => {}
            }
        }
        names
    }

    fn fit_name(&mut self, rule: &TextRule, name: &mut Text<'_>) {
        if rule.fits(name) {
            return;
        }
        let known = self.0.iter().find(|(_, own)| **own == **name).map(|(sent, _)| sent.clone());
        let sent = known.unwrap_or_else(|| {
            let sent = rule.spell(name);
            self.0.push((sent.clone(), name.to_string()));
            sent
        });
        *name = sent.into();
    }

    /// A tool's own name.
    fn own(&self, sent: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == sent).map(|(_, own)| own.as_str())
    }

    /// Gives the tools that an answer calls their own names back.
    pub fn restore(&self, parts: &mut [Part<'_>]) {
        for part in parts.iter_mut().filter(|_| !self.0.is_empty()) {
            if let Part::ToolCall { name, .. } | Part::CustomToolCall { name, .. } = part
                && let Some(own) = self.own(name)
            {
                *name = own.to_owned().into();
            }
        }
    }

    /// The same for a step of a streamed answer.
    pub fn restored<'a>(&self, mut step: Step<'a>) -> Step<'a> {
        if let Step::ToolCallOpen { name: Some(name), .. }
        | Step::ToolCall { name: Some(name), .. }
        | Step::CustomToolCall { name, .. } = &mut step
            && let Some(own) = self.own(name)
        {
            *name = own.to_owned().into();
        }
        step
    }
}

/// Spells the name of the user so that it fits: the same for the same user, which is all that it says.
pub(super) fn fit_user(demands: &Demands, request: &mut Request<'_>) {
    if let (Some(rule), Some(user)) = (&demands.user, &mut request.user)
        && !rule.fits(user)
    {
        *user = rule.spell(user).into();
    }
}

fn fit_id(demands: &Demands, id: &mut Text<'_>) {
    if let Some(rule) = demands.call_id.filter(|rule| !rule.fits(id)) {
        *id = rule.spell(id).into();
    }
}
