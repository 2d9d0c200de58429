//! The line that Claude Code shows below its prompt: what a session is, where, and how fast and dear its answers come.
//!
//! It is asked for a few times a second while answers stream, so it reads little: what it is told, the end of the
//! session's transcript, and the part of the configuration that is about it.

mod color;
mod git;
mod line;
mod settings;
mod theme;
mod told;
mod transcript;
mod variables;

use std::{path::PathBuf, time::SystemTime};

use wireloom_schema::config::{StatusLineModule, StatusLineStyle};

use crate::presets::Presets;

use self::{line::Segment, settings::Settings, told::Told, variables::Variables};

/// How a module is called whose text a script gives.
const SCRIPT: &str = "script";

/// Where a line is made, and for whom.
#[derive(Clone, Debug)]
pub struct Place {
    /// The configuration, if there is a file.
    pub config: Option<PathBuf>,
    /// The presets that there are.
    pub presets: Presets,
    /// The folder of temporary files, in which the speed of answers is told.
    pub temporary: PathBuf,
    /// Whether the terminal lacks symbols, so that there are none unless the configuration says so.
    pub plain: bool,
    /// Whether the line may have colors.
    pub color: bool,
    /// Now.
    pub now: SystemTime,
}

impl Place {
    /// That of the process, with the configuration that is named, or the one that is used.
    pub fn of_process(config: Option<PathBuf>) -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        Self {
            config: config.or_else(crate::config::path),
            presets: Presets::of_user(),
            temporary: std::env::temp_dir(),
            plain: variable("USE_SIMPLE_ICONS") == "true" || ["dumb", "unknown"].contains(&variable("TERM").as_str()),
            color: variable("NO_COLOR").is_empty(),
            now: SystemTime::now(),
        }
    }

    /// The line for what Claude Code tells, with a preset's style if one is named. Nothing for what is no JSON object.
    pub fn line(&self, told: &str, preset: Option<&str>) -> Option<String> {
        let told = Told::read(told)?;
        let settings = Settings::read(self.config.as_deref());
        let preset = preset.and_then(|name| settings::of_preset(&self.presets, name));
        let (style, name) = style(preset.as_ref(), &settings, self.plain);
        let variables = Variables::new(&told, &settings, self);
        let segments: Vec<Segment> = style.modules.iter().filter_map(|module| segment(module, &variables)).collect();
        Some(match (self.color, name.as_str()) {
            (false, _) => line::bare(&segments),
            (true, "powerline") => line::powerline(&segments, self.plain),
            (true, _) => line::spaced(&segments),
        })
    }
}

/// The style that counts, with its name: the preset's, else the configuration's, else one that is built in.
fn style(
    preset: Option<&wireloom_schema::config::StatusLineConfig>,
    settings: &Settings,
    plain: bool,
) -> (StatusLineStyle, String) {
    let own = settings.line.as_ref();
    let mut names = preset.into_iter().chain(own).filter_map(|line| line.current_style.clone());
    let name = names.next().unwrap_or_else(|| "default".into());
    let mut styles = preset.into_iter().chain(own).filter_map(|line| line.styles.get(&name));
    let found = styles.find(|style| !style.modules.is_empty()).cloned();
    (found.unwrap_or_else(|| theme::built_in(&name, plain)), name)
}

/// What a module shows, unless that is nothing.
fn segment(module: &StatusLineModule, variables: &Variables) -> Option<Segment> {
    let text = if module.kind == SCRIPT { scripted(module, variables)? } else { variables.filled(&module.text)? };
    let icon = module.icon.as_deref().map(str::trim).filter(|icon| !icon.is_empty());
    let text = icon.map_or(text.clone(), |icon| format!("{icon} {text}"));
    let color = |given: &Option<String>| given.as_deref().and_then(color::Color::read);
    Some(Segment { text, front: color(&module.color), back: color(&module.background) })
}

/// What a module's script answers: its first line.
#[cfg(feature = "custom-router")]
fn scripted(module: &StatusLineModule, variables: &Variables) -> Option<String> {
    let path = expanded(module.script_path.as_deref()?)?;
    let options = module.options.clone().unwrap_or_else(|| serde_json::json!({}));
    let answer = crate::script::line(&path, &variables.json(), &options.to_string()).ok()??;
    answer.lines().next().map(str::to_owned).filter(|line| !line.trim().is_empty())
}

/// A build without an engine runs no scripts, which `config check` tells.
#[cfg(not(feature = "custom-router"))]
fn scripted(_: &StatusLineModule, _: &Variables) -> Option<String> {
    None
}

/// A path that may begin with `~`.
#[cfg(feature = "custom-router")]
fn expanded(path: &str) -> Option<PathBuf> {
    match path.strip_prefix("~/") {
        Some(below) => Some(crate::config::home()?.join(below)),
        None => Some(path.into()),
    }
}
