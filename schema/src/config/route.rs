//! Where requests go.

use super::{
    provider::Declared,
    reader::{Reader, given, is_idle, unknown_key},
};
use crate::{diagnostic::Diagnostic, document::Node};

/// The keys of `Router`, of which this version ignores all but the first.
pub(super) const KEYS: [&str; 7] =
    ["default", "background", "think", "longContext", "longContextThreshold", "webSearch", "image"];

/// A model of a provider, written `provider,model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The provider's name.
    pub provider: String,
    /// The model's name, as the provider knows it. It may contain commas.
    pub model: String,
}

impl Route {
    /// Splits `provider,model` at the first comma; nothing if there is no comma or nothing on one side of it.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, model) = text.split_once(',')?;
        let (provider, model) = (provider.trim(), model.trim());
        let complete = !provider.is_empty() && !model.is_empty();
        complete.then(|| Self { provider: provider.to_owned(), model: model.to_owned() })
    }
}

/// Reads `Router`, of which only `default` has an effect yet.
pub(super) fn read(router: &Node, declared: &Declared, reader: &mut Reader) -> Option<Route> {
    for entry in reader.entries(router, "an object of routes") {
        if !KEYS.contains(&entry.key.as_str()) {
            reader.tell(unknown_key("C104", entry, "`Router`").nearest(&entry.key, KEYS));
        } else if entry.key != "default" && !is_idle(&entry.node.value) {
            reader.no_effect(&entry.at, &format!("`Router.{}`", entry.key));
        }
    }
    let node = given(router, "default")?;
    let text = reader.text(node, "a route, `provider,model`")?;
    if text.is_empty() {
        return None;
    }
    let Some(mut route) = Route::parse(text) else {
        let mistake = Diagnostic::error("C010", &node.origin, format!("`{}` is not a route", node.origin.written()));
        reader.tell(
            mistake.label("expected a provider's name, a comma and a model's name").help("write `provider,model`"),
        );
        return None;
    };
    match declared.find(&route.provider) {
        Some(provider) => route.provider = provider.to_owned(),
        None if declared.is_complete() => {
            let mistake = Diagnostic::error(
                "C011",
                &node.origin,
                format!("there is no provider for `{}`", node.origin.written()),
            );
            let mistake = mistake.help("declare it in `Providers`").nearest(&route.provider, declared.written());
            reader.tell(mistake.label("names a provider that is not in `Providers`"));
        }
        None => {}
    }
    Some(route)
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn splits_at_the_first_comma() {
        let route = Route::parse("hub, a,b ").map(|route| (route.provider, route.model));
        assert_eq!(route, Some(("hub".into(), "a,b".into())));
        for text in ["", "hub", "hub,", ",a", " , "] {
            assert_eq!(Route::parse(text), None, "{text}");
        }
    }
}
