//! How many prompt-cache marks an API takes.

use wireloom_schema::model::{Cache, Part, Request, Tool};

use crate::wire::writer::Losses;

use super::demands::Demands;

/// Takes the first marks away where there are more than an API takes: the last cover the longest beginning.
pub(super) fn fit(demands: &Demands, request: &mut Request<'_>, losses: &mut Losses) {
    let Some(most) = demands.cache_marks else { return };
    for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
        raise(part);
    }
    let mut count = 0;
    each(request, &mut |cache| count += usize::from(cache.is_some()));
    let mut beyond = count.saturating_sub(most);
    each(request, &mut |cache| {
        if beyond > 0 && cache.take().is_some() {
            beyond -= 1;
            losses.note("cache");
        }
    });
}

/// A mark within a tool's result is one on the result.
fn raise(part: &mut Part<'_>) {
    let Part::ToolResult { parts, cache, .. } = part else { return };
    for inner in parts.iter_mut().filter_map(mark) {
        *cache = inner.take().or(cache.take());
    }
}

/// Calls `each` for the places of marks, in the order in which they count.
fn each<'a>(request: &mut Request<'a>, each: &mut impl FnMut(&mut Option<Cache<'a>>)) {
    for tool in &mut request.tools {
        if let Tool::Function { cache, .. } = tool {
            each(cache);
        }
    }
    let parts = request.messages.iter_mut().flat_map(|message| &mut message.parts);
    parts.filter_map(mark).for_each(each);
}

fn mark<'p, 'a>(part: &'p mut Part<'a>) -> Option<&'p mut Option<Cache<'a>>> {
    match part {
        Part::Text { cache, .. }
        | Part::Image { cache, .. }
        | Part::Document { cache, .. }
        | Part::ToolCall { cache, .. }
        | Part::ToolResult { cache, .. } => Some(cache),
        _ => None,
    }
}
