//! The launcher of confined programs: hands its arguments to [`corp::sandbox::launcher`]. A program of its own because it is
//! small. Decides nothing.

use std::process::ExitCode;

/// What `corp` itself ends with where a launch comes to nothing, and where it is asked for something else.
const NOTHING_STARTED: u8 = 5;

fn main() -> ExitCode {
    let args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let error = corp::sandbox::launcher::run(&args);
    anstream::eprintln!("corp: {error}");
    ExitCode::from(NOTHING_STARTED)
}
