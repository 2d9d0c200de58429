//! `wireloom statusline`.

use std::{
    io::{self, IsTerminal, Read},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use super::{Failure, print};
use crate::status_line::Place;

/// The most bytes that are read of what is told.
const MOST: u64 = 4 << 20;

const EXAMPLES: &str = "\
Claude Code runs it, if its settings.json says so:
  \"statusLine\": { \"type\": \"command\", \"command\": \"wireloom statusline\", \"padding\": 0 }

What it shows is `StatusLine` of the configuration, or of the preset. If anything is wrong, the line is empty.";

/// The arguments of `statusline`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct StatusLine {
    /// A preset whose line is shown
    preset: Option<String>,
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl StatusLine {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let mut told = Vec::new();
        let stdin = io::stdin();
        if stdin.is_terminal() {
            told.extend_from_slice(b"{}");
        } else {
            let _ = stdin.lock().take(MOST).read_to_end(&mut told);
        }
        let told = String::from_utf8_lossy(&told);
        print(&Place::of_process(self.config).line(&told, self.preset.as_deref()).unwrap_or_default())
    }
}
