//! The `wireloom` command.

/// A request is many small allocations that die together, which this allocator does in fewer instructions.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    wireloom::cli::main()
}
