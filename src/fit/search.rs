//! A search of the web that does not go together with functions.

use wireloom_schema::model::{Request, Tool};

use crate::wire::writer::Losses;

use super::demands::Demands;

/// Takes the search out where there are functions, for these are what the client cannot do without; where there are none,
/// there is nothing to choose from.
pub(super) fn fit(demands: &Demands, request: &mut Request<'_>, losses: &mut Losses) {
    let searches = |tool: &Tool<'_>| matches!(tool, Tool::WebSearch { .. });
    if !demands.search_alone || !request.tools.iter().any(searches) {
        return;
    }
    match request.tools.iter().all(|tool| matches!(tool, Tool::WebSearch { .. } | Tool::Native { .. })) {
        true => request.tool_choice = None,
        false => {
            request.tools.retain(|tool| !searches(tool));
            losses.note("tool.web_search");
        }
    }
}
