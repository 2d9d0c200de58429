//! Styles that are built in, for configurations that say nothing.

use wireloom_schema::config::{StatusLineModule, StatusLineStyle};

/// What is shown: the kind of the module, its symbol, its text, and its color.
const MODULES: [(&str, &str, &str, &str); 6] = [
    ("workDir", "\u{f024b}", "{{workDirName}}", "bright_blue"),
    ("gitBranch", "\u{e725}", "{{gitBranch}}", "bright_magenta"),
    ("model", "\u{f06a9}", "{{model}}", "bright_cyan"),
    ("usage", "↑", "{{inputTokens}}", "bright_green"),
    ("usage", "↓", "{{outputTokens}}", "bright_yellow"),
    ("speed", "\u{f0e7}", "{{tokenSpeed}} t/s", "bright_green"),
];

/// The style of a name, without symbols on terminals that lack them.
pub(super) fn built_in(name: &str, plain: bool) -> StatusLineStyle {
    let module = |&(kind, icon, text, color): &(&str, &str, &str, &str)| {
        let (color, background) = match name {
            "powerline" => ("black", Some(format!("bg_{color}"))),
            _ => (color, None),
        };
        StatusLineModule {
            kind: kind.into(),
            icon: Some(icon.to_owned()).filter(|icon| !plain || icon.chars().all(|symbol| symbol < '\u{e000}')),
            text: text.into(),
            color: Some(color.into()),
            background,
            ..StatusLineModule::default()
        }
    };
    StatusLineStyle { modules: MODULES.iter().map(module).collect() }
}
