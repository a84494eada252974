//! The program `artipul`.

use std::process::ExitCode;

fn main() -> ExitCode {
    artipul::cli::main()
}
