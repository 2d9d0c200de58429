//! The command line. Data goes to the standard output, everything else to the standard error.

mod records;
mod spec;
mod start;

use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use wireloom_schema::diagnostic::Diagnostic;

const EXAMPLES: &str = "\
Examples:
  wireloom start                               listen, as the configuration says
  wireloom spec check my-provider.json5        find the mistakes in a spec
  wireloom spec explain groq request.reasoning tell why a key is there";

/// A gateway between coding agents and language models whose providers are declared, not programmed.
#[derive(Debug, Parser)]
#[command(name = "wireloom", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listen for clients and pass their requests to providers
    Start(start::Start),
    /// Tell what was asked, of whom, and what became of it
    Records(records::Records),
    /// Tell how many tokens were used, and what they cost
    Usage(records::Usage),
    /// Look at the specs of providers and dialects
    #[command(subcommand)]
    Spec(spec::Spec),
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

/// Runs the command that the arguments of the process name. The process exits with 0 if all is well, with 1 if something
/// given has mistakes or the work fails, and with 2 if the command is wrong or a file cannot be read.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Start(start) => start.run(),
        Command::Records(records) => records.run(),
        Command::Usage(usage) => usage.run(),
        Command::Spec(spec) => spec.run(),
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
