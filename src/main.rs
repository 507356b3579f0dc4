//! The binary: hands the arguments to [`corp::cli::run`], with the other edges that a command opens, and returns its exit
//! code. Decides nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    corp::cli::run(std::env::args_os(), corp::cli::Edges { mcp: corp::mcp::serve })
}
