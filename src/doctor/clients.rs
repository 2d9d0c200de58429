//! Settings of clients that contradict what the gateway is for. Which clients and which settings there are is declared
//! with the clients themselves. What they are set to may be secret and is not told.

use std::{fs, path::PathBuf};

use reqwest::Url;
use serde_json::Value;
use wireloom_schema::config::Config;

use crate::client::{Client, LinesFile};

use super::{Finding, Surroundings};

const ABOUT: &str = "client";

/// Values with which a switch is off.
const OFF: [&str; 2] = ["0", "false"];

/// All that contradicts.
pub(super) fn all(surroundings: &Surroundings, config: &Config) -> Vec<Finding> {
    let clients = || Client::all().iter().filter(|client| !client.general);
    let mut findings = Vec::new();
    clients().for_each(|client| Settings::of(client, surroundings, &mut findings).contradict(config, &mut findings));
    if findings.is_empty() {
        let names: Vec<&str> = clients().map(|client| client.about.as_str()).collect();
        let names = match names.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            _ => names.concat(),
        };
        findings.push(Finding::ok(ABOUT, format!("nothing that {names} are set to contradicts")));
    }
    findings
}

/// Where a client of this machine finds the service.
fn base(config: &Config) -> String {
    format!("http://127.0.0.1:{}", config.port)
}

/// The host of a URL, if it does not lead to this configuration's service; `None` inside if it has no host.
fn elsewhere(url: &str, config: &Config) -> Option<Option<String>> {
    let Ok(url) = Url::parse(url) else { return Some(None) };
    let host = url.host_str().unwrap_or_default();
    let local = is_local(host) || host == config.host;
    let named = config.hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
    // Under a name of its own there may be a port of its own.
    let is_ours = named || local && (config.port == 0 || url.port_or_known_default() == Some(config.port));
    (!is_ours).then(|| url.host_str().map(str::to_owned))
}

fn is_local(host: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].contains(&host)
}

/// Whether two URLs have the same path.
fn leads_alike(url: &str, other: &str) -> bool {
    let path = |url: &str| Url::parse(url).ok().map(|url| url.path().trim_end_matches('/').to_owned());
    path(url) == path(other)
}

/// What a client is set to.
struct Settings<'s> {
    client: &'s Client,
    surroundings: &'s Surroundings,
    /// Its files, by their names.
    files: Vec<(String, Value)>,
}

