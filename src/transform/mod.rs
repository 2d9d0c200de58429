//! Passes: what a configuration changes in requests and answers beyond their translation, under the names that
//! claude-code-router gave them.
//!
//! A request goes through the passes of its provider and its model in the order in which they are listed, before it
//! crosses to the provider's dialect; its answer goes through them in the opposite order, once it is well-formed. What
//! no field of the unified model says is changed in the body that is sent ([`body`]).

mod answer;
mod arguments;
mod body;
mod coerce;
mod exit;
mod forced;
mod limits;
mod options;
mod repair;
mod system_prompt;
mod thoughts;

use serde_json::{Map, Value};
use wireloom_schema::model::{Reasoning, ReasoningMode, Request};

use crate::wire::writer::Losses;

pub use answer::{AnswerPass, AnswerPasses, Passing};
pub use body::{Edit, Edits};
pub use options::{is_pass, read};
pub use system_prompt::SystemPrompt;

use self::{arguments::Arguments, limits::Sampling, thoughts::Thoughts};

/// Thoughts as models write them into their text by themselves.
const THINK: (&str, &str) = ("<think>", "</think>");

/// One thing that is changed in requests and answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Pass {
    /// Bounds the tokens of the answer (`maxtoken`).
    MaxTokens(u64),
    /// Says the most tokens in the field that newer APIs have for it (`maxcompletiontokens`).
    MaxCompletionTokens,
    /// Has the model call a tool in every answer, one of which lets it answer in words (`tooluse`).
    ToolUse,
    /// Repairs the arguments of calls (`enhancetool`).
    EnhanceTool,
    /// Lets the model reason as the request says, or never (`reasoning`).
    Reasoning {
        /// As the request says.
        enable: bool,
    },
    /// Asks the model to write its thoughts before its answer, and tells them as reasoning (`forcereasoning`).
    ForceReasoning,
    /// Tells thoughts that the model writes into its text as reasoning (`extrathinktag`).
    ThinkTag,
    /// Sets how the model samples (`sampling`).
    Sampling(Sampling),
    /// Takes out the marks of prompt caches (`cleancache`).
    CleanCache,
    /// Asks for usage in streams, which is always done (`streamoptions`).
    StreamOptions,
    /// Adds fields to the body (`customparams`).
    CustomParams(Map<String, Value>),
}

impl Pass {
    /// The name in configurations.
    pub fn name(&self) -> &'static str {
        match self {
            Pass::MaxTokens(_) => "maxtoken",
            Pass::MaxCompletionTokens => "maxcompletiontokens",
            Pass::ToolUse => "tooluse",
            Pass::EnhanceTool => "enhancetool",
            Pass::Reasoning { .. } => "reasoning",
            Pass::ForceReasoning => "forcereasoning",
            Pass::ThinkTag => "extrathinktag",
            Pass::Sampling(_) => "sampling",
            Pass::CleanCache => "cleancache",
            Pass::StreamOptions => "streamoptions",
            Pass::CustomParams(_) => "customparams",
        }
    }

    /// Whether it asks for what is done anyway, so that bytes may pass as they are.
    pub fn is_idle(&self) -> bool {
        match self {
            Pass::Reasoning { enable } => *enable,
            Pass::StreamOptions => true,
            Pass::CustomParams(fields) => fields.is_empty(),
            Pass::Sampling(sampling) => *sampling == Sampling::default(),
            _ => false,
        }
    }

    /// Changes a request. What that takes from the client is noted.
    fn request<'p>(&'p self, request: &mut Request<'_>, losses: &mut Losses, way: &mut Way<'p>) {
        match self {
            Pass::MaxTokens(most) => limits::cap(*most, request, losses),
            Pass::MaxCompletionTokens => way.edits.push(Edit::RenameMaxTokens),
            Pass::ToolUse => way.answer.extend(exit::offer(request)),
            Pass::EnhanceTool => way.answer.extend(Arguments::of(&request.tools).map(AnswerPass::Arguments)),
            Pass::Reasoning { enable: true } | Pass::StreamOptions => {}
            Pass::Reasoning { enable: false } => {
                let off = Reasoning { mode: Some(ReasoningMode::Off), effort: None };
                let asked = request.reasoning.replace(off.clone());
                if asked.is_some_and(|asked| asked.as_flag() == Some(true)) {
                    losses.note("reasoning.mode");
                }
            }
            Pass::ForceReasoning => {
                forced::ask(request);
                way.answer.push(AnswerPass::Thoughts(Thoughts::between(forced::TAGS)));
            }
            Pass::ThinkTag => way.answer.push(AnswerPass::Thoughts(Thoughts::between(THINK))),
            Pass::Sampling(sampling) => sampling.set(request, losses, &mut way.edits),
            Pass::CleanCache => limits::clean_cache(request, losses),
            Pass::CustomParams(fields) => way.edits.push(Edit::Merge(fields)),
        }
    }
}

/// What passes leave to do once a request has gone through them.
#[derive(Debug, Default)]
struct Way<'p> {
    answer: Vec<AnswerPass>,
    edits: Vec<Edit<'p>>,
}

/// Sends a request through passes. What is returned is to be done to its answer and to its body.
pub fn apply<'p>(passes: &'p [Pass], request: &mut Request<'_>, losses: &mut Losses) -> (AnswerPasses, Edits<'p>) {
    let mut way = Way::default();
    passes.iter().for_each(|pass| pass.request(request, losses, &mut way));
    way.answer.reverse();
    (AnswerPasses::new(way.answer), Edits::new(way.edits))
}
