//! Settings of requests that passes bound, set or take out.

use wireloom_schema::model::{Part, Request, Tool};

use super::Edit;
use crate::wire::writer::Losses;

/// How the model is to sample, whatever the client says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sampling {
    /// The most tokens of an answer: more are not asked for.
    pub max_tokens: Option<u64>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Sample from the so many likeliest tokens.
    pub top_k: Option<u64>,
    /// Penalty on repeated tokens: a field of the body, for few APIs have it.
    pub repetition_penalty: Option<f64>,
}

impl Sampling {
    /// Sets all that is given. What the client has said otherwise is noted as lost.
    pub(super) fn set(&self, request: &mut Request<'_>, losses: &mut Losses, edits: &mut Vec<Edit<'_>>) {
        self.max_tokens.into_iter().for_each(|most| cap(most, request, losses));
        replace(&mut request.temperature, self.temperature, "temperature", losses);
        replace(&mut request.top_p, self.top_p, "top_p", losses);
        replace(&mut request.top_k, self.top_k, "top_k", losses);
        edits.extend(self.repetition_penalty.map(Edit::RepetitionPenalty));
    }
}

fn replace<T: Copy + PartialEq>(place: &mut Option<T>, value: Option<T>, name: &'static str, losses: &mut Losses) {
    let Some(value) = value else { return };
    if place.replace(value).is_some_and(|said| said != value) {
        losses.note(name);
    }
}

/// Lowers the most tokens of the answer, if the request says any.
pub(super) fn cap(most: u64, request: &mut Request<'_>, losses: &mut Losses) {
    if let Some(wanted) = &mut request.max_tokens
        && *wanted > most
    {
        *wanted = most;
        losses.note("max_tokens");
    }
}

/// Takes out the marks of prompt caches.
pub(super) fn clean_cache(request: &mut Request<'_>, losses: &mut Losses) {
    request.messages.iter_mut().for_each(|message| clean_parts(&mut message.parts, losses));
    clean_tools(&mut request.tools, losses);
}

fn clean_parts(parts: &mut [Part<'_>], losses: &mut Losses) {
    for part in parts {
        let (cache, name) = match part {
            Part::Text { cache, .. } => (cache, "text.cache"),
            Part::Image { cache, .. } => (cache, "image.cache"),
            Part::Document { cache, .. } => (cache, "document.cache"),
            Part::ToolCall { cache, .. } => (cache, "tool_call.cache"),
            Part::ToolResult { cache, parts, .. } => {
                clean_parts(parts, losses);
                (cache, "tool_result.cache")
            }
            _ => continue,
        };
        if cache.take().is_some() {
            losses.note(name);
        }
    }
}

fn clean_tools(tools: &mut [Tool<'_>], losses: &mut Losses) {
    for tool in tools {
        match tool {
            Tool::Function { cache, .. } => cache.take().iter().for_each(|_| losses.note("tool.cache")),
            Tool::Namespace { tools, .. } => clean_tools(tools, losses),
            _ => {}
        }
    }
}
