//! `wireloom ui`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{
    Failure, load, print,
    running::{PidFileArgument, configured, url},
    tell,
};
use crate::{
    config::Loaded,
    process::{health, pid_file::Found},
    server::ui::PATH,
};

const EXAMPLES: &str = "\
Opens the page of the service that runs, and changes nothing. Where there is no browser, or with --print, its address is
printed. The page asks for the key, which is not in the address.";

/// The arguments of `ui`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Ui {
    /// The configuration, which says where a service listens that was not started here
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    pid_file: PidFileArgument,
    /// Print the address, and open nothing
    #[arg(long)]
    print: bool,
}

impl Ui {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let address = match self.pid_file.file()?.find() {
            Found::Running(card, _) => card.address,
            Found::Silent(_) | Found::Nothing => {
                let config = match load(self.config.as_deref())? {
                    Loaded::File { config, .. } | Loaded::BuiltIn { config, .. } => config,
                    Loaded::Demo => wireloom_schema::config::Config::default(),
                };
                let runs = configured(&config).filter(|address| health::ask(*address).is_some());
                runs.ok_or_else(|| Failure::Work("wireloom does not run: `wireloom start` runs it".into()))?
            }
        };
        let page = url(address) + PATH;
        if !self.print && has_browser() {
            match open::that_detached(&page) {
                Ok(()) => tell("the page opens in your browser"),
                Err(error) => tell(&format!("no browser can be opened: {error}")),
            }
        }
        print(&page)
    }
}

/// Whether there is a screen on which a browser could show anything.
fn has_browser() -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(is_set)
}
