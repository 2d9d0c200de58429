//! The `wireloom` command.

fn main() -> std::process::ExitCode {
    wireloom::Wireloom::new().main()
}
