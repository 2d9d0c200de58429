//! Models that nobody can make call a tool.

use wireloom_schema::model::{Request, ToolChoice};

use crate::wire::writer::Losses;

use super::demands::Demands;

/// Lets the model choose where a call is demanded: the demand would be refused, and with it the request.
pub(super) fn fit(demands: &Demands, request: &mut Request<'_>, losses: &mut Losses) {
    let demanded = matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. }));
    if demands.choice_free && demanded {
        request.tool_choice = Some(ToolChoice::Auto);
        losses.note("tool_choice");
    }
}
