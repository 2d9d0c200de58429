//! `wireloom preset`: configurations with questions, served below `/preset/NAME`.

mod ask;
mod export;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::Value;
use wireloom_schema::preset::Surroundings;

use crate::{
    config::{self, Loaded},
    presets::{Preset, PresetError, Presets},
};

use super::{Failure, color, print, tell};

const EXAMPLES: &str = "\
Presets are folders with a manifest.json below ~/.wireloom/presets; those below ~/.claude-code-router/presets are
found, too. The service answers each at http://HOST:PORT/preset/NAME as it answers at its root.

Examples:
  wireloom preset install ./my-preset --set api_key='$HUB_KEY'
  wireloom preset export shared --output shared.json";

/// Install, look at and give away presets
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum Command {
    /// List the presets that are installed
    List,
    /// Show what a preset is, asks and makes; secrets are masked
    Info(Named),
    /// Install a preset from a folder or a manifest, or answer the questions of an installed one again
    Install(Install),
    /// Write the configuration as a preset, with questions in place of its secrets
    Export(export::Export),
    /// Remove a preset
    #[command(visible_aliases = ["rm", "remove"])]
    Delete(Named),
}

/// The arguments that name a preset.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// The preset
    name: String,
}

/// The arguments of `install`.
#[derive(Args, Debug)]
pub(super) struct Install {
    /// A folder with a manifest.json, a manifest, or the name of an installed preset
    from: String,
    /// The name to install it by, in place of its own
    #[arg(long)]
    name: Option<String>,
    /// An answer; the rest is asked for on a terminal
    #[arg(long = "set", value_name = "ID=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Ask nothing: what is not set has its default
    #[arg(long)]
    no_input: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (id, value) = text.split_once('=').ok_or("expected ID=VALUE")?;
    Ok((id.trim().to_owned(), value.to_owned()))
}

impl Command {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let presets = Presets::of_user();
        match self {
            Command::List => list(&presets),
            Command::Info(named) => info(&presets.find(&named.name).map_err(failure)?),
            Command::Install(install) => install.run(&presets),
            Command::Export(export) => export.run(),
            Command::Delete(named) => {
                let preset = presets.delete(&named.name).map_err(failure)?;
                tell(&format!("deleted {}", preset.folder.display()));
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn failure(error: PresetError) -> Failure {
    match &error {
        PresetError::Mistakes(_) => Failure::Mistakes(error.render(color())),
        PresetError::Io { .. } | PresetError::Unknown { .. } | PresetError::Name(_) => {
            Failure::Usage(error.to_string())
        }
        _ => Failure::Work(error.to_string()),
    }
}

fn list(presets: &Presets) -> Result<ExitCode, Failure> {
    let (found, errors) = presets.all();
    errors.iter().for_each(|error| tell(&format!("warning: {}", error.render(color()))));
    if found.is_empty() {
        tell("no presets are installed; `wireloom preset install FOLDER` installs one");
        return Ok(ExitCode::SUCCESS);
    }
    let line = |preset: &Preset| {
        let version = preset.manifest.version.as_deref().unwrap_or_default();
        let about = preset.manifest.description.as_deref().unwrap_or_default();
        format!("{:<24} {version:<10} {about}", preset.name).trim_end().to_owned()
    };
    print(&found.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn info(preset: &Preset) -> Result<ExitCode, Failure> {
    let manifest = &preset.manifest;
    let mut text = format!("{}\n  folder  {}\n", preset.name, preset.folder.display());
    let said = [
        ("version", &manifest.version),
        ("about", &manifest.description),
        ("author", &manifest.author),
        ("source", &manifest.about.repository),
    ];
    for (what, value) in said {
        if let Some(value) = value {
            text += &format!("  {what:<7} {value}\n");
        }
    }
    for input in &manifest.schema {
        let answered = if manifest.user_values.contains_key(&input.id) { "answered" } else { "not answered" };
        text += &format!("  asks    {}: {} ({answered})\n", input.id, input.question());
    }
    match manifest.apply(&preset.folder) {
        Ok(config) => {
            let written = serde_json::to_string_pretty(&Value::Object(config)).unwrap_or_default();
            text += &wireloom_schema::config::masked(&written);
        }
        Err(unready) => text += &format!("  {unready}\n"),
    }
    print(&text)
}

impl Install {
    fn run(self, presets: &Presets) -> Result<ExitCode, Failure> {
        let path = PathBuf::from(&self.from);
        let mut preset = match presets.find(&self.from) {
            Ok(installed) if !path.exists() => installed,
            _ if path.exists() => presets.install(&path, self.name.as_deref()).map_err(failure)?,
            Err(error) => return Err(failure(error)),
            Ok(installed) => installed,
        };
        let answered = ask::answer(&mut preset.manifest, &self.set, !self.no_input, &surroundings());
        // What was answered is kept even where more must be: the questions can be taken up again.
        preset.save().map_err(failure)?;
        answered?;
        preset.config(|name| std::env::var(name).ok()).map_err(failure)?;
        tell(&format!("installed {}; it is served at /preset/{}", preset.folder.display(), preset.name));
        Ok(ExitCode::SUCCESS)
    }
}

/// The providers of the main configuration; none if it cannot be read, which is not the preset's matter.
fn surroundings() -> Surroundings {
    match config::load(None) {
        Ok(Loaded::File { config, .. }) => {
            config.providers.into_iter().map(|provider| (provider.name, provider.models)).collect()
        }
        _ => Surroundings::new(),
    }
}
