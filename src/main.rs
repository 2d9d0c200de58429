//! The `wireloom` command.

fn main() -> std::process::ExitCode {
    wireloom::cli::main()
}
