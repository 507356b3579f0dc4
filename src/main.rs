//! The binary: hands the arguments to [`corp::cli::run`] and returns its exit code. Decides nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    corp::cli::run(std::env::args_os())
}
