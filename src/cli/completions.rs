//! `wireloom completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, Failure, print};

const EXAMPLES: &str = "\
Examples:
  wireloom completions bash > ~/.local/share/bash-completion/completions/wireloom
  wireloom completions zsh > ~/.zfunc/_wireloom
  wireloom completions fish > ~/.config/fish/completions/wireloom.fish
  wireloom completions powershell >> $PROFILE";

/// The arguments of `completions`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "wireloom", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}
