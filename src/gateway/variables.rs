//! What stands for the names in the URLs and headers of a configured provider.

use wireloom_schema::config::ProviderConfig;

use crate::wire::{path::read, stream::Facts};

/// The values that are known, by name.
#[derive(Debug)]
pub(super) struct Variables(Vec<(&'static str, String)>);

impl Variables {
    /// Options of a transformer go before what the configured host says, and that before the environment.
    pub(super) fn new(
        config: &ProviderConfig,
        facts: &'static Facts,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let hosts = config.api_base_url.as_deref().zip(facts.base).and_then(|(url, base)| read(host(base), host(url)));
        let from_host = |name: &str| {
            let found = hosts.iter().flatten().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let from_option = |name: &str| match config.option(name)? {
            serde_json::Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let from_source = |source: &'static str| match source.strip_prefix('$') {
            Some(name) => environment(name).filter(|value| !value.is_empty()),
            None => Some(source.to_owned()),
        };
        let known = facts.variables.iter().filter_map(|(name, sources)| {
            let value = from_option(name).or_else(|| from_host(name));
            Some((*name, value.or_else(|| sources.iter().find_map(|source| from_source(source)))?))
        });
        Self(known.collect())
    }

    /// The value of that name.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// What to do about a value that is not known.
    pub(super) fn missing(&self, name: &str, facts: &Facts) -> String {
        let sources = facts.variables.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, sources)| sources);
        let set: Vec<String> =
            sources.iter().filter_map(|source| Some(format!("`{}`", source.strip_prefix('$')?))).collect();
        let set =
            if set.is_empty() { String::new() } else { format!("set {} in the environment, or ", set.join(" or ")) };
        let spec = facts.name;
        format!(
            "nothing says its `{name}`: {set}give it as an option, `transformer: {{ use: [[\"{spec}\", {{ {name}: \"…\" }}]] }}`"
        )
    }
}

/// A URL up to its path.
fn host(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |scheme| scheme + 3);
    url.get(begin..).and_then(|rest| rest.find('/')).map_or(url, |end| &url[..begin + end])
}
