//! `corp confine`: becomes another program that the kernel holds to a policy. Started by the supervisor of a run, never by
//! people.

use crate::cli::error::Exit;
use crate::sandbox::launch;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Become another program, confined
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// The file with what it may touch
    policy: PathBuf,
    /// The program
    program: OsString,
    /// Its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(super) fn run(args: &Args) -> Exit {
    become_confined(&args.policy, &args.program, &args.arguments)
}

/// The same, for whoever has not read the whole command line. Returns only if nothing was started.
pub(in crate::cli) fn become_confined(policy: &Path, program: &OsString, arguments: &[OsString]) -> Exit {
    let error = launch::launch(policy, program, arguments);
    // There is no terminal here, and nothing of ours to style: the supervisor reads it as what the run said.
    anstream::eprintln!("corp: {error}");
    Exit::Environment
}
