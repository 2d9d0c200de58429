//! Clients that are led to the service by variables of their environment, and starting one of them.
//!
//! As providers are, clients are declared: what they are called and which variables they read stands in `clients.json5`.

pub(crate) mod launch;
pub(crate) mod settings;
pub(crate) mod shell;

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

/// The hosts that are reached without a proxy, for programs that have one.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// What a client shows where no key is asked for: it wants one all the same.
const ANY_KEY: &str = "wireloom";

/// All clients that are known.
static CLIENTS: LazyLock<Vec<Client>> =
    LazyLock::new(|| json5::from_str(include_str!("clients.json5")).unwrap_or_default());

/// A client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    /// What the command line calls it.
    pub(crate) name: String,
    /// What it is.
    pub(crate) about: String,
    /// Its program, which is looked for as the system looks for programs.
    pub(crate) program: String,
    /// The path that it adds to the base of its calls, if a provider's URL may have it.
    #[serde(default)]
    pub(crate) path: String,
    /// Whether other programs read the same variables, and may be meant to go elsewhere.
    #[serde(default)]
    pub(crate) general: bool,
    set: BTreeMap<String, String>,
    /// The variables with keys that it might show in place of ours.
    #[serde(default)]
    pub(crate) rivals: Vec<String>,
    /// The variables that would lead it elsewhere.
    #[serde(default)]
    pub(crate) past: Vec<String>,
    /// The files in JSON, below the home and the working directory, whose `env` goes before the environment.
    #[serde(default)]
    pub(crate) settings: Vec<String>,
    /// The keys in them of what gives it a key.
    #[serde(default)]
    pub(crate) helpers: Vec<String>,
    /// The file whose lines lead it.
    #[serde(default)]
    pub(crate) file: Option<LinesFile>,
    #[serde(default)]
    machine: BTreeMap<String, String>,
    #[serde(default)]
    note: Option<String>,
}

/// A file in which lines lead a client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinesFile {
    /// The variable that names its folder.
    pub(crate) folder: String,
    /// Its folder below the home, if the variable is not set.
    pub(crate) home: String,
    /// Its name.
    pub(crate) name: String,
    /// What such lines begin with.
    pub(crate) key: String,
    /// What is to stand there in quotes, in which `${base}` is where the service is.
    pub(crate) value: String,
}

/// Where a client is led.
#[derive(Clone)]
pub(crate) struct Way {
    /// The URL below which the service, or what stands for it, answers.
    pub(crate) base: String,
    /// The key that it asks for, as far as it is known.
    pub(crate) key: Key,
    /// How long an answer may take until it begins, in milliseconds.
    pub(crate) timeout: u128,
}

/// What is known of the key.
#[derive(Clone)]
pub(crate) enum Key {
    /// None is asked for.
    None,
    /// It is this one.
    This(String),
    /// It is one of several, of which there are only digests: the client must have it already.
    Own,
}

/// The variables that lead a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Those with a value, by name.
    pub(crate) set: BTreeMap<String, String>,
    /// Those that must have none.
    pub(crate) unset: Vec<String>,
}

impl Client {
    /// All that are known.
    pub(crate) fn all() -> &'static [Client] {
        &CLIENTS
    }

    /// The one that is called so.
    pub(crate) fn named(name: &str) -> Option<&'static Client> {
        Self::all().iter().find(|client| client.name == name)
    }

    /// The one that `wireloom code` starts.
    pub(crate) fn first() -> Option<&'static Client> {
        Self::all().first()
    }

    /// The variables that lead it; `variable` is its environment as it is.
    ///
    /// # Errors
    /// The variable that must hold a key, and does not.
    pub(crate) fn environment(
        &self,
        way: &Way,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Environment, String> {
        let mut set = BTreeMap::new();
        for (name, template) in &self.set {
            let key = match (&way.key, template.contains("${key}")) {
                (Key::This(key), _) => key.clone(),
                (Key::Own, true) => variable(name).filter(|value| !value.is_empty()).ok_or_else(|| name.clone())?,
                (Key::None | Key::Own, _) => ANY_KEY.to_owned(),
            };
            let no_proxy = || no_proxy(&way.base, &variable);
            let value = template.replace("${base}", &way.base).replace("${timeout}", &way.timeout.to_string());
            let value = if value.contains("${no_proxy}") { value.replace("${no_proxy}", &no_proxy()) } else { value };
            // Last, for nothing in a key means anything.
            set.insert(name.clone(), value.replace("${key}", &key));
        }
        Ok(Environment { set, unset: [&self.rivals[..], &self.past].concat() })
    }

    /// The variables that lead it, with their values before holes are filled.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.set.iter()
    }

    /// What else it needs that no variable says.
    pub(crate) fn note(&self, way: &Way) -> Option<String> {
        self.note.as_ref().map(|note| note.replace("${base}", &way.base))
    }

    /// The variables that tell it that no person uses it.
    pub(crate) fn machine(&self) -> &BTreeMap<String, String> {
        &self.machine
    }
}

/// The hosts without a proxy: those of the environment, and that of a URL.
fn no_proxy(base: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let known = NO_PROXY.iter().find_map(|name| variable(name)).unwrap_or_default();
    let authority = base.split_once("://").map_or(base, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    let mut hosts: Vec<&str> = known.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
    if !hosts.contains(&host) {
        hosts.push(host);
    }
    hosts.join(",")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn way(key: Key) -> Way {
        Way { base: "http://127.0.0.1:3456".into(), key, timeout: 600_000 }
    }

    #[test]
    fn the_declared_clients_are_read_and_named_once() {
        let clients: Vec<Client> = json5::from_str(include_str!("clients.json5")).unwrap();
        let mut names: Vec<_> = clients.iter().map(|client| client.name.as_str()).collect();
        assert!(names.len() > 3 && Client::named(names[0]).is_some());
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), clients.len());
    }

    #[test]
    fn every_client_is_told_the_key_and_no_hole_stays() {
        for client in Client::all() {
            let environment = client.environment(&way(Key::This("a${base}'b".into())), |_| None).unwrap();
            let with_key = environment.set.values().filter(|value| value.contains("a${base}'b")).count();
            assert_eq!(with_key, 1, "{environment:?}");
            assert!(
                environment.set.values().all(|value| value == "a${base}'b" || !value.contains("${")),
                "{environment:?}"
            );
            assert!(client.note(&way(Key::None)).is_none_or(|note| !note.contains("${")));
        }
    }

    #[test]
    fn a_key_that_is_not_known_must_be_there() {
        let client = Client::first().unwrap();
        let missing = client.environment(&way(Key::Own), |_| None).unwrap_err();
        let environment = client.environment(&way(Key::Own), |name| (name == missing).then(|| "mine".into())).unwrap();
        assert_eq!(environment.set[&missing], "mine");
        let environment = client.environment(&way(Key::None), |_| None).unwrap();
        assert_eq!(environment.set[&missing], ANY_KEY);
    }

    #[test]
    fn hosts_without_a_proxy_are_added_to() {
        let with = |base: &str, known: Option<&str>| {
            no_proxy(base, |name| known.filter(|_| name == "no_proxy").map(str::to_owned))
        };
        assert_eq!(with("http://127.0.0.1:3456", None), "127.0.0.1");
        assert_eq!(with("http://127.0.0.1:3456/preset/x", Some("a.example, 127.0.0.1")), "a.example,127.0.0.1");
        assert_eq!(with("http://[::1]:1", Some("a")), "a,::1");
    }
}