impl<'s> Settings<'s> {
    /// Reads what it is set to. A file that cannot be read is told.
    fn of(client: &'s Client, surroundings: &'s Surroundings, findings: &mut Vec<Finding>) -> Self {
        let mut files: Vec<(String, Value)> = Vec::new();
        let folders = [surroundings.home.as_ref(), Some(&surroundings.folder)].into_iter().flatten();
        for path in folders.flat_map(|folder| client.settings.iter().map(move |file| folder.join(file))) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let shown = path.display().to_string();
            match serde_json::from_str(&text) {
                _ if files.iter().any(|(known, _)| *known == shown) => {}
                Ok(settings) => files.push((shown, settings)),
                Err(error) => {
                    let line = error.line();
                    let found = format!("{shown} is not JSON (line {line}), so {} may not read it", client.about);
                    findings.push(Finding::warning(ABOUT, found, "repair it"));
                }
            }
        }
        Self { client, surroundings, files }
    }

    /// Where a variable is set, and to what: what stands in a file goes before the environment.
    fn set(&self, name: &str) -> Vec<(&str, &str)> {
        let of_files = self.files.iter().filter_map(|(path, settings)| {
            let value = settings.get("env")?.get(name)?.as_str().filter(|value| !value.is_empty())?;
            Some((path.as_str(), value))
        });
        let environment = self.surroundings.variable(name).map(|value| ("the environment", value));
        of_files.chain(environment).collect()
    }

    /// The variables whose values have a hole of that name, with their values for this service.
    fn with(&self, hole: &str, config: &Config) -> Vec<(&'s str, String)> {
        let set = self.client.variables().filter(|(_, template)| template.contains(hole));
        set.map(|(name, template)| (name.as_str(), template.replace("${base}", &base(config)))).collect()
    }

    /// Tells what contradicts.
    fn contradict(&self, config: &Config, findings: &mut Vec<Finding>) {
        let about = &self.client.about;
        let mut warn = |found: String, advice: String| findings.push(Finding::warning(ABOUT, found, advice));
        let (bases, keys) = (self.with("${base}", config), self.with("${key}", config));
        let mut is_led_here = false;
        for (name, wanted) in &bases {
            for (place, url) in self.set(name) {
                match elsewhere(url, config) {
                    Some(host) => {
                        let host = host.map(|host| format!(" ({host})")).unwrap_or_default();
                        let found = format!("{name} in {place} leads {about} to another place than this gateway{host}");
                        warn(found, format!("set it to {wanted}, or take it out"));
                    }
                    None => {
                        is_led_here = true;
                        if !leads_alike(url, wanted) {
                            let found = format!("{name} in {place} leads {about} to a path that nothing answers at");
                            warn(found, format!("set it to {wanted}"));
                        }
                    }
                }
            }
        }
        for (key, _) in &keys {
            let own = self.set(key);
            let rivals = self.client.rivals.iter().filter_map(|rival| Some((rival, *self.set(rival).first()?)));
            let rivals: Vec<_> = rivals.collect();
            if is_led_here && own.is_empty() && rivals.is_empty() {
                let found = format!("{key} is not set: {about} may show what it is signed in with elsewhere");
                warn(found, format!("set {key} to the APIKEY of this gateway, or to anything if it has none"));
            }
            for (rival, (place, _)) in rivals {
                if let Some((other, _)) = own.first() {
                    let found = format!(
                        "{rival} (in {place}) and {key} (in {other}) are both set, and {about} may show either"
                    );
                    warn(found, format!("keep {key} alone, with the APIKEY of this gateway"));
                }
            }
        }
        for name in &self.client.past {
            for (place, value) in self.set(name).into_iter().filter(|(_, value)| !OFF.contains(value)) {
                let shown = if value == "1" { "1" } else { "…" };
                let found = format!("{name}={shown} in {place} lets {about} pass this gateway by");
                warn(found, format!("take it out where {about} is to use this gateway"));
            }
        }
        for helper in &self.client.helpers {
            for (path, _) in self.files.iter().filter(|(_, settings)| settings.get(helper).is_some()) {
                let found = format!("`{helper}` in {path} gives {about} a key that this gateway may not know");
                warn(found, "take it out, or let it print the APIKEY of this gateway".to_owned());
            }
        }
        if let Some(file) = &self.client.file {
            self.contradict_in_lines(file, config, &mut warn);
        }
    }

    /// Tells which lines of a file contradict. Other services may be meant by others, so that of those that lead to this
    /// machine only the port is told that is ours where nothing is said.
    fn contradict_in_lines(&self, file: &LinesFile, config: &Config, warn: &mut impl FnMut(String, String)) {
        let folder = self.surroundings.variable(&file.folder).map(PathBuf::from);
        let folder = folder.or_else(|| Some(self.surroundings.home.as_ref()?.join(&file.home)));
        let Some(path) = folder.map(|folder| folder.join(&file.name)) else { return };
        let Ok(text) = fs::read_to_string(&path) else { return };
        let (key, shown, wanted) = (&file.key, path.display(), file.value.replace("${base}", &base(config)));
        for line in text.lines().map(str::trim).filter(|line| line.starts_with(key.as_str())) {
            let url = line.split(['"', '\'']).nth(1).unwrap_or_default();
            let usual = Config::default().port;
            let is_usual = Url::parse(url)
                .is_ok_and(|url| url.port_or_known_default() == Some(usual) && url.host_str().is_some_and(is_local));
            match elsewhere(url, config) {
                Some(_) if is_usual => {
                    let found = format!("a `{key}` in {shown} leads to port {usual}, and this gateway has another");
                    warn(found, format!("set it to {wanted}"));
                }
                None if !leads_alike(url, &wanted) => {
                    let found =
                        format!("the `{key}` of this gateway in {shown} leads to a path that nothing answers at");
                    warn(found, format!("set it to {wanted}"));
                }
                _ => {}
            }
        }
    }
}
