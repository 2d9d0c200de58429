//! `wireloom doctor`.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use serde_json::json;

use super::{Failure, print};
use crate::doctor::{Finding, Standing, Surroundings, look, reach};

const EXAMPLES: &str = "\
Looks at the configuration, the keys, each provider, the port, proxies, files, and settings of Claude Code, Codex and
Gemini CLI that contradict. Each provider is asked for its models once, which costs nothing. No secret is shown. The exit
code is 1 if something is wrong.

Examples:
  wireloom doctor
  wireloom doctor --offline --json";

/// The arguments of `doctor`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Doctor {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Ask no provider
    #[arg(long)]
    offline: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let (mut findings, config) = look(&Surroundings::of_process(self.config));
        if let Some(config) = config.filter(|_| !self.offline) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| Failure::Work(error.to_string()))?;
            findings.extend(runtime.block_on(reach(&config)));
        }
        let wrong = findings.iter().filter(|finding| finding.standing == Standing::Wrong).count();
        match self.json {
            true => print(&format!("{:#}", json!({ "ok": wrong == 0, "findings": findings }))),
            false => print(&told(&findings, io::stdout().is_terminal() && super::color())),
        }?;
        Ok(ExitCode::from(u8::from(wrong > 0)))
    }
}

/// Each finding on its line, and what to do below it.
fn told(findings: &[Finding], color: bool) -> String {
    let mut lines = Vec::new();
    for Finding { about, standing, found, advice } in findings {
        let (word, code) = match standing {
            Standing::Ok => ("ok", 32),
            Standing::Warning => ("warning", 33),
            Standing::Wrong => ("wrong", 31),
        };
        let padded = format!("{word:<8}");
        let shown = if color { format!("\u{1b}[{code}m{padded}\u{1b}[0m") } else { padded };
        lines.push(format!("{shown} {about:<9} {found}"));
        lines.extend(advice.iter().map(|advice| format!("{:18} -> {advice}", "")));
    }
    lines.join("\n")
}
