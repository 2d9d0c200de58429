//! The configurations in `tests/config`, and beside each what people are told about it.
//!
//! `UPDATE_EXPECTED=1` rewrites what is expected.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "configuring/command.rs"]
mod command;
#[path = "configuring/judge.rs"]
mod judge;

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use proptest::proptest;
use wireloom::{
    config::{SpecNames, check_transformers, spec_and_options},
    gateway::spec_names,
    routing,
    specs::Provider,
};
use wireloom_schema::{
    config,
    diagnostic::Diagnostic,
    document::{Source, read_file},
};

/// A part of every secret in the configurations and in the environment.
const SECRET: &str = "s3cr3t";

const SPECS: [SpecNames; 8] = [
    SpecNames {
        name: "anthropic",
        aliases: &[],
        hosts: &["api.anthropic.com"],
        options: Vec::new(),
        body_options: false,
    },
    SpecNames {
        name: "gemini",
        aliases: &[],
        hosts: &["generativelanguage.googleapis.com"],
        options: Vec::new(),
        body_options: false,
    },
    SpecNames {
        name: "openai-chat",
        aliases: &["OpenAI", "vercel"],
        hosts: &["api.openai.com"],
        options: Vec::new(),
        body_options: true,
    },
    SpecNames { name: "openai-responses", aliases: &[], hosts: &[], options: Vec::new(), body_options: false },
    SpecNames { name: "openrouter", aliases: &[], hosts: &["openrouter.ai"], options: Vec::new(), body_options: true },
    SpecNames { name: "deepseek", aliases: &[], hosts: &["api.deepseek.com"], options: Vec::new(), body_options: true },
    SpecNames { name: "groq", aliases: &[], hosts: &["api.groq.com"], options: Vec::new(), body_options: true },
    SpecNames { name: "cerebras", aliases: &[], hosts: &["api.cerebras.ai"], options: Vec::new(), body_options: true },
];

/// An environment in which all variables are set but those that say they are not.
fn variable(name: &str) -> Option<String> {
    match name {
        "EMPTY" => Some(String::new()),
        "PORT_NUMBER" => Some("4000".into()),
        "HOST_NAME" => Some("localhost".into()),
        "DEADLINE" => None,
        _ if name.starts_with("UNSET") => None,
        _ => Some(format!("{SECRET}-of-{name}")),
    }
}

/// All configurations, with their paths.
fn cases() -> Vec<(PathBuf, Source)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json5"));
    paths.sort();
    assert!(!paths.is_empty());
    let source = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        Source { path: name, text: read_file(path).unwrap().text.clone() }
    };
    paths.into_iter().map(|path| (path.clone(), source(&path))).collect()
}

/// What people are told about a configuration, which must not be a secret.
fn told(source: Source) -> String {
    let source = Arc::new(source);
    let (verdict, diagnostics) = match config::read(&source, variable) {
        Ok((config, warnings)) => {
            assert!(!format!("{config:?}").contains(SECRET), "a secret is printed: {}", source.text);
            match routing::check(&config) {
                wrong if wrong.is_empty() => ("accepted", [warnings, check_transformers(&config, &SPECS)].concat()),
                wrong => ("refused", [wrong, warnings].concat()),
            }
        }
        Err(mistakes) => ("refused", mistakes),
    };
    let rendered = diagnostics.iter().map(|diagnostic: &Diagnostic| format!("\n{}\n", diagnostic.render(false)));
    let told = format!("{verdict}\n{}", rendered.collect::<String>());
    let lines: String = diagnostics.iter().map(Diagnostic::line).collect();
    assert!(!told.contains(SECRET) && !lines.contains(SECRET), "a secret is told: {told}");
    told
}

#[test]
fn people_are_told_what_is_expected() {
    let update = env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") && env::var_os("CI").is_none();
    let mut differing = Vec::new();
    for (path, source) in cases() {
        let (beside, told) = (path.with_extension("txt"), told(source));
        if update {
            fs::write(&beside, told).unwrap();
        } else if fs::read_to_string(&beside).unwrap_or_default() != told {
            differing.push(format!("{}:\n{told}", beside.display()));
        }
    }
    assert!(differing.is_empty(), "{}\nUPDATE_EXPECTED=1 accepts this", differing.join("\n"));
}

/// The spec of a provider of that URL whose transformers are these.
fn spec(url: &str, transformers: &str) -> Option<&'static str> {
    let text = format!(
        "{{ Providers: [{{ name: 'p', api_key: 'k', api_base_url: '{url}', transformer: {{ use: {transformers} }} }}] }}"
    );
    let source = Arc::new(Source { path: "config".into(), text });
    let (config, _) = config::read(&source, |_| Some("eu-west-1".into())).unwrap();
    spec_and_options(&config.providers[0], &spec_names()).0.map(|spec| spec.name)
}

#[test]
fn the_names_of_claude_code_router_select_their_specs() {
    for name in ["Anthropic", "OpenAI", "deepseek", "groq", "openrouter", "cerebras", "vercel"] {
        for written in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
            let transformers = format!("['maxtoken', '{written}']");
            assert_eq!(spec("http://localhost/v1", &transformers), Some(name.to_lowercase().as_str()), "{written}");
        }
    }
}

#[test]
fn every_provider_is_known_by_its_own_url() {
    for facts in Provider::ALL.iter().map(|provider| provider.facts()) {
        if let (Some(base), false) = (facts.base, facts.hosts.is_empty()) {
            let known = base.contains("://localhost") || spec(base, "[]") == Some(facts.name);
            assert!(known, "{base} is spoken to with {:?}, not {}", spec(base, "[]"), facts.name);
            let whole = spec(&format!("{base}{}", facts.call), "[]");
            assert!(base.contains("://localhost") || whole == Some(facts.name), "{base}: {whole:?}");
        }
    }
}

#[test]
fn no_two_providers_have_one_name() {
    let facts = || Provider::ALL.iter().map(|provider| provider.facts());
    let names = facts().flat_map(|facts| std::iter::once(facts.name).chain(facts.aliases.iter().copied()));
    let names: Vec<String> = names.map(str::to_lowercase).collect();
    let twice: Vec<_> = names.iter().filter(|name| names.iter().filter(|other| other == name).count() > 1).collect();
    assert_eq!(twice, [""; 0]);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "([{}\\[\\],:\"'/*$@?\\\\é \\n]|key|use|KEY|Providers|Router|HOST|1|null|http://){0,40}") {
        told(Source { path: "any.json5".into(), text: text.clone() });
        told(Source { path: "any.json5".into(), text: format!("{{ Providers: [{{ api_key: '{text}' }}] }}") });
    }
}

#[test]
fn slips_of_the_pen_show_no_secret() {
    for (_, Source { path, text }) in cases().into_iter().filter(|(_, source)| source.text.contains(SECRET)) {
        for (at, letter) in text.char_indices() {
            let (before, after) = (&text[..at], &text[at + letter.len_utf8()..]);
            told(Source { path: path.clone(), text: before.into() });
            told(Source { path: path.clone(), text: format!("{before}{after}") });
            told(Source { path: path.clone(), text: format!("{before}\"{letter}{after}") });
        }
    }
}
