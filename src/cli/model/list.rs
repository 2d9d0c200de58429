//! `wireloom model list`.

use std::{path::Path, process::ExitCode};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::{RouteName, change::File};
use crate::cli::{Failure, print};

/// The arguments of `model list`.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self, config: Option<&Path>) -> Result<ExitCode, Failure> {
        let file = File::read(config.map(Path::to_owned))?;
        let routes: Vec<(String, &str)> = RouteName::value_variants()
            .iter()
            .map(|route| route.key())
            .filter_map(|key| file.route(&key).map(|to| (key, to)))
            .collect();
        if self.json {
            let providers = file.providers().map(|(name, models)| json!({ "name": name, "models": models }));
            let providers: Vec<Value> = providers.collect();
            let routes: Map<String, Value> = routes.into_iter().map(|(key, to)| (key, to.into())).collect();
            return print(&format!("{:#}", json!({ "providers": providers, "routes": routes })));
        }
        let mut lines = Vec::new();
        for (name, models) in file.providers() {
            for model in models {
                let own = format!("{name},{model}");
                let used = routes.iter().filter(|(_, to)| to.eq_ignore_ascii_case(&own)).map(|(key, _)| key.as_str());
                let used: Vec<&str> = used.collect();
                lines.push(match used.is_empty() {
                    true => own,
                    false => format!("{own}  ({})", used.join(", ")),
                });
            }
        }
        print(&lines.join("\n"))
    }
}
