//! `wireloom config import`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use wireloom_schema::config::{
    PASSES,
    edit::{Step, set},
    import::{Fit, import},
};

use super::init::write_new;
use crate::{
    cli::{Failure, print, render, tell},
    gateway::spec_names,
};

const EXAMPLES: &str = "\
The standard output tells of each part what becomes of it: exact, approximate or unsupported, and why. Nothing is
written without -o, and the original is never touched. claude-code-router's files may also be used as they are.

Examples:
  wireloom config import ~/.claude-code-router/config.json
  wireloom config import ~/.claude-code-router/config.json -o wireloom.json5
  wireloom config import ~/.claude-code-router/presets/team/manifest.json -o team.json5";

/// The arguments of `config import`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Import {
    /// A configuration of claude-code-router, or the manifest of a preset
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The configuration to write
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

impl Import {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let source = super::source(&self.file)?;
        let specs = spec_names();
        let known = |name: &str| {
            let names = specs.iter().flat_map(|spec| spec.aliases.iter().chain([&spec.name]));
            names.chain(&PASSES).any(|known| known.eq_ignore_ascii_case(name))
        };
        let imported = import(&source, known).map_err(|mistakes| Failure::Mistakes(render(&mistakes)))?;
        let lines = imported.parts.iter().map(|part| {
            let note = if part.note.is_empty() { String::new() } else { format!(": {}", part.note) };
            format!("{}: {:<11} {}{note}\n", part.origin.file_line(), part.fit, part.path)
        });
        print(&lines.collect::<String>())?;
        let count = |fit: Fit| imported.parts.iter().filter(|part| part.fit == fit).count();
        let (exact, approximate) = (count(Fit::Exact), count(Fit::Approximate));
        tell(&format!("{exact} exact, {approximate} approximate, {} unsupported", count(Fit::Unsupported)));
        if let Some(output) = self.output {
            let same = |path: &PathBuf| path.canonicalize().ok();
            if same(&output).is_some() && same(&output) == same(&self.file) {
                return Err(Failure::Usage("the original is not touched: name another file".into()));
            }
            let from = self.file.display().to_string().replace(['\n', '\r'], " ");
            let schema = [Step::from("$schema")];
            let text = set(&imported.text, &schema, &"./config.schema.json".into()).unwrap_or(imported.text);
            let text = format!("// Made by `wireloom config import` of {from}.\n{}\n", text.trim_end());
            write_new(&output, &text, self.force)?;
            tell(&format!("{} is written; `wireloom config check {0}` tells what it lacks", output.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}
