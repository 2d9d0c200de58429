//! Models that are told how much to think by a budget and in no other way.

use wireloom_schema::model::{ReasoningMode, Request};

use crate::wire::writer::Losses;

use super::demands::Demands;

/// The smallest budget.
const LEAST: u64 = 1_024;
/// What is left for the answer where the client does not say how long it may be.
const ANSWER: u64 = 8_192;
/// The budget where the model was to judge for itself: what high effort amounts to, as it is without a word.
const USUAL: u64 = 32_768;

/// Makes a budget of an effort. It must stay below `max_tokens`: one that does not is cut to half of that, so that there is
/// an answer, and where this is too little the model is not to think.
pub(super) fn fit(demands: &Demands, output: Option<u64>, request: &mut Request<'_>, losses: &mut Losses) {
    let Some(reasoning) = request.reasoning.as_mut().filter(|_| demands.budgets_alone) else {
        return;
    };
    let effort = reasoning.effort;
    let wanted = match (&reasoning.mode, effort) {
        (None, None) => return,
        (Some(ReasoningMode::Off), _) => {
            reasoning.effort = None;
            return;
        }
        _ => reasoning.as_budget().unwrap_or(USUAL).max(LEAST),
    };
    let room = *request.max_tokens.get_or_insert((wanted + ANSWER).min(output.unwrap_or(u64::MAX)));
    let tokens = if wanted < room { wanted } else { room / 2 };
    let display = match &mut reasoning.mode {
        Some(ReasoningMode::Adaptive { display } | ReasoningMode::Budget { display, .. }) => display.take(),
        _ => None,
    };
    let mode = match tokens {
        LEAST.. => ReasoningMode::Budget { tokens, display },
        _ => ReasoningMode::Off,
    };
    let kept = match &reasoning.mode {
        Some(ReasoningMode::Budget { tokens: stated, .. }) => *stated == tokens && effort.is_none(),
        Some(_) => effort.is_some() && wanted == tokens,
        None => wanted == tokens,
    };
    if !kept {
        losses.note(if effort.is_some() { "reasoning.effort" } else { "reasoning.mode" });
    }
    (reasoning.mode, reasoning.effort) = (Some(mode), None);
}
