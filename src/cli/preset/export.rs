//! `wireloom preset export`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::{Value, json};
use wireloom_schema::{document, preset};

use crate::{
    cli::{Failure, tell},
    config, private,
};

/// The arguments of `export`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Export {
    /// What the preset is to be called
    name: String,
    /// The configuration; the one that is in use if it is not given
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The file to write; NAME.preset.json if it is not given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// Who made it
    #[arg(long)]
    author: Option<String>,
    /// What it is found by, with commas between
    #[arg(long, value_delimiter = ',')]
    tags: Vec<String>,
    /// Leave the secrets in
    #[arg(long)]
    include_sensitive: bool,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

impl Export {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let path =
            self.config.clone().or_else(config::path).ok_or_else(|| {
                Failure::Usage("there is no configuration to export: name one with --config".to_owned())
            })?;
        let source =
            document::read_file(&path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        let root = document::parse(&source).map_err(|mistakes| Failure::Mistakes(crate::cli::render(&mistakes)))?;
        let Value::Object(config) = root.to_json() else {
            return Err(Failure::Usage(format!("{} is not an object", path.display())));
        };
        let mut about = serde_json::Map::new();
        about.insert("name".into(), json!(self.name));
        about.insert("version".into(), json!("1.0.0"));
        about.extend(self.description.map(|text| ("description".to_owned(), json!(text))));
        about.extend(self.author.map(|text| ("author".to_owned(), json!(text))));
        if !self.tags.is_empty() {
            about.insert("keywords".into(), json!(self.tags));
        }
        let export = preset::export(about, &config, self.include_sensitive);
        let output = self.output.unwrap_or_else(|| format!("{}.preset.json", self.name).into());
        if output.exists() && !self.force {
            return Err(Failure::Usage(format!(
                "{} is there already: give --force to write over it",
                output.display()
            )));
        }
        let text = serde_json::to_string_pretty(&Value::Object(export.manifest)).unwrap_or_default() + "\n";
        private::write(&output, text.as_bytes())
            .map_err(|error| Failure::Usage(format!("{}: {error}", output.display())))?;
        tell(&format!("wrote {}", output.display()));
        for (id, place) in &export.asked {
            tell(&format!("  {place} is asked for as `{id}`"));
        }
        if self.include_sensitive {
            tell("warning: it holds your secrets; give it to nobody");
        }
        Ok(ExitCode::SUCCESS)
    }
}
