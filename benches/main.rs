//! The benchmarks, one program so that it is linked once: `cargo bench -- NAME` runs one, and without a name all.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot go on")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock and starts processes")]

mod check;
mod desk;
mod hostile;
mod redact;
mod secrets;

use std::process::ExitCode;

/// By name, in the order in which all are run.
const NAMES: &[&str] = &["redact", "secrets", "desk", "hostile", "check"];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let Some((name, args)) = args.split_first() else {
        let codes = NAMES.iter().map(|name| run(name, &[]));
        return if codes.filter(|code| *code != ExitCode::SUCCESS).count() == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    };
    run(name, args)
}

fn run(name: &str, args: &[String]) -> ExitCode {
    match name {
        "check" => check::run(args),
        "hostile" => hostile::run(args),
        "desk" => {
            desk::run();
            ExitCode::SUCCESS
        }
        "secrets" => {
            secrets::run();
            ExitCode::SUCCESS
        }
        "redact" => {
            redact::run();
            ExitCode::SUCCESS
        }
        other => {
            println!("there is no benchmark `{other}`, only {}", NAMES.join(", "));
            ExitCode::FAILURE
        }
    }
}
