//! The entry point of the local stack.

use std::process::ExitCode;

fn main() -> ExitCode {
    local::cli::main(std::env::args().skip(1))
}
