//! The `Router` of a file that belongs to a project or a session.

use std::sync::Arc;

use super::{
    RouterConfig,
    read::without_null,
    tell::{given, opening, warning},
    variable,
};
use crate::{
    diagnostic::Diagnostic,
    document::{self, Source},
};

/// Reads the `Router` of a file that belongs to a project or a session; none if it has no such key. `providers` are the
/// names that its routes may have.
///
/// # Errors
/// Text that is not JSON5, variables that are not set, and a `Router` that is none.
pub fn read_router<'n>(
    source: &Arc<Source>,
    providers: impl IntoIterator<Item = &'n str>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(Option<RouterConfig>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut root = document::parse(source)?;
    let mut told = Vec::new();
    variable::complete(&mut root, source, &environment, &mut told);
    if !told.is_empty() {
        return Err(told);
    }
    let Some(node) = given(&root, "Router") else { return Ok((None, told)) };
    let mut router: RouterConfig = serde_json::from_value(without_null(node)).map_err(|error| {
        let mistake = Diagnostic::error("C014", &opening(node), "`Router` cannot be read");
        vec![mistake.label(error.to_string())]
    })?;
    let providers: Vec<&str> = providers.into_iter().collect();
    let entries = node.entries().iter().filter_map(|entry| Some((entry, super::Route::parse(entry.node.text()?)?)));
    for (entry, route) in entries {
        if !providers.iter().any(|name| name.eq_ignore_ascii_case(&route.provider)) {
            let message = format!("there is no provider for `{}`", entry.node.origin.written());
            let mistake = warning("C011", &entry.node.origin, message).label("is ignored");
            told.push(mistake.nearest(&route.provider, providers.iter().copied()));
        }
    }
    router.keep(|route| providers.iter().any(|name| name.eq_ignore_ascii_case(&route.provider)));
    Ok((Some(router), told))
}
