//! `corp mcp`: the company as a server of tools, for the agent of a run.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};

/// Serve the company as tools to the agent program of a run (Model Context Protocol, over standard input and output)
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp mcp                            what the program of a run is given as a server of tools")]
pub struct Args {}

pub(super) fn run(_args: &Args, context: &Context) -> Outcome {
    let Some(door) = context.environment.run.door() else {
        let message = "there is no run here: CORP_DOOR and CORP_TOKEN are not set";
        return Err(CommandError::new(Exit::Usage, message)
            .hint("agent programs start it inside a run; people type the commands: corp --help"));
    };
    let served = (context.edges.mcp)(door);
    served
        .map(|()| Exit::Done)
        .map_err(|error| CommandError::new(Exit::Environment, format!("the tools ended: {error}")))
}
