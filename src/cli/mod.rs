//! The command line. Data goes to the standard output, everything else to the standard error.

mod build;
mod code;
mod completions;
mod config;
mod descriptors;
mod doctor;
mod env;
mod explain;
mod logs;
mod model;
mod preset;
mod records;
mod restart;
mod running;
mod spec;
mod start;
mod status;
mod status_line;
mod stop;
mod ui;
mod unpack;

use std::{
    ffi::OsString,
    io::{self, ErrorKind, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use wireloom_schema::diagnostic::Diagnostic;

use crate::{
    config::{LoadError, Loaded},
    extension::Extension,
    provenance,
};

const EXAMPLES: &str = "\
Examples:
  wireloom start                               listen, as the configuration says
  wireloom code                                Claude Code, with the service started if it does not run
  wireloom PRESET                              the same with an installed preset
  wireloom explain request.json                tell where a request would go, and why
  wireloom config check wireloom.json5         find the mistakes in a configuration
  wireloom spec check my-provider.json5        find the mistakes in a spec
  wireloom spec explain groq request.reasoning tell why a key is there
  wireloom build --providers my-specs -o mine  a gateway with your own specs in it
  wireloom --version --verbose                 tell all that is built in";

/// A gateway between coding agents and language models whose providers are declared, not programmed.
#[derive(Debug, Parser)]
#[command(name = "wireloom", disable_version_flag = true, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    /// Print the version
    #[arg(short = 'V', long)]
    version: bool,
    /// With --version: all that is built in, with digests
    #[arg(long, requires = "version")]
    verbose: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listen for clients and pass their requests to providers
    Start(start::Start),
    /// End the service that runs, once running answers are finished
    Stop(stop::Stop),
    /// Have the service begin anew, or start it in the background
    Restart(restart::Restart),
    /// Tell whether the service runs, where, and with which configuration
    Status(status::Status),
    /// Tell what the service has logged
    Logs(logs::Logs),
    /// Start Claude Code, and the service if it does not run; all arguments are Claude Code's
    Code(code::Code),
    /// Print the variables that lead a client here, with the key, for a shell
    Env(env::Env),
    /// Tell what was asked, of whom, and what became of it
    Records(records::Records),
    /// Tell how many tokens were used, and what they cost
    Usage(records::Usage),
    /// Tell where a request would go and why, and what would be sent there, without sending it
    Explain(explain::Explain),
    /// Find what keeps the gateway and its clients from working
    Doctor(doctor::Doctor),
    /// Tell and change which models there are, and where requests go
    Model(model::Model),
    /// Print the line that Claude Code shows below its prompt
    #[command(name = "statusline")]
    StatusLine(status_line::StatusLine),
    /// Open the page of the service that runs
    Ui(ui::Ui),
    /// Print a script that lets a shell complete commands
    Completions(completions::Completions),
    /// Install, look at and give away presets
    #[command(subcommand)]
    Preset(preset::Command),
    /// Find, check and explain configurations
    #[command(subcommand)]
    Config(config::Config),
    /// Look at the specs of providers and dialects
    #[command(subcommand)]
    Spec(spec::Spec),
    /// Build a gateway with specs and a configuration of your own
    Build(build::BuildCommand),
    /// Write the sources of this wireloom to a folder
    Sources(unpack::Unpack),
    /// Claude Code with a preset: `wireloom NAME [ARGUMENT…]`
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// Why a command ends without its result.
#[derive(Debug)]
enum Failure {
    /// What was asked for is not there, or cannot be read.
    Usage(String),
    /// What was given has mistakes, which are told at length.
    Mistakes(String),
    /// What was asked for cannot be done.
    Work(String),
    /// The result cannot be written.
    Output(io::Error),
}

/// Runs the command that the arguments of the process name, with code of one's own in the gateway. The process exits with 0 if all is well, with 1 if something
/// given has mistakes or the work fails, and with 2 if the command is wrong or a file cannot be read.
pub fn run(extension: impl Extension) -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Start(start)) => start.run(extension),
        Some(Command::Stop(stop)) => stop.run(),
        Some(Command::Restart(restart)) => restart.run(),
        Some(Command::Status(status)) => status.run(),
        Some(Command::Logs(logs)) => logs.run(),
        Some(Command::Code(code)) => code.run(),
        Some(Command::Env(env)) => env.run(),
        Some(Command::Records(records)) => records.run(),
        Some(Command::Usage(usage)) => usage.run(),
        Some(Command::Explain(explain)) => explain.run(),
        Some(Command::Doctor(doctor)) => doctor.run(),
        Some(Command::Model(model)) => model.run(),
        Some(Command::StatusLine(line)) => line.run(),
        Some(Command::Ui(ui)) => ui.run(),
        Some(Command::Completions(completions)) => completions.run(),
        Some(Command::Preset(preset)) => preset.run(),
        Some(Command::Config(config)) => config.run(),
        Some(Command::Spec(spec)) => spec.run(),
        Some(Command::Build(build)) => build.run(),
        Some(Command::Sources(unpack)) => unpack.run(),
        Some(Command::Other(words)) => code::preset(words),
        None if cli.verbose => print(&provenance::told()),
        None => print(&format!("wireloom {}", provenance::VERSION)),
    };
    match done {
        Ok(code) => code,
        // Whoever closes the pipe has seen enough.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => fail(2, &format!("error: the result cannot be written: {error}")),
        Err(Failure::Usage(message)) => fail(2, &format!("error: {message}")),
        Err(Failure::Work(message)) => fail(1, &format!("error: {message}")),
        Err(Failure::Mistakes(text)) => fail(1, &text),
    }
}

/// Loads the configuration that a command is given, or the one that is in use.
fn load(path: Option<&Path>) -> Result<Loaded, Failure> {
    crate::config::load(path).map_err(refused)
}

/// Why a configuration is not used, for people.
fn refused(error: LoadError) -> Failure {
    match &error {
        LoadError::Io { .. } => Failure::Usage(error.to_string()),
        LoadError::Environment { .. } => Failure::Mistakes(format!("error: {error}")),
        LoadError::Mistakes(_) => Failure::Mistakes(error.render(color())),
    }
}

fn fail(code: u8, text: &str) -> ExitCode {
    tell(text);
    ExitCode::from(code)
}

/// Writes data to the standard output, ended by a line end.
fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = write!(out, "{text}{end}").and_then(|()| out.flush());
    written.map(|()| ExitCode::SUCCESS).map_err(Failure::Output)
}

/// Writes a message to the standard error. If nobody listens there, nobody is told.
fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether messages are colored: they are on terminals, unless `NO_COLOR` is set.
fn color() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Mistakes with their excerpts.
fn render(diagnostics: &[Diagnostic]) -> String {
    let rendered: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.render(color())).collect();
    rendered.join("\n\n")
}
