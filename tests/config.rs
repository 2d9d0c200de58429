//! The configurations in `tests/config`, and beside each what people are told about it.
//!
//! `UPDATE_EXPECTED=1` rewrites what is expected.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use proptest::proptest;
use wireloom::config::{SpecNames, check_transformers};
use wireloom_schema::{
    config,
    diagnostic::Diagnostic,
    document::{Source, read_file},
};

/// A part of every secret in the configurations and in the environment.
const SECRET: &str = "s3cr3t";

const SPECS: [SpecNames; 8] = [
    SpecNames { name: "anthropic", aliases: &[], hosts: &["api.anthropic.com"], options: Vec::new() },
    SpecNames { name: "gemini", aliases: &[], hosts: &["generativelanguage.googleapis.com"], options: Vec::new() },
    SpecNames { name: "openai-chat", aliases: &["OpenAI", "vercel"], hosts: &["api.openai.com"], options: Vec::new() },
    SpecNames { name: "openai-responses", aliases: &[], hosts: &[], options: Vec::new() },
    SpecNames { name: "openrouter", aliases: &[], hosts: &["openrouter.ai"], options: Vec::new() },
    SpecNames { name: "deepseek", aliases: &[], hosts: &["api.deepseek.com"], options: Vec::new() },
    SpecNames { name: "groq", aliases: &[], hosts: &["api.groq.com"], options: Vec::new() },
    SpecNames { name: "cerebras", aliases: &[], hosts: &["api.cerebras.ai"], options: Vec::new() },
];

/// An environment in which all variables are set but those that say they are not.
fn variable(name: &str) -> Option<String> {
    match name {
        "EMPTY" => Some(String::new()),
        "PORT_NUMBER" => Some("4000".into()),
        "HOST_NAME" => Some("localhost".into()),
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
            ("accepted", [warnings, check_transformers(&config, &SPECS)].concat())
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
