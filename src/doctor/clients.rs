//! Settings of coding agents that contradict what the gateway is for. What they are set to may be secret and is not told.

use std::{fs, path::PathBuf};

use serde_json::Value;
use wireloom_schema::config::Config;

use super::{Finding, Surroundings};

const ABOUT: &str = "client";

/// Where Claude Code's settings stand, below the home and the working directory.
const SETTINGS: [&str; 2] = [".claude/settings.json", ".claude/settings.local.json"];

/// The variables that Claude Code finds its API by.
const BASE: &str = "ANTHROPIC_BASE_URL";
const KEYS: [&str; 2] = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];

/// Variables that lead Claude Code past any gateway.
const PAST: [&str; 3] = ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"];

/// All that contradicts.
pub(super) fn all(surroundings: &Surroundings, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    claude(surroundings, config, &mut findings);
    codex(surroundings, config, &mut findings);
    gemini(surroundings, config, &mut findings);
    if findings.is_empty() {
        findings.push(Finding::ok(ABOUT, "nothing that Claude Code, Codex or Gemini CLI are set to contradicts"));
    }
    findings
}

/// Whether a URL leads to this configuration's service.
fn is_ours(url: &str, config: &Config) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let local = ["127.0.0.1", "localhost", "[::1]"].contains(&host) || host == config.host;
    let named = config.hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
    // Under a name of its own there may be a port of its own.
    named || local && (config.port == 0 || url.port_or_known_default() == Some(config.port))
}

fn claude(surroundings: &Surroundings, config: &Config, findings: &mut Vec<Finding>) {
    let own = format!("http://127.0.0.1:{}", config.port);
    let places: Vec<PathBuf> = [surroundings.home.as_ref(), Some(&surroundings.folder)]
        .into_iter()
        .flatten()
        .flat_map(|folder| SETTINGS.map(|file| folder.join(file)))
        .collect();
    let mut seen: Vec<(String, Value)> = Vec::new();
    for path in places {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let shown = path.display().to_string();
        if seen.iter().any(|(known, _)| *known == shown) {
            continue;
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(settings) => seen.push((shown, settings)),
            Err(error) => {
                let found = format!("{shown} is not JSON (line {}), so Claude Code may not read it", error.line());
                findings.push(Finding::warning(ABOUT, found, "repair it"));
            }
        }
    }
    let environment =
        |name: &str| surroundings.variable(name).map(|value| ("the environment".to_owned(), value.to_owned()));
    let set = |name: &str| {
        let of_files = seen.iter().filter_map(|(path, settings)| {
            let value = settings.get("env")?.get(name)?.as_str().filter(|value| !value.is_empty())?;
            Some((path.clone(), value.to_owned()))
        });
        // What stands in a file goes before the environment.
        of_files.chain(environment(name)).collect::<Vec<_>>()
    };
    for (place, url) in set(BASE).iter().filter(|(_, url)| !is_ours(url, config)) {
        let found = format!("{BASE} in {place} leads Claude Code to another place than this gateway");
        let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let found = host.map_or(found.clone(), |host| format!("{found} ({host})"));
        findings.push(Finding::warning(ABOUT, found, format!("set it to {own}, or take it out")));
    }
    let keys: Vec<_> = KEYS.iter().map(|name| set(name)).collect();
    if let [Some((one, _)), Some((other, _))] = [keys[0].first(), keys[1].first()] {
        let found = format!(
            "{} (in {one}) and {} (in {other}) are both set, and Claude Code may show either",
            KEYS[0], KEYS[1]
        );
        findings.push(Finding::warning(
            ABOUT,
            found,
            format!("keep {} alone, with the APIKEY of this gateway", KEYS[1]),
        ));
    }
    for name in PAST {
        for (place, value) in set(name).into_iter().filter(|(_, value)| !["0", "false"].contains(&value.as_str())) {
            let found = format!(
                "{name}={} in {place} lets Claude Code pass this gateway by",
                if value == "1" { "1" } else { "…" }
            );
            findings.push(Finding::warning(ABOUT, found, "take it out where Claude Code is to use this gateway"));
        }
    }
    for (path, _) in seen.iter().filter(|(_, settings)| settings.get("apiKeyHelper").is_some()) {
        let found = format!("`apiKeyHelper` in {path} gives Claude Code a key that this gateway may not know");
        findings.push(Finding::warning(ABOUT, found, "take it out, or let it print the APIKEY of this gateway"));
    }
}

fn codex(surroundings: &Surroundings, config: &Config, findings: &mut Vec<Finding>) {
    let folder = surroundings.variable("CODEX_HOME").map(PathBuf::from);
    let folder = folder.or_else(|| Some(surroundings.home.as_ref()?.join(".codex")));
    let Some(path) = folder.map(|folder| folder.join("config.toml")) else { return };
    let Ok(text) = fs::read_to_string(&path) else { return };
    for line in text.lines().map(str::trim).filter(|line| line.starts_with("base_url")) {
        let url = line.split(['"', '\'']).nth(1).unwrap_or_default();
        let is_local = ["://127.0.0.1", "://localhost", "://[::1]"].iter().any(|host| url.contains(host));
        // Other services of this machine may be meant, so that only a port that was ours once is told.
        if is_local && url.contains(":3456") && !is_ours(url, config) {
            let found = format!(
                "a `base_url` in {} leads to port 3456, and this gateway listens on {}",
                path.display(),
                config.port
            );
            let advice = format!("set it to http://127.0.0.1:{}/v1", config.port);
            findings.push(Finding::warning(ABOUT, found, advice));
        }
        if is_ours(url, config) && !url.trim_end_matches('/').ends_with("/v1") {
            let found = format!("the `base_url` of this gateway in {} does not end with /v1", path.display());
            findings.push(Finding::warning(ABOUT, found, format!("set it to http://127.0.0.1:{}/v1", config.port)));
        }
    }
}

fn gemini(surroundings: &Surroundings, config: &Config, findings: &mut Vec<Finding>) {
    const URL: &str = "GOOGLE_GEMINI_BASE_URL";
    let Some(url) = surroundings.variable(URL).filter(|url| is_ours(url, config)) else { return };
    if url.trim_end_matches('/').ends_with("/v1beta") {
        let found = format!("{URL} ends with /v1beta, which Gemini CLI adds itself");
        findings.push(Finding::warning(ABOUT, found, format!("set it to http://127.0.0.1:{}", config.port)));
    }
    if surroundings.variable("GEMINI_API_KEY").is_none() {
        let found = format!(
            "{URL} is set and GEMINI_API_KEY is not: Gemini CLI may sign in to Google and pass this gateway by"
        );
        findings.push(Finding::warning(
            ABOUT,
            found,
            "set GEMINI_API_KEY to the APIKEY of this gateway, or to anything",
        ));
    }
}
